use super::*;
use crate::image::Error;
use std::cell::Cell;

const NEVER: &dyn Fn() -> bool = &|| false;

/// A gradient with noise, which does not compress to almost nothing.
fn picture(width: u32, height: u32, channels: u32) -> Vec<u8> {
    let noise = |x: u32, y: u32| {
        (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35) >> 26
    };
    let value = |x, y, channel| (x * 150 / width + y * 40 / height + noise(x, y) + channel) & 255;
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    rows.flat_map(|(x, y)| (0..channels).map(move |channel| value(x, y, channel)))
        .map(|value| u8::try_from(value).unwrap())
        .collect()
}

fn decode(data: &[u8], target: Target) -> Result<(Vec<u8>, IsTruncated), Error> {
    let channels = if target.has_alpha { 4 } else { 3 };
    let mut out = vec![0; target.width as usize * target.height as usize * channels];
    let is_truncated = read(data, target, &mut out, NEVER)?;
    Ok((out, is_truncated))
}

#[test]
fn lossless_pixels_are_identical_and_lossy_pixels_are_close() {
    for has_alpha in [false, true] {
        let pixels = picture(67, 45, if has_alpha { 4 } else { 3 });
        let target = Target {
            width: 67,
            height: 45,
            has_alpha,
        };
        for (mode, tolerance) in [(Mode::Lossless(80), 0), (Mode::Lossy(95), 60)] {
            let data = write(&pixels, 67, 45, has_alpha, mode, NEVER).unwrap();
            let expected = Header {
                width: 67,
                height: 45,
                has_alpha,
                is_animated: false,
            };
            assert_eq!(header(&data).unwrap(), expected);
            let (out, is_truncated) = decode(&data, target).unwrap();
            assert_eq!(is_truncated, IsTruncated(false));
            let most = pixels.iter().zip(&out).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most.unwrap() <= tolerance, "{mode:?}: {most:?}");
        }
    }
}

#[test]
fn an_image_is_scaled_while_it_is_decoded() {
    let data = write(&[77; 3 * 60 * 40], 60, 40, false, Mode::Lossy(90), NEVER).unwrap();
    let target = Target {
        width: 21,
        height: 13,
        has_alpha: false,
    };
    let (out, _) = decode(&data, target).unwrap();
    assert!(out.iter().all(|value| value.abs_diff(77) < 3));
}

#[test]
fn truncated_data_are_distinguished_from_damaged_data() {
    let pixels = picture(300, 300, 3);
    let target = Target {
        width: 300,
        height: 300,
        has_alpha: false,
    };
    for mode in [Mode::Lossless(0), Mode::Lossy(90)] {
        let mut data = write(&pixels, 300, 300, false, mode, NEVER).unwrap();
        let (_, is_truncated) = decode(&data[..data.len() - 100], target).unwrap();
        assert_eq!(is_truncated, IsTruncated(true));
        data[20..26].fill(0xff); // the frame header
        assert!(decode(&data, target).is_err());
    }
    assert!(matches!(header(b"no image"), Err(Error::Invalid(_))));
}

#[test]
fn decoding_and_encoding_stop_when_should_stop_returns_true() {
    let pixels = picture(300, 300, 3);
    let polls = Cell::new(0);
    let stop = || {
        polls.set(polls.get() + 1);
        polls.get() > 1
    };
    for mode in [Mode::Lossless(0), Mode::Lossy(100)] {
        let data = write(&pixels, 300, 300, false, mode, NEVER).unwrap();
        polls.set(0);
        let target = Target {
            width: 300,
            height: 300,
            has_alpha: false,
        };
        let mut out = vec![0; pixels.len()];
        assert_eq!(
            read(&data, target, &mut out, &stop),
            Err(Error::Stopped),
            "{}",
            data.len()
        );
        polls.set(0);
        let stopped = write(&pixels, 300, 300, false, mode, &stop);
        assert_eq!(stopped, Err(Error::Stopped));
    }
}

#[test]
fn an_image_larger_than_the_format_allows_is_refused() {
    let pixels = vec![0; 3 * 16384];
    let error = write(&pixels, 16384, 1, false, Mode::Lossy(80), NEVER).unwrap_err();
    assert!(error.to_string().contains("16383"));
}
