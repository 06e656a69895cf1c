use super::auto::AutoDecoder;
use super::*;
use crate::source::{PIECE, Source};
use crate::{Failure, NativeTask, Task, Value};
use native_worker_pool_engine::CancelSource;
use proptest::prelude::*;

fn compress(format: Format, level: u32, data: &[u8]) -> Vec<u8> {
    let input = CompressInput {
        source: Source::Data(data.to_vec().into()),
        format,
        level,
        output: None,
    };
    bytes(Compress::default().run(input, &Task::new(&CancelSource::new().token()))).unwrap()
}

fn decompress(format: Option<Format>, data: &[u8], limit: u64) -> Result<Vec<u8>, Failure> {
    let input = DecompressInput {
        source: Source::Data(data.to_vec().into()),
        format,
        max_output_length: limit,
        output: None,
    };
    bytes(Decompress.run(input, &Task::new(&CancelSource::new().token())))
}

fn bytes(result: Result<Value, Failure>) -> Result<Vec<u8>, Failure> {
    match result? {
        Value::Bytes(bytes) => Ok(bytes.into_vec()),
        other => panic!("{other:?}"),
    }
}

/// Decompresses input pieces of `piece` bytes into an output buffer of `room` bytes.
fn decompress_in_pieces(
    mut decoder: impl Decoder,
    data: &[u8],
    piece: usize,
    room: usize,
) -> Result<Vec<u8>, Fault> {
    let mut result = Vec::new();
    let mut output = vec![0; room];
    for mut input in data.chunks(piece) {
        loop {
            decoder.declared_length(input);
            let step = decoder.step(input, &mut output)?;
            input = &input[step.read..];
            result.extend_from_slice(&output[..step.written]);
            if step == Step::default() {
                assert!(input.is_empty());
                break;
            }
        }
    }
    decoder.finish().map(|()| result)
}

impl Decoder for Box<dyn Decoder> {
    fn declared_length(&mut self, input: &[u8]) -> Option<u64> {
        (**self).declared_length(input)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        (**self).step(input, output)
    }

    fn finish(&self) -> Result<(), Fault> {
        (**self).finish()
    }
}

/// Text of `count` words from a vocabulary of five.
fn words(count: usize) -> Vec<u8> {
    let word = |i: usize| ["lorem ", "ipsum ", "dolor ", "sit ", "amet, "][i * i % 7 % 5];
    (0..count).flat_map(|i| word(i).bytes()).collect()
}

fn recognizable() -> impl Iterator<Item = Format> {
    let cannot = [Format::Brotli, Format::DeflateRaw];
    Format::ALL
        .iter()
        .copied()
        .filter(move |format| !cannot.contains(format))
}

fn default_level(format: Format) -> u32 {
    (*format.levels().end()).min(6)
}

#[test]
fn every_level_of_every_format_round_trips() {
    let data = words(3000);
    for &format in Format::ALL {
        for level in format.levels() {
            let compressed = compress(format, level, &data);
            assert!(
                level == 0 || compressed.len() < data.len() / 3,
                "{format:?} {level}"
            );
            let result = decompress(Some(format), &compressed, u64::MAX);
            assert!(result.unwrap() == data, "{format:?} {level}");
        }
    }
}

#[test]
fn lengths_around_buffer_boundaries_round_trip() {
    let data = words(3 * PIECE / 4);
    for &format in Format::ALL {
        for middle in [1, 64 << 10, PIECE, 2 * PIECE, 256 << 10, 3 * PIECE] {
            for length in [middle - 1, middle, middle + 1] {
                let data = &data[..length];
                let compressed = compress(format, default_level(format), data);
                let limit = length as u64;
                let result = decompress(Some(format), &compressed, limit);
                assert!(result.unwrap() == data, "{format:?}, {length} bytes");
            }
        }
    }
}

#[test]
fn a_format_is_recognized_from_input_pieces_of_any_size() {
    let data = words(500);
    for format in recognizable() {
        let compressed = compress(format, 1, &data);
        assert_eq!(decompress(None, &compressed, u64::MAX).unwrap(), data);
        for piece in [1, 2, 3, 5, 8, 9, 1000] {
            let result = decompress_in_pieces(AutoDecoder::new(), &compressed, piece, 7);
            assert_eq!(result.unwrap(), data, "{format:?} in {piece}");
        }
    }
    for format in [Format::Brotli, Format::DeflateRaw] {
        let compressed = compress(format, 1, &data);
        let failure = decompress(None, &compressed, u64::MAX).unwrap_err();
        assert!(
            failure.to_string().contains("cannot be recognized"),
            "{failure}"
        );
    }
}

