use super::*;
use std::cell::Cell;

const NEVER: ShouldStop<'static> = &|| false;

/// A colour gradient.
fn gradient(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| [x * 255 / width, y * 255 / height, 128];
    let rows = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)));
    rows.map(|value| u8::try_from(value).unwrap()).collect()
}

fn decode(data: &[u8], denominator: u32) -> Result<(u32, u32, Vec<u8>, Flaws), Error> {
    let mut rows = Reader::new(data, NEVER)?.start(denominator)?;
    let stride = rows.width() as usize * rows.channels();
    let mut out = vec![0; stride * rows.height() as usize];
    let mut done = 0;
    loop {
        match rows.read(&mut out[done * stride..])? {
            0 => break,
            count => done += count,
        }
    }
    assert_eq!(done, rows.height() as usize);
    Ok((rows.width(), rows.height(), out, rows.flaws()))
}

#[test]
fn pixels_survive_a_round_trip() {
    for is_progressive in [false, true] {
        let pixels = gradient(67, 45);
        let data = write(&pixels, 67, 45, 95, is_progressive, NEVER).unwrap();
        let (width, height, decoded, flaws) = decode(&data, 1).unwrap();
        assert_eq!((width, height, flaws), (67, 45, Flaws::default()));
        let most = pixels.iter().zip(&decoded).map(|(a, b)| a.abs_diff(*b));
        assert!(most.max().unwrap() < 16);
    }
}

#[test]
fn scaled_dimensions_are_rounded_up() {
    let data = write(&gradient(67, 45), 67, 45, 80, false, NEVER).unwrap();
    for (denominator, size) in [(1, (67, 45)), (2, (34, 23)), (4, (17, 12)), (8, (9, 6))] {
        let (width, height, ..) = decode(&data, denominator).unwrap();
        assert_eq!((width, height), size);
    }
}

#[test]
fn a_truncated_image_is_decoded_with_a_flaw() {
    for is_progressive in [false, true] {
        let data = write(&gradient(200, 200), 200, 200, 90, is_progressive, NEVER).unwrap();
        let (.., flaws) = decode(&data[..data.len() / 2], 1).unwrap();
        assert!(flaws.is_truncated);
    }
}

#[test]
fn data_that_are_not_an_image_fail_with_libjpegs_message() {
    let error = decode(b"no image", 1).unwrap_err();
    assert_eq!(error.to_string(), "Not a JPEG file: starts with 0x6e 0x6f");
}

#[test]
fn decoding_and_encoding_stop_when_the_closure_returns_true() {
    let polls = Cell::new(0);
    let stop = || {
        polls.set(polls.get() + 1);
        polls.get() > 3
    };
    let pixels = gradient(400, 400);
    for is_progressive in [false, true] {
        let data = write(&pixels, 400, 400, 80, is_progressive, NEVER).unwrap();
        polls.set(0);
        let mut out = vec![0; pixels.len()];
        let stopped = Reader::new(&data, &stop)
            .and_then(|reader| reader.start(1))
            .and_then(|mut rows| {
                while rows.read(&mut out)? > 0 {}
                Ok(())
            });
        assert_eq!(stopped, Err(Error::Stopped));
        polls.set(0);
        let error = write(&pixels, 400, 400, 80, is_progressive, &stop);
        assert_eq!(error, Err(Error::Stopped));
    }
}

#[test]
fn thousands_of_scans_are_refused() {
    let data = write(&gradient(16, 16), 16, 16, 80, true, NEVER).unwrap();
    // Repeats the last scan, which begins at the last SOS marker.
    let scan = data
        .windows(2)
        .rposition(|pair| pair == [0xff, 0xda])
        .unwrap();
    let (head, end) = (&data[..data.len() - 2], &data[data.len() - 2..]);
    let mut bomb = head.to_vec();
    for _ in 0..2000 {
        bomb.extend(&head[scan..]);
    }
    bomb.extend(end);
    assert_eq!(
        decode(&bomb, 1).unwrap_err().to_string(),
        "more than 500 scans"
    );
}
