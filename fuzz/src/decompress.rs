//! Compressed data of one format, through the task as a pool runs it.

use crate::peak_of;
use native_worker_pool_engine::CancelSource;
use native_worker_pool_workers::compression::{
    Compress, CompressInput, Decompress, DecompressInput, Format,
};
use native_worker_pool_workers::source::Source;
use native_worker_pool_workers::{Failure, NativeTask, Task, Value};

/// How many bytes the data may decompress to.
const LIMIT: u64 = 1 << 20;

/// Decompresses any bytes. They are refused with a code, or what they contain is within the limit and
/// survives another round. The limit is exact, and the memory is bounded by the format.
///
/// # Panics
///
/// If one of that does not hold.
pub fn decompress(format: Format, bytes: &[u8]) {
    let (result, peak) = peak_of(|| run(format, bytes, LIMIT));
    assert!(peak <= most_memory(format), "{peak} bytes");
    let contents = match result {
        Ok(contents) => contents,
        Err(failure) => return assert!(is_expected(&failure), "{failure:?}"),
    };
    let length = contents.len() as u64;
    assert!(length <= LIMIT);
    assert_eq!(run(format, bytes, length), Ok(contents.clone()));
    if length > 0 {
        let failure = run(format, bytes, length - 1).expect_err("a byte too much");
        assert_eq!(failure.error_code(), Some("ERR_BUFFER_TOO_LARGE"));
    }
    let level = *format.levels().start();
    assert_eq!(survive(format, level, &contents), contents);
}

/// Compresses bytes and decompresses the result.
///
/// # Panics
///
/// If one of both fails.
#[must_use]
pub fn survive(format: Format, level: u32, contents: &[u8]) -> Vec<u8> {
    let source = CancelSource::new();
    let input = CompressInput {
        source: Source::Data(contents.to_vec().into()),
        format,
        level,
        output: None,
    };
    let compressed = Compress::default().run(input, &Task::new(&source.token()));
    let compressed = bytes_of(compressed.expect("any bytes can be compressed"));
    run(format, &compressed, contents.len() as u64).expect("what was compressed")
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

/// Windows, blocks and tables of the decoder, and three times the limit for a buffer that grows.
fn most_memory(format: Format) -> usize {
    let decoder = match format {
        Format::Gzip | Format::Deflate | Format::DeflateRaw => 1 << 20,
        Format::Lz4 => 10 << 20,
        Format::Brotli => 40 << 20,
        Format::Zstd => 140 << 20,
    };
    decoder + (4 << 20)
}
