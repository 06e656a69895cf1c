//! The LZ4 frame format, by the reference library.

use crate::{Error, Step, text};
use lz4_sys as sys;
use std::ptr;

/// `LZ4F_VERSION`: the version of the API that this file uses.
const VERSION: u32 = 100;

/// Maximum number of input bytes per call of the library.
const PIECE: usize = 64 << 10;

/// Maximum size of a frame header, in bytes.
const HEADER: usize = 19;

/// Compresses one frame: linked blocks of 256 KiB, and a checksum of the content.
///
/// The `lz4` tool writes independent blocks of 4 MiB. Blocks of 256 KiB need a sixteenth of the
/// memory and can be interrupted sixteen times as often. They compress as well because each may
/// refer to the previous block.
pub struct Encoder {
    context: sys::LZ4FCompressionContext,
    /// The library's output buffer. The library requires room for the worst case, which a caller's
    /// buffer need not have. `start..end` has not been returned yet.
    pending: Box<[u8]>,
    start: usize,
    end: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Compressing,
    Finished,
}

impl Encoder {
    /// Creates an encoder. `level` is 1 to 12. A `content_size` other than 0, in bytes, is written
    /// to the header.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    pub fn new(level: u32, content_size: u64) -> Result<Self, Error> {
        let preferences = preferences(level, content_size);
        // SAFETY: the preferences are valid during the call.
        let bound = unsafe { sys::LZ4F_compressBound(PIECE, &raw const preferences) };
        let mut context = sys::LZ4FCompressionContext(ptr::null_mut());
        // SAFETY: the function writes a pointer to its first argument.
        check(unsafe { sys::LZ4F_createCompressionContext(&mut context, VERSION) })?;
        let mut encoder = Self {
            context,
            pending: vec![0; bound.max(HEADER)].into(),
            start: 0,
            end: 0,
            state: State::Compressing,
        };
        // SAFETY: the encoder owns the context, the buffer has room for the header, and the
        // preferences are valid during the call.
        encoder.end = check(unsafe {
            sys::LZ4F_compressBegin(
                context,
                encoder.pending.as_mut_ptr(),
                encoder.pending.len(),
                &raw const preferences,
            )
        })?;
        Ok(encoder)
    }

    /// Compresses part of `input`. `is_last` means that no input follows `input`. The frame is
    /// complete once all input has been consumed and a step with `is_last` writes nothing.
    ///
    /// # Errors
    ///
    /// If an allocation fails, or the input is not as long as the header says.
    pub fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let mut read = 0;
        if self.start == self.end {
            let piece = &input[..input.len().min(PIECE)];
            if !piece.is_empty() {
                self.compress(piece)?;
                read = piece.len();
            } else if is_last && self.state == State::Compressing {
                self.finish()?;
            }
        }
        let written = output.len().min(self.end - self.start);
        output[..written].copy_from_slice(&self.pending[self.start..][..written]);
        self.start += written;
        Ok(Step { read, written })
    }

    fn compress(&mut self, piece: &[u8]) -> Result<(), Error> {
        // SAFETY: `self` owns the context, and `&mut self` makes this the only use of it. `pending`
        // has room for the worst case of `PIECE` bytes, and `piece` is no longer than that. The
        // library keeps neither pointer: it copies the data that later blocks refer to.
        let length = check(unsafe {
            sys::LZ4F_compressUpdate(
                self.context,
                self.pending.as_mut_ptr(),
                self.pending.len(),
                piece.as_ptr(),
                piece.len(),
                ptr::null(),
            )
        })?;
        (self.start, self.end) = (0, length);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        // SAFETY: `self` owns the context, and the pointer and length are those of `pending`, whose
        // size (`LZ4F_compressBound`) includes room for the end of the frame.
        let length = check(unsafe {
            sys::LZ4F_compressEnd(
                self.context,
                self.pending.as_mut_ptr(),
                self.pending.len(),
                ptr::null(),
            )
        })?;
        (self.start, self.end) = (0, length);
        self.state = State::Finished;
        Ok(())
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: `new` created the context, and only this function frees it.
        unsafe { sys::LZ4F_freeCompressionContext(self.context) };
    }
}

fn preferences(level: u32, content_size: u64) -> sys::LZ4FPreferences {
    sys::LZ4FPreferences {
        frame_info: sys::LZ4FFrameInfo {
            block_size_id: sys::BlockSize::Max256KB,
            block_mode: sys::BlockMode::Linked,
            content_checksum_flag: sys::ContentChecksum::ChecksumEnabled,
            frame_type: sys::FrameType::Frame,
            content_size,
            dict_id: 0,
            block_checksum_flag: sys::BlockChecksum::NoBlockChecksum,
        },
        compression_level: level,
        auto_flush: 0,
        favor_dec_speed: 0,
        reserved: [0; 3],
    }
}

