//! Properties that hold for any bytes. Pixels are compared in `__test__/image-*.test.js`.

use super::decode::FailOn;
use super::format::Format;
use super::geometry::{Fit, Position, Request};
use super::header::{FileBytes, Header, HeaderBytes};
use super::resize::Kernel;
use super::*;
use crate::source::{FileReader, Source};
use native_worker_pool_engine::CancelSource;
use proptest::prelude::*;
use std::path::PathBuf;

fn options(fail_on: FailOn) -> Options {
    Options {
        raw: None,
        request: Request {
            width: Some(9),
            height: None,
            fit: Fit::Cover,
            position: Position::ALL[0],
            without_enlargement: false,
        },
        kernel: Kernel::Lanczos3,
        background: None,
        extract: None,
        quarters: 0,
        is_auto_oriented: true,
        is_flipped: false,
        is_flopped: false,
        is_grey: false,
        format: Some(Format::Raw),
        quality: 80,
        is_lossless: false,
        is_progressive: false,
        fail_on,
        max_pixels: 10_000,
    }
}

/// Bytes that begin with a valid signature, so that they pass the first check.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let starts: &[&[u8]] = &[
        b"",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\x00\x20Exif\0\0II*\0\x08\0\0\0",
        b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0",
        b"RIFF\0\x01\0\0WEBP",
        b"RIFF\0\x01\0\0WEBPVP8X\x0a\0\0\0\x3a\0\0\0\x10\0\0\x10\0\0",
        b"RIFF\0\x01\0\0WEBPVP8 \x40\0\0\0\x10\x02\0\x9d\x01\x2a\x10\0\x10\0",
        b"RIFF\0\x01\0\0WEBPVP8L\x40\0\0\0\x2f\x0f\xc0\x03\0",
        b"GIF89a\x10\0\x10\0\x80\0\0",
        b"GIF89a\x04\0\x04\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x04\0\x04\0\0\x02",
    ];
    let start = prop::sample::select(starts);
    let rest = prop::collection::vec(any::<u8>(), 0..300);
    (start, rest).prop_map(|(start, rest)| [start, &rest].concat())
}

struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, contents: &[u8]) -> Self {
        let name = format!("native-worker-pool-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, contents).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

proptest! {
    #[test]
    fn any_bytes_decode_or_fail_as_invalid(
        file in files(),
        fail_on in prop::sample::select(FailOn::ALL),
    ) {
        let source = CancelSource::new();
        let token = source.token();
        let task = Task::new(&token);
        let input = ImageInput {
            source: Source::Data(file.clone().into()),
            options: options(fail_on),
            output: None,
        };
        if let Err(failure) = Image.run(input, &task) {
            let code = failure.error_code();
            prop_assert!(
                matches!(code, Some("ERR_INVALID_DATA" | "ERR_BUFFER_TOO_LARGE")),
                "{failure}: {code:?}"
            );
        }
        let mut bytes: &[u8] = &file;
        if let Err(failure) = Header::read(&mut bytes) {
            prop_assert_eq!(failure.error_code(), Some("ERR_INVALID_DATA"));
        }
    }

    #[test]
    fn a_file_and_its_bytes_have_the_same_header(file in files()) {
        let on_disk = TemporaryFile::new("header", &file);
        let source = CancelSource::new();
        let token = source.token();
        let task = Task::new(&token);
        let reader = FileReader::open(&on_disk.0, &task).unwrap();
        let mut bytes: &[u8] = &file;
        let expected = Header::read(&mut bytes);
        prop_assert_eq!(Header::read(&mut FileBytes::new(reader)), expected);
    }

    #[test]
    fn a_window_holds_the_bytes_of_the_file(
        steps in prop::collection::vec((0..9000_u64, 0..9000_usize), 1..20),
    ) {
        let contents: Vec<u8> = (0..30_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let on_disk = TemporaryFile::new("window", &contents);
        let source = CancelSource::new();
        let token = source.token();
        let task = Task::new(&token);
        let mut window = FileBytes::new(FileReader::open(&on_disk.0, &task).unwrap());
        let mut all: &[u8] = &contents;
        let mut offset = 0;
        for (step, length) in steps {
            offset += step;
            let expected = all.at(offset, length).unwrap().to_vec();
            prop_assert_eq!(window.at(offset, length).unwrap(), expected);
        }
    }
}
