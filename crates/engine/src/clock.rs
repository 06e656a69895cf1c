//! Time as a pool counts it: small numbers that can be kept by the million.

use std::time::{Duration, Instant};

/// A moment in the life of a pool: nanoseconds since its clock was made, which last for centuries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// When the clock was made.
    pub(crate) const START: Self = Self(0);

    /// So much later, or never.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// The time from `earlier` to this; none if that is not earlier.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
impl From<u64> for Moment {
    fn from(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }
}

#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(nanoseconds(self.origin.elapsed()))
    }

    /// The same moment on the machine's clock; `None` if that does not go so far.
    pub(crate) fn instant(&self, moment: Moment) -> Option<Instant> {
        self.origin.checked_add(Duration::from_nanos(moment.0))
    }
}

/// Saturates after 584 years.
fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
