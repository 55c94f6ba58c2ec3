//! Who a request acts as.
use std::sync::Arc;

use super::{
    permission::Effective,
    renewal::Vouched,
    session::{Lifetimes, Session},
    time::Time,
    user::User,
};

/// A person whose session stands: what pages and the gate decide on.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account, as it was read for this request.
    pub user: Arc<User>,
    /// What the person may do, as it was read for this request.
    pub may: Effective,
    /// The session that brought the person here.
    pub session: Arc<Session>,
    /// Until when the session's provider vouches for it, where that is asked again.
    pub vouched: Option<Vouched>,
}

impl Principal {
    /// Whether the session stands: within its lifetimes, honoured by its account, and not left alone by its provider
    /// for too long.
    pub fn stands(&self, lifetimes: &Lifetimes, now: Time) -> bool {
        self.session.stands(&self.user, lifetimes, now)
            && !self.vouched.is_some_and(|vouched| vouched.is_over(now))
    }
}
