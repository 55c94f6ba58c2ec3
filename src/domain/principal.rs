//! Who a request acts as.
use std::sync::Arc;

use super::{permission::Effective, session::Session, user::User};

/// A person whose session stands: what pages and the gate decide on.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account, as it was read for this request.
    pub user: Arc<User>,
    /// What the person may do, as it was read for this request.
    pub may: Effective,
    /// The session that brought the person here.
    pub session: Arc<Session>,
}
