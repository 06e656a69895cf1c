//! Decompresses data of one format by the task that a pool runs.

use crate::peak_of;
use native_worker_pool_engine::CancelSource;
use native_worker_pool_workers::compression::{
    Compress, CompressInput, Decompress, DecompressInput, Format,
};
use native_worker_pool_workers::source::Source;
use native_worker_pool_workers::{Failure, NativeTask, Task, Value};

/// Maximum size of the decompressed data, in bytes.
const LIMIT: u64 = 1 << 20;

/// Decompresses any bytes. Checks that the task fails with an expected code, or that its result is
/// within the limit and round-trips. Also checks that the limit is exact and that memory is
/// bounded.
///
/// # Panics
///
/// If a check fails.
pub fn decompress(format: Format, bytes: &[u8]) {
    let (result, peak) = peak_of(|| run(format, bytes, LIMIT));
    assert!(peak <= max_memory(format), "{peak} bytes");
    let contents = match result {
        Ok(contents) => contents,
        Err(failure) => return assert!(is_expected(&failure), "{failure:?}"),
    };
    let length = contents.len() as u64;
    assert!(length <= LIMIT);
    assert_eq!(run(format, bytes, length), Ok(contents.clone()));
    if length > 0 {
        let failure = run(format, bytes, length - 1).expect_err("one byte above the limit");
        assert_eq!(failure.error_code(), Some("ERR_BUFFER_TOO_LARGE"));
    }
    let level = *format.levels().start();
    assert_eq!(round_trip(format, level, &contents), contents);
}

/// Compresses bytes and decompresses the result.
///
/// # Panics
///
/// If either fails.
#[must_use]
pub fn round_trip(format: Format, level: u32, contents: &[u8]) -> Vec<u8> {
    let source = CancelSource::new();
    let input = CompressInput {
        source: Source::Data(contents.to_vec().into()),
        format,
        level,
        output: None,
    };
    let compressed = Compress::default().run(input, &Task::new(&source.token()));
    let compressed = bytes_of(compressed.expect("any bytes can be compressed"));
    run(format, &compressed, contents.len() as u64).expect("compressed data can be decompressed")
}

fn run(format: Format, bytes: &[u8], limit: u64) -> Result<Vec<u8>, Failure> {
    let source = CancelSource::new();
    let input = DecompressInput {
        source: Source::Data(bytes.to_vec().into()),
        format: Some(format),
        max_output_length: limit,
        output: None,
    };
    let result = Decompress.run(input, &Task::new(&source.token()));
    result.map(bytes_of)
}

fn bytes_of(value: Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes.into_vec(),
        other => panic!("{other:?}"),
    }
}

fn is_expected(failure: &Failure) -> bool {
    let code = failure.error_code();
    matches!(code, Some("ERR_INVALID_DATA" | "ERR_BUFFER_TOO_LARGE"))
}

/// Maximum memory, in bytes: the windows, blocks and tables of the decoder, and four times the
/// limit for the output, whose buffer grows.
fn max_memory(format: Format) -> usize {
    let decoder = match format {
        Format::Gzip | Format::Deflate | Format::DeflateRaw => 1 << 20,
        Format::Lz4 => 10 << 20,
        Format::Brotli => 40 << 20,
        Format::Zstd => 140 << 20,
    };
    decoder + (4 << 20)
}
