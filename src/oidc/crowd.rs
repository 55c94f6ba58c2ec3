//! How many sign-ins may be with one provider at a time. When it hangs, they wait in a line that has an end, and
//! everything else in this process does not feel it. Discovery asks for everybody at once and needs no place.
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Error;

/// At the provider.
const AT_ONCE: usize = 64;
/// In the line; whoever comes later is told at once.
const IN_LINE: usize = 256;

/// The line before one provider.
pub(super) struct Crowd {
    places: Semaphore,
    doors: Semaphore,
}

impl Crowd {
    pub(super) fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE + IN_LINE), doors: Semaphore::new(AT_ONCE) }
    }

    /// Waits for a place, which is held until both permits are dropped; fails when too many wait already.
    pub(super) async fn enter(&self) -> Result<[SemaphorePermit<'_>; 2], Error> {
        let full = |_| Error::Unavailable("it is slow, and too many sign-ins wait for it already".to_owned());
        let place = self.places.try_acquire().map_err(full)?;
        let closed = |_| Error::Unavailable("nobody asks it any more".to_owned());
        let door = self.doors.acquire().await.map_err(closed)?;
        Ok([place, door])
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_line_has_an_end() {
        let crowd = Crowd::new();
        let mut inside = vec![];
        for _ in 0..AT_ONCE {
            inside.push(crowd.enter().await.unwrap());
        }
        let mut line: Vec<_> = (0..IN_LINE).map(|_| Box::pin(crowd.enter())).collect();
        assert!(line.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        assert!(crowd.enter().await.is_err(), "one too many");
        inside.pop();
        assert!(line.remove(0).await.is_ok(), "the first one's turn");
    }
}
