//! Whether spinning is worth it, judged by earlier spins.
//!
//! A spin misses if no task arrives until it ends. It misses if tasks are rare, and then costs CPU
//! time. It also misses if the submitting thread has no core to run on, perhaps because the spinning
//! worker occupies it, and then delays the next task. So a miss doubles the number of opportunities
//! that pass until the next spin.
//!
//! A hit saves less than a miss costs. So the number falls slowly: it only falls in the long run if
//! less than about one spin in seventy misses.

/// Upper bound of opportunities that pass without a spin. It makes misses rarer than the 99th
/// percentile of latencies.
const MAX_SKIPS: f32 = 256.0;

/// What a hit multiplies the number of skips by.
const DECAY: f32 = 0.99;

#[derive(Debug, Default)]
pub(super) struct SpinBackoff {
    /// How many opportunities passed after the last miss, reduced by each hit since.
    skips: f32,
    /// How many opportunities still pass.
    left: u32,
}

impl SpinBackoff {
    /// Whether to spin now. Called once per opportunity.
    pub(super) fn allows(&mut self) -> bool {
        let is_allowed = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_allowed
    }

    /// Records that a task arrived during a spin.
    pub(super) fn hit(&mut self) {
        self.skips *= DECAY;
    }

    /// Records that no task arrived during a spin.
    pub(super) fn missed(&mut self) {
        self.skips = (self.skips * 2.0).clamp(1.0, MAX_SKIPS);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "1 to 256"
        )]
        {
            self.left = self.skips as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SpinBackoff;

    fn skipped(backoff: &mut SpinBackoff) -> usize {
        (0..1000).take_while(|_| !backoff.allows()).count()
    }

    #[test]
    fn spins_until_the_first_miss() {
        let mut backoff = SpinBackoff::default();
        for _ in 0..1000 {
            assert!(backoff.allows());
            backoff.hit();
        }
    }

    #[test]
    fn each_miss_doubles_the_pause_up_to_a_limit() {
        let mut backoff = SpinBackoff::default();
        let pauses: Vec<_> = (0..11)
            .map(|_| {
                backoff.missed();
                skipped(&mut backoff)
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256]);
    }

    #[test]
    fn hits_reduce_the_next_pause_slowly() {
        let mut backoff = SpinBackoff::default();
        for _ in 0..9 {
            backoff.missed();
        }
        assert_eq!(skipped(&mut backoff), 256);
        for _ in 0..100 {
            assert!(backoff.allows());
            backoff.hit();
        }
        backoff.missed();
        let pause = skipped(&mut backoff);
        assert!((150..256).contains(&pause), "{pause}");
        for _ in 0..1000 {
            assert!(backoff.allows());
            backoff.hit();
        }
        backoff.missed();
        assert_eq!(skipped(&mut backoff), 1);
    }

    #[test]
    fn rare_hits_do_not_shorten_the_pause() {
        let mut backoff = SpinBackoff::default();
        for _ in 0..20 {
            backoff.missed();
            assert!(skipped(&mut backoff) <= 256);
            backoff.hit();
        }
        backoff.missed();
        assert_eq!(skipped(&mut backoff), 256);
    }
}
