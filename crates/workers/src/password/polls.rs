//! Polls a task's token at a rate that does not depend on the costs of a hash.

use crate::source::PIECE;
use crate::{Failure, Task};
use digest::Update;

/// Number of bytes computed between two polls. Argon2 and scrypt take at most half a millisecond
/// for them.
const INTERVAL: usize = 256 << 10;

/// Polls a task's token once per [`INTERVAL`] bytes computed.
pub(super) struct Polls<'a> {
    task: &'a Task<'a>,
    computed: usize,
}

impl<'a> Polls<'a> {
    pub(super) fn of(task: &'a Task<'a>) -> Self {
        Self { task, computed: 0 }
    }

    /// Counts bytes that are about to be computed.
    ///
    /// # Errors
    ///
    /// If the task is cancelled.
    #[inline]
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), Failure> {
        self.computed += bytes;
        if self.computed >= INTERVAL {
            self.computed = 0;
            check(self.task)?;
        }
        Ok(())
    }
}

/// Hashes `data` in pieces, and polls the token before each of them.
///
/// # Errors
///
/// If the task is cancelled.
pub(super) fn update(hash: &mut impl Update, data: &[u8], task: &Task<'_>) -> Result<(), Failure> {
    for piece in data.chunks(PIECE) {
        check(task)?;
        hash.update(piece);
    }
    Ok(())
}

fn check(task: &Task<'_>) -> Result<(), Failure> {
    if task.is_cancelled() {
        return Err(Failure::cancelled());
    }
    Ok(())
}
