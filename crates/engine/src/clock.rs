//! Time as a pool counts it: small numbers that can be kept by the million.

use std::time::{Duration, Instant};

/// A timestamp in the life of a pool: nanoseconds since its clock was made, which last for centuries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    /// When the clock was made.
    pub(crate) const START: Self = Self(0);

    /// So much later, or never.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// So much earlier, at most when the clock was made.
    pub(crate) fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanoseconds(span)))
    }

    /// Nanoseconds from `earlier` to this; none if that is not earlier.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The latest timestamp, no later than this one, whose microseconds since the start of the clock are `microseconds`
    /// modulo 2^32. It is at most half an hour earlier; if there is none, this timestamp.
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
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(nanoseconds(self.age()))
    }

    /// How long ago it was started.
    pub(crate) fn age(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The same timestamp on the machine's clock; `None` if that does not go so far.
    pub(crate) fn instant(&self, timestamp: Timestamp) -> Option<Instant> {
        self.origin.checked_add(Duration::from_nanos(timestamp.0))
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
    fn a_moment_is_found_again_by_its_microseconds() {
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
    fn what_is_to_come_is_now() {
        let now = Timestamp(7_000_000);
        assert_eq!(now.last_at(7_001), now);
    }
}
