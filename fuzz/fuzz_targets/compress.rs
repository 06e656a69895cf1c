//! Any bytes round-trip through compression, in every format and at the fast levels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_fuzz::round_trip;
use native_worker_pool_workers::compression::Format;

/// Maximum level. Higher levels are slow even for short data because they initialize large tables.
const MAX_LEVEL: u32 = 9;

fuzz_target!(|bytes: &[u8]| {
    let [format, level, contents @ ..] = bytes else {
        return;
    };
    let format = Format::ALL[usize::from(*format) % Format::ALL.len()];
    let min = *format.levels().start();
    let max = MAX_LEVEL.min(*format.levels().end());
    let level = min + u32::from(*level) % (max - min + 1);
    assert!(round_trip(format, level, contents) == contents);
});
