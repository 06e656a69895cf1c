//! A bell that any thread may ring until it is taken away.

use crate::sync::{Mutex, lock};

/// What a [`Doorbell`] rings.
pub trait Bell: Send {
    /// Rings; `false` if it was the last time, and the bell must not be used any more.
    fn ring(&self) -> bool;
}

/// A bell behind a mutex that every use of it holds. So once it has been taken away, it is in nobody's
/// hands: not even of a thread that came for it before.
#[derive(Debug)]
pub struct Doorbell<B>(Mutex<Option<B>>);

impl<B: Bell> Doorbell<B> {
    /// A doorbell that rings `bell`.
    pub fn new(bell: B) -> Self {
        Self(Mutex::new(Some(bell)))
    }

    /// Rings, if the bell is there.
    pub fn ring(&self) {
        let mut bell = lock(&self.0);
        if bell.as_ref().is_some_and(|bell| !bell.ring()) {
            *bell = None;
        }
    }

    /// Does something else with the bell, if it is there.
    pub fn with<R>(&self, act: impl FnOnce(&B) -> R) -> Option<R> {
        lock(&self.0).as_ref().map(act)
    }

    /// Takes the bell away; `None` if that was done before, or it has rung for the last time. Waits at
    /// most as long as one use takes.
    #[must_use]
    pub fn disconnect(&self) -> Option<B> {
        lock(&self.0).take()
    }
}
