//! Runs the image task on any bytes as an image of one format. The first bytes select the options.

use crate::peak_of;
use native_worker_pool_engine::CancelSource;
use native_worker_pool_workers::image::decode::FailOn;
use native_worker_pool_workers::image::format::Format;
use native_worker_pool_workers::image::geometry::{Area, Fit, Position, Request};
use native_worker_pool_workers::image::header::Header;
use native_worker_pool_workers::image::resize::Kernel;
use native_worker_pool_workers::image::{Image, ImageInput, Options};
use native_worker_pool_workers::source::Source;
use native_worker_pool_workers::{Failure, NativeTask, Task, Value};

/// Number of bytes that select the options.
pub const OPTIONS: usize = 8;

const MAX_PIXELS: u64 = 1 << 16;

/// Maximum memory of a task, in bytes: 24 per pixel, as in docs/tasks/image.md, and 80 MiB for
/// profiles and tables.
const MAX_MEMORY: usize = (MAX_PIXELS as usize) * 24 + (80 << 20);

/// Decodes an image of `format`, and encodes it.
///
/// # Panics
///
/// If the task fails for a reason other than its data or limits, uses too much memory, or returns
/// an image whose size differs from its info.
pub fn image(format: Format, bytes: &[u8]) {
    let Some((options, file)) = bytes.split_first_chunk::<OPTIONS>() else {
        return;
    };
    if Format::recognize(file) != Some(format) {
        return;
    }
    let mut header = file;
    let header = match Header::read(&mut header) {
        Ok(header) => header,
        Err(failure) => {
            check(&failure);
            return;
        }
    };
    let input = ImageInput {
        source: Source::Data(file.to_vec().into()),
        options: options_of(*options, &header),
        output: None,
    };
    let source = CancelSource::new();
    let token = source.token();
    let (result, peak) = peak_of(|| Image.run(input, &Task::new(&token)));
    assert!(peak <= MAX_MEMORY + 2 * bytes.len(), "{peak} bytes");
    match result {
        Ok(value) => check_result(&value),
        Err(failure) => check(&failure),
    }
}

fn check(failure: &Failure) {
    assert!(
        matches!(
            failure.error_code(),
            Some("ERR_INVALID_DATA" | "ERR_BUFFER_TOO_LARGE" | "ERR_OUT_OF_RANGE")
        ),
        "{failure}"
    );
}

/// Checks that the number of raw pixels, or the header of a file, matches the info.
fn check_result(value: &Value) {
    let Value::Record(fields) = value else {
        panic!("{value:?}");
    };
    let [(_, Value::Bytes(data)), (_, Value::Record(info))] = &**fields else {
        panic!("{value:?}");
    };
    let number = |name: &str| match info.iter().find(|(field, _)| &**field == name) {
        Some((_, Value::Number(number))) => *number,
        other => panic!("{name} is {other:?}"),
    };
    let (width, height, channels) = (number("width"), number("height"), number("channels"));
    let mut bytes: &[u8] = data;
    match Header::read(&mut bytes) {
        Ok(header)
            if Format::recognize(data).is_some()
                && data.len() as f64 != width * height * channels =>
        {
            assert_eq!(f64::from(header.size.width), width);
            assert_eq!(f64::from(header.size.height), height);
        }
        _ => assert_eq!(data.len() as f64, width * height * channels),
    }
}

fn options_of([a, b, c, d, e, f, g, h]: [u8; OPTIONS], header: &Header) -> Options {
    let one_of = |byte: u8, count: usize| usize::from(byte) % count;
    let side = |byte: u8| (byte > 0).then(|| u32::from(byte));
    let formats = [Format::Raw, Format::Png, Format::Jpeg, Format::WebP];
    let size = header.size;
    let extract = Area {
        left: u32::from(g) % size.width,
        top: u32::from(h) % size.height,
        width: size.width.div_ceil(2),
        height: size.height.div_ceil(2),
    };
    Options {
        raw: None,
        request: Request {
            width: side(a),
            height: side(b),
            fit: Fit::ALL[one_of(c, Fit::ALL.len())],
            position: Position::ALL[one_of(d, Position::ALL.len())],
            without_enlargement: c & 128 != 0,
        },
        kernel: Kernel::ALL[one_of(e, Kernel::ALL.len())],
        background: (d & 128 != 0).then_some([a, b, c, d]),
        extract: (e & 128 != 0).then_some(extract),
        quarters: f & 3,
        is_auto_oriented: f & 4 != 0,
        is_flipped: f & 8 != 0,
        is_flopped: f & 16 != 0,
        is_grey: f & 32 != 0,
        format: Some(formats[usize::from(f >> 6)]),
        quality: 80,
        is_lossless: g & 128 != 0,
        is_progressive: h & 128 != 0,
        fail_on: FailOn::ALL[one_of(g, FailOn::ALL.len())],
        max_pixels: MAX_PIXELS,
    }
}
