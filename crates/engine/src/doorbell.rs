//! A bell that any thread may ring until it is disconnected.

use crate::sync::{Mutex, lock};

/// What a [`Doorbell`] rings.
pub trait Bell: Send {
    /// Rings. Returns `false` if the bell must not be used again.
    fn ring(&self) -> bool;
}

/// A bell behind a mutex that every use holds. So no thread uses the bell once it is disconnected,
/// not even a thread that started before.
#[derive(Debug)]
pub struct Doorbell<B>(Mutex<Option<B>>);

impl<B: Bell> Doorbell<B> {
    /// A doorbell that rings `bell`.
    pub fn new(bell: B) -> Self {
        Self(Mutex::new(Some(bell)))
    }

    /// Rings the bell, if it is connected.
    pub fn ring(&self) {
        let mut bell = lock(&self.0);
        if bell.as_ref().is_some_and(|bell| !bell.ring()) {
            *bell = None;
        }
    }

    /// Calls `act` with the bell, if it is connected.
    pub fn with<R>(&self, act: impl FnOnce(&B) -> R) -> Option<R> {
        lock(&self.0).as_ref().map(act)
    }

    /// Disconnects the bell and returns it. `None` if it is not connected any more. Waits for at
    /// most one use of the bell.
    #[must_use]
    pub fn disconnect(&self) -> Option<B> {
        lock(&self.0).take()
    }
}