#[test]
fn concatenated_members_are_one_stream() {
    let (first, second) = (words(700), words(20));
    for format in [Format::Gzip, Format::Zstd, Format::Lz4] {
        let mut data = compress(format, 1, &first);
        data.extend(compress(format, 9, &[]));
        data.extend(compress(format, 9, &second));
        let expected = [&first[..], &second[..]].concat();
        assert_eq!(decompress(Some(format), &data, u64::MAX).unwrap(), expected);
        for piece in [1, 10, 1000] {
            let decoder = format.decoder().unwrap();
            let result = decompress_in_pieces(decoder, &data, piece, 100);
            assert_eq!(result.unwrap(), expected, "{format:?} in {piece}");
        }
    }
    for format in [Format::Deflate, Format::DeflateRaw, Format::Brotli] {
        let data = compress(format, 1, &first).repeat(2);
        let failure = decompress(Some(format), &data, u64::MAX).unwrap_err();
        assert!(
            failure.to_string().ends_with("trailing garbage"),
            "{failure}"
        );
    }
}

#[test]
fn skippable_frames_are_skipped() {
    let data = words(100);
    let skippable = |length: u32| {
        let content = vec![b'x'; length as usize];
        [
            &[0x5a, 0x2a, 0x4d, 0x18][..],
            &length.to_le_bytes(),
            &content,
        ]
        .concat()
    };
    for format in [Format::Zstd, Format::Lz4] {
        let compressed = compress(format, 1, &data);
        for length in [0, 1, 300] {
            let skippable = skippable(length);
            for members in [
                [&skippable[..], &compressed, &skippable],
                [&skippable, &skippable, &compressed],
            ] {
                let stream = members.concat();
                for piece in [1, 7, 5000] {
                    let auto = decompress_in_pieces(AutoDecoder::new(), &stream, piece, 100);
                    assert_eq!(auto.unwrap(), data);
                    let decoder = format.decoder().unwrap();
                    let known = decompress_in_pieces(decoder, &stream, piece, 100);
                    assert_eq!(known.unwrap(), data);
                }
            }
        }
    }
    assert!(decompress(None, &skippable(5), 10).unwrap().is_empty());
    assert!(decompress(None, &skippable(5)[..9], 10).is_err());
}

#[test]
fn zero_padding_after_gzip_data_is_accepted() {
    let mut data = compress(Format::Gzip, 1, b"text");
    data.extend([0; 600]);
    assert_eq!(decompress(None, &data, 100).unwrap(), b"text");
    data.push(1);
    assert!(decompress(None, &data, 100).is_err());
    data.pop();
    data.extend(compress(Format::Gzip, 1, b"text"));
    assert!(decompress(None, &data, 100).is_err());
}

