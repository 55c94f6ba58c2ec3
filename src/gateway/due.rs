//! Sessions whose provider has to be asked again. The gate only says so and goes on; who asks is none of its
//! business.
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::{
    domain::session::{Session, SessionDigest},
    session::Kept,
};

/// So many wait to be looked at. What finds no room is told again when the session is next read.
const WAITING_MAX: usize = 4096;

/// Where the gate tells of them.
pub struct Due {
    tell: mpsc::Sender<Kept>,
    told: Mutex<Option<mpsc::Receiver<Kept>>>,
}

impl Default for Due {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(WAITING_MAX);
        Self { tell, told: Mutex::new(Some(told)) }
    }
}

impl Due {
    /// Tells of one, without waiting for anything.
    pub(super) fn tell(&self, digest: SessionDigest, session: &Session) {
        if let Ok(room) = self.tell.try_reserve() {
            room.send((digest, session.clone()));
        }
    }

    /// Has a session looked at again, if there is room.
    pub fn again(&self, kept: Kept) {
        if let Ok(room) = self.tell.try_reserve() {
            room.send(kept);
        }
    }

    /// All that is told from now on and waits already; for the first who asks.
    pub fn listen(&self) -> Option<mpsc::Receiver<Kept>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
