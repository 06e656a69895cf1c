//! Any bytes as gzip data.

#![no_main]

use libfuzzer_sys::fuzz_target;
use native_worker_pool_fuzz::decompress;
use native_worker_pool_workers::compression::Format;

fuzz_target!(|bytes: &[u8]| decompress(Format::Gzip, bytes));