/// Decompresses consecutive frames, including skippable ones.
pub struct Decoder {
    context: sys::LZ4FDecompressionContext,
    is_between_frames: bool,
}

impl Decoder {
    /// Creates a decoder.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    pub fn new() -> Result<Self, Error> {
        let mut context = sys::LZ4FDecompressionContext(ptr::null_mut());
        // SAFETY: the function writes a pointer to its first argument.
        check(unsafe { sys::LZ4F_createDecompressionContext(&mut context, VERSION) })?;
        Ok(Self {
            context,
            is_between_frames: true,
        })
    }

    /// Whether no frame has begun yet or the last frame is complete.
    #[must_use]
    pub fn is_between_frames(&self) -> bool {
        self.is_between_frames
    }

    /// Decompresses part of `input`, at most to the end of a frame.
    ///
    /// # Errors
    ///
    /// If the data are damaged, a checksum does not match or an allocation fails.
    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let (mut read, mut written) = (input.len(), output.len());
        // SAFETY: `self` owns the context, and `&mut self` makes this the only use of it. Each
        // pointer and its length come from one slice. The library keeps neither pointer: it copies
        // the data that later blocks refer to.
        let more = check(unsafe {
            sys::LZ4F_decompress(
                self.context,
                output.as_mut_ptr(),
                &mut written,
                input.as_ptr(),
                &mut read,
                ptr::null(),
            )
        })?;
        if read > 0 || written > 0 {
            self.is_between_frames = more == 0;
        }
        Ok(Step { read, written })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: `new` created the context, and only this function frees it.
        unsafe { sys::LZ4F_freeDecompressionContext(self.context) };
    }
}

/// Converts the return value of a library function to a `Result`.
fn check(result: usize) -> Result<usize, Error> {
    // SAFETY: the function accepts any integer.
    if unsafe { sys::LZ4F_isError(result) } == 0 {
        return Ok(result);
    }
    // SAFETY: as above.
    let name = unsafe { sys::LZ4F_getErrorName(result) };
    // SAFETY: the name is a string literal in the library.
    Err(match unsafe { text(name) } {
        "ERROR_allocation_failed" => Error::OutOfMemory,
        name => Error::Data(name.trim_start_matches("ERROR_")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compress(data: &[u8], level: u32, content_size: u64, room: usize) -> Vec<u8> {
        let mut encoder = Encoder::new(level, content_size).unwrap();
        let mut compressed = Vec::new();
        let mut output = vec![0; room];
        let mut rest = data;
        loop {
            let piece = &rest[..rest.len().min(100_000)];
            let is_last = piece.len() == rest.len();
            let step = encoder.step(piece, is_last, &mut output).unwrap();
            rest = &rest[step.read..];
            compressed.extend_from_slice(&output[..step.written]);
            if step == Step::default() {
                return compressed;
            }
        }
    }

    fn decompress(mut compressed: &[u8], room: usize) -> Result<Vec<u8>, Error> {
        let mut decoder = Decoder::new()?;
        let mut result = Vec::new();
        let mut output = vec![0; room];
        loop {
            let step = decoder.step(compressed, &mut output)?;
            compressed = &compressed[step.read..];
            result.extend_from_slice(&output[..step.written]);
            if step == Step::default() {
                assert!(decoder.is_between_frames());
                return Ok(result);
            }
        }
    }

    #[test]
    fn frames_round_trip_with_buffers_of_any_size() {
        let data: Vec<u8> = (0..200_000_u32)
            .flat_map(|i| (i / 7).to_le_bytes())
            .collect();
        for (level, room) in [(1, 10), (2, 1000), (3, 70_000), (12, 1 << 20)] {
            let mut compressed = compress(&data, level, 0, room);
            assert!(compressed.len() < data.len() / 2);
            assert_eq!(decompress(&compressed, room).unwrap(), data);
            compressed.extend(compress(&data, level, data.len() as u64, room));
            assert_eq!(decompress(&compressed, room).unwrap(), data.repeat(2));
        }
        assert!(decompress(&compress(&[], 1, 0, 1), 1).unwrap().is_empty());
    }

    #[test]
    fn damaged_data_fail_with_a_message() {
        let mut compressed = compress(b"abcdefgh", 1, 0, 100);
        *compressed.last_mut().unwrap() ^= 1;
        let error = decompress(&compressed, 100).unwrap_err();
        assert_eq!(error, Error::Data("contentChecksum_invalid"));
    }
}
