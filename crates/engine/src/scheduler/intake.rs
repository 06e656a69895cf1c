//! The intake: moves tasks from the submission ring to the queue.

use super::{Scheduler, Shared};
use crate::clock::LazyNow;
use crate::ring::SubmissionRing;
use crate::sync::Arc;

/// The ring of a pool, and how its bits become inputs.
pub(crate) struct Intake<I> {
    pub(crate) ring: Arc<SubmissionRing>,
    pub(crate) decode: Box<dyn Fn(u64) -> I + Send + Sync>,
}

impl<I> Scheduler<I> {
    /// Admits all tasks in the ring.
    pub(super) fn admit_posted(&self, shared: &mut Shared<I>, now: &mut LazyNow) {
        if let Some(Intake { ring, decode }) = &self.intake
            && !ring.is_empty()
        {
            let now = now.get(&self.clock);
            ring.drain(|number, input, time| {
                let submitted = if time == 0 { now } else { now.last_at(time) };
                // Only a closed pool refuses: a pool with a ring has no limit, and nothing may be
                // posted after a close.
                let _ = shared.schedule.submit(number, decode(input), submitted);
            });
        }
    }
}
