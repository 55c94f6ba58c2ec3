//! The browser's own name, in a sealed cookie: from a browser in which they have signed in before, somebody is not
//! locked out by what strangers do. It authenticates nothing.
use axum::http::{HeaderMap, HeaderValue};

use crate::{domain::known::DeviceId, state::App};

const PURPOSE: &str = "device";

/// The browser that asks, if it was named by us.
pub(super) fn of(app: &App, headers: &HeaderMap) -> Option<DeviceId> {
    DeviceId::from_bytes(&app.master.open(PURPOSE, app.cookies.device(headers)?)?)
}

/// The cookie that names it.
pub(super) fn cookie(app: &App, device: &DeviceId) -> HeaderValue {
    app.cookies.set_device(&app.master.seal(PURPOSE, device.bytes()))
}
