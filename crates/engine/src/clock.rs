//! Time as a pool counts it: timestamps of eight bytes, since a million of them may be queued.

use std::time::{Duration, Instant};

/// Nanoseconds since the pool's clock was started. Saturates after 584 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    /// The start of the clock.
    pub(crate) const START: Self = Self(0);

    /// This timestamp plus `span`; saturates.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// This timestamp minus `span`, but not before the start of the clock.
    pub(crate) fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanoseconds(span)))
    }

    /// Nanoseconds from `earlier` to this timestamp; 0 if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The latest timestamp up to this one whose microseconds since the start of the clock equal
    /// `microseconds` modulo 2^32. It is at most half a wrap-around (36 minutes) earlier; otherwise
    /// the result is this timestamp.
    pub(crate) fn last_at(self, microseconds: u32) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32 is meant")]
        let ago = ((self.0 / 1000) as u32).wrapping_sub(microseconds);
        if ago > u32::MAX / 2 {
            return self;
        }
        Self(self.0.saturating_sub(u64::from(ago) * 1000))
    }
}

#[cfg(test)]
impl From<u64> for Timestamp {
    fn from(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }
}

#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// Starts a clock.
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(nanoseconds(self.age()))
    }

    /// Time since the clock was started.
    pub(crate) fn age(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The same time on the machine's clock; `None` if that clock does not reach so far.
    pub(crate) fn instant(&self, timestamp: Timestamp) -> Option<Instant> {
        self.origin.checked_add(Duration::from_nanos(timestamp.0))
    }
}

/// The current time during one stay under a lock. The clock is read at most once, and only if
/// needed: a read takes as long as most of the work there.
#[derive(Clone, Copy)]
pub(crate) enum LazyNow {
    Unread,
    Read(Timestamp),
}

impl LazyNow {
    pub(crate) fn get(&mut self, clock: &Clock) -> Timestamp {
        if let Self::Read(timestamp) = *self {
            return timestamp;
        }
        let timestamp = clock.now();
        *self = Self::Read(timestamp);
        timestamp
    }
}

/// Saturates after 584 years.
fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_at_recovers_a_past_timestamp_from_its_wrapped_microseconds() {
        for start in [0, 5_000_000_000, u64::from(u32::MAX) * 1000, 1 << 50] {
            let (now, microsecond) = (Timestamp(start + 7_000_000), 1000);
            for ago in [0, 1, 6_999, 7_000] {
                let then = (now.0 - ago * microsecond) / microsecond * microsecond;
                let stamp = u32::try_from(then / microsecond % (1 << 32)).unwrap();
                let found = now.last_at(stamp);
                assert!(found.0.abs_diff(then) < microsecond, "{start} {ago}");
            }
        }
    }

    #[test]
    fn last_at_returns_now_for_a_time_in_the_future() {
        let now = Timestamp(7_000_000);
        assert_eq!(now.last_at(7_001), now);
    }
}
