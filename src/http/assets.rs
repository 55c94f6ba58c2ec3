//! `/assets/…`: style, script and pictures, by names that change with their content.
use axum::{
    extract::Path,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use templates::assets;

use super::Error;

pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Error> {
    let asset = assets::find(&name).ok_or(Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // The pages in front of applications use them, on hosts of any name.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    Ok((headers, asset.bytes).into_response())
}
