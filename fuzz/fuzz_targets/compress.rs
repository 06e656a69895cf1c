//! Any bytes survive compression, in every format and at the levels that are fast.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_fuzz::survive;
use native_worker_pool_workers::compression::Format;

/// Higher levels take long even for short data, since they prepare large tables.
const HIGHEST: u32 = 9;

fuzz_target!(|bytes: &[u8]| {
    let [format, level, contents @ ..] = bytes else {
        return;
    };
    let format = Format::ALL[usize::from(*format) % Format::ALL.len()];
    let (least, most) = (
        *format.levels().start(),
        HIGHEST.min(*format.levels().end()),
    );
    let level = least + u32::from(*level) % (most - least + 1);
    assert!(survive(format, level, contents) == contents);
});
