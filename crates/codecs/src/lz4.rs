//! The frame format of LZ4, by its own library.

use crate::{Error, Step, text};
use lz4_sys as sys;
use std::ptr;

/// The version of the interface that this file is written against.
const VERSION: u32 = 100;

/// How much is compressed in one call of the library, at most.
const PIECE: usize = 64 << 10;

/// How many bytes a frame's header has, at most.
const HEADER: usize = 19;

/// Compresses one frame: linked blocks of 256 KiB, and a checksum of the content.
///
/// The library's tool has independent blocks of 4 MiB. These need sixteen times less memory, can be
/// interrupted sixteen times as often, and compress as well, since they refer to the block before.
pub struct Encoder {
    context: sys::LZ4FCompressionContext,
    /// The library wants room for the worst case, so it writes here.
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
    /// An encoder of `level` 1 to 12. The header says how many bytes were compressed if
    /// `content_size` is not 0.
    ///
    /// # Errors
    ///
    /// When there is no memory.
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
        // SAFETY: the context is alive; there is room for the header, and the preferences are valid
        // during the call.
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

    /// Compresses some of `input`, which is the last if `is_last`. Nothing is left to do when the
    /// last input has been read and nothing is written.
    ///
    /// # Errors
    ///
    /// When there is no memory, or the input is not as long as the header says.
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
        // SAFETY: the context is alive and used by this thread alone. There is room for the worst
        // case of so much input; both pointers are valid for as many bytes as is said, and the
        // library keeps neither: it copies what later blocks refer to.
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
        // SAFETY: the context is alive, and the pointer is valid for as many bytes as is said. The
        // bound for a piece of input includes the end of the frame.
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
        // SAFETY: created in `new`, and freed only here.
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

/// Decompresses frames, one after the other, also skippable ones.
pub struct Decoder {
    context: sys::LZ4FDecompressionContext,
    is_between_frames: bool,
}

impl Decoder {
    /// A decoder.
    ///
    /// # Errors
    ///
    /// When there is no memory.
    pub fn new() -> Result<Self, Error> {
        let mut context = sys::LZ4FDecompressionContext(ptr::null_mut());
        // SAFETY: the function writes a pointer to its first argument.
        check(unsafe { sys::LZ4F_createDecompressionContext(&mut context, VERSION) })?;
        Ok(Self {
            context,
            is_between_frames: true,
        })
    }

    /// Whether no frame has begun, or the last one has ended.
    #[must_use]
    pub fn is_between_frames(&self) -> bool {
        self.is_between_frames
    }

    /// Decompresses some of `input`, up to the end of a frame.
    ///
    /// # Errors
    ///
    /// When the data are damaged, a checksum differs or there is no memory.
    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let (mut read, mut written) = (input.len(), output.len());
        // SAFETY: the context is alive and used by this thread alone; both pointers are valid for as
        // many bytes as is said, and the library keeps neither: it copies what later blocks refer
        // to.
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
        // SAFETY: created in `new`, and freed only here.
        unsafe { sys::LZ4F_freeDecompressionContext(self.context) };
    }
}

/// The number that a function of the library returned, unless it is an error.
fn check(result: usize) -> Result<usize, Error> {
    // SAFETY: the function accepts any number.
    if unsafe { sys::LZ4F_isError(result) } == 0 {
        return Ok(result);
    }
    // SAFETY: as above.
    let name = unsafe { sys::LZ4F_getErrorName(result) };
    // SAFETY: the name is a literal of the library.
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
    fn frames_survive_in_pieces_of_any_size() {
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
    fn damaged_data_fail_with_a_text() {
        let mut compressed = compress(b"abcdefgh", 1, 0, 100);
        *compressed.last_mut().unwrap() ^= 1;
        let error = decompress(&compressed, 100).unwrap_err();
        assert_eq!(error, Error::Data("contentChecksum_invalid"));
    }
}