#[test]
fn trailing_garbage_is_refused() {
    for &format in Format::ALL {
        for garbage in [&b"x"[..], b"\x1f", b"garbage", &[0xff; 40]] {
            let mut data = compress(format, 1, b"some text");
            data.extend(garbage);
            let failure = decompress(Some(format), &data, 100).unwrap_err();
            assert_eq!(
                failure.error_code(),
                Some("ERR_INVALID_DATA"),
                "{format:?}: {failure}"
            );
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    let data = words(60);
    for &format in Format::ALL {
        let compressed = compress(format, default_level(format), &data);
        for length in 0..compressed.len() {
            let failure = decompress(Some(format), &compressed[..length], 1000).unwrap_err();
            assert_eq!(failure.error_code(), Some("ERR_INVALID_DATA"));
            let text = failure.to_string();
            assert!(
                text.contains(format.name()) && text.contains("unexpected end"),
                "{text}"
            );
        }
    }
}

/// Some bits do not affect the contents: gzip's timestamp, a window size, padding. Brotli and raw
/// DEFLATE have no checksum, so a flipped bit may go undetected there.
#[test]
fn a_flipped_bit_never_changes_the_contents_of_formats_with_a_checksum() {
    let data = words(60);
    for &format in Format::ALL {
        let has_checksum = !matches!(format, Format::Brotli | Format::DeflateRaw);
        let compressed = compress(format, default_level(format), &data);
        let mut detected = 0;
        for bit in 0..8 * compressed.len() {
            let mut damaged = compressed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match decompress(Some(format), &damaged, 1000) {
                Ok(result) => assert!(!has_checksum || result == data, "{format:?}: bit {bit}"),
                Err(_) => detected += 1,
            }
        }
        assert!(detected > compressed.len(), "{format:?}: {detected}");
    }
}

#[test]
fn a_decompression_bomb_stops_at_the_limit() {
    let data = vec![0; 50 << 20];
    for &format in Format::ALL {
        let compressed = compress(format, default_level(format), &data);
        assert!(compressed.len() < data.len() / 200);
        for limit in [0, 1, 1000, data.len() as u64 - 1] {
            let failure = decompress(Some(format), &compressed, limit).unwrap_err();
            assert_eq!(failure.error_code(), Some("ERR_BUFFER_TOO_LARGE"));
            assert_eq!(failure.class_name(), "RangeError");
            let text = failure.to_string();
            assert!(
                text.contains(&format!("maxOutputLength, {limit} bytes")),
                "{text}"
            );
        }
        let limit = data.len() as u64;
        assert_eq!(
            decompress(Some(format), &compressed, limit).unwrap().len(),
            data.len()
        );
    }
}

#[test]
fn a_frame_that_declares_a_false_length_fails_before_memory_is_reserved() {
    // The magic bytes, a header with a content size of 2^60 bytes, and a block of 1 byte.
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    zstd.extend((1_u64 << 60).to_le_bytes());
    zstd.extend([0x09, 0, 0, b'x']);
    let failure = decompress(Some(Format::Zstd), &zstd, 1 << 30).unwrap_err();
    assert_eq!(failure.error_code(), Some("ERR_BUFFER_TOO_LARGE"));
    assert!(decompress(Some(Format::Zstd), &zstd, u64::MAX).is_err());

    // The last four bytes of gzip data are the length.
    let mut gzip = compress(Format::Gzip, 1, b"x");
    let length = gzip.len();
    gzip[length - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    let failure = decompress(None, &gzip, u64::MAX).unwrap_err();
    assert!(failure.to_string().contains("length"), "{failure}");
}

#[test]
fn a_zstd_window_above_128_mib_is_refused() {
    // A header without a content size and with a window of 2^`exponent` bytes, and an empty last
    // block.
    let frame = |exponent: u8| vec![0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3, 1, 0, 0];
    assert!(decompress(None, &frame(27), 100).unwrap().is_empty());
    let failure = decompress(None, &frame(28), 100).unwrap_err();
    assert_eq!(failure.error_code(), Some("ERR_BUFFER_TOO_LARGE"));
    assert!(failure.to_string().contains("134217728"), "{failure}");
}

#[test]
fn a_cancelled_task_stops() {
    let source = CancelSource::new();
    source.cancel();
    let input = CompressInput {
        source: Source::Data(vec![0; 1].into()),
        format: Format::Gzip,
        level: 6,
        output: None,
    };
    let result = Compress::default().run(input, &Task::new(&source.token()));
    assert_eq!(result, Err(Failure::cancelled()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_data_round_trip_with_pieces_of_any_size(
        random in prop::collection::vec(any::<u8>(), 0..3000),
        repeated in 0..40_usize,
        format in prop::sample::select(Format::ALL),
        level in 0..23_u32,
        piece in 1..5000_usize,
        room in 1..5000_usize,
    ) {
        let level = level.clamp(*format.levels().start(), *format.levels().end());
        let data = random.repeat(repeated);
        let compressed = compress(format, level, &data);
        let result = decompress_in_pieces(format.decoder().unwrap(), &compressed, piece, room);
        prop_assert!(result.unwrap() == data);
    }

    #[test]
    fn random_data_decompress_or_fail_with_a_code(
        data in prop::collection::vec(any::<u8>(), 0..300),
        format in prop::option::of(prop::sample::select(Format::ALL)),
    ) {
        match decompress(format, &data, 1 << 20) {
            Ok(result) => prop_assert!(result.len() <= 1 << 20),
            Err(failure) => prop_assert!(failure.error_code().is_some()),
        }
    }
}
