//! Any bytes as a PNG image, see `native_worker_pool_fuzz::image`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_fuzz::image;
use native_worker_pool_workers::image::format::Format;

fuzz_target!(|bytes: &[u8]| image(Format::Png, bytes));
