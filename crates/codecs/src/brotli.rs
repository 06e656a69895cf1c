//! Brotli (RFC 7932), by Google's own library.

use crate::{Error, Step, text};
use compu_brotli_sys as sys;
use std::ptr::{self, NonNull};

/// Valid window sizes, as base-2 logarithms of bytes.
pub const WINDOW_BITS: std::ops::RangeInclusive<u32> = 10..=24;

/// Compresses one stream.
#[derive(Debug)]
pub struct Encoder(NonNull<sys::BrotliEncoderState>);

impl Encoder {
    /// Creates an encoder. `quality` is 0 to 11, the window has 2^`window_bits` bytes, and
    /// `size_hint` is the expected input size in bytes, or 0 if it is unknown.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    ///
    /// # Panics
    ///
    /// If the quality or the window size is out of range.
    pub fn new(quality: u32, window_bits: u32, size_hint: u32) -> Result<Self, Error> {
        assert!(quality <= 11 && WINDOW_BITS.contains(&window_bits));
        // SAFETY: no allocator functions are passed, so the library uses malloc and free.
        let state = unsafe { sys::BrotliEncoderCreateInstance(None, None, ptr::null_mut()) };
        let encoder = Self(NonNull::new(state).ok_or(Error::OutOfMemory)?);
        for (parameter, value) in [
            (sys::BrotliEncoderParameter_BROTLI_PARAM_QUALITY, quality),
            (sys::BrotliEncoderParameter_BROTLI_PARAM_LGWIN, window_bits),
            (
                sys::BrotliEncoderParameter_BROTLI_PARAM_SIZE_HINT,
                size_hint,
            ),
        ] {
            // SAFETY: `state` is valid: `encoder` owns it.
            let is_set = unsafe { sys::BrotliEncoderSetParameter(state, parameter, value) };
            assert!(is_set != 0, "brotli rejected parameter {parameter}");
        }
        Ok(encoder)
    }

    /// Compresses part of `input`. `is_last` means that no input follows `input`. The stream is
    /// complete once all input has been consumed and a step with `is_last` writes nothing.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    pub fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Error> {
        let operation = if is_last {
            sys::BrotliEncoderOperation_BROTLI_OPERATION_FINISH
        } else {
            sys::BrotliEncoderOperation_BROTLI_OPERATION_PROCESS
        };
        let (mut next_in, mut available_in) = (input.as_ptr(), input.len());
        let (mut next_out, mut available_out) = (output.as_mut_ptr(), output.len());
        // SAFETY: `self` owns the state, and `&mut self` makes this the only use of it. Each
        // pointer and its length come from one slice, and the library keeps neither pointer.
        let is_done = unsafe {
            sys::BrotliEncoderCompressStream(
                self.0.as_ptr(),
                operation,
                &raw mut available_in,
                &raw mut next_in,
                &raw mut available_out,
                &raw mut next_out,
                ptr::null_mut(),
            )
        };
        if is_done == 0 {
            // The parameters and the order of operations are valid, so only an allocation can fail.
            return Err(Error::OutOfMemory);
        }
        Ok(Step {
            read: input.len() - available_in,
            written: output.len() - available_out,
        })
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: `new` created the state, and only this function destroys it.
        unsafe { sys::BrotliEncoderDestroyInstance(self.0.as_ptr()) }
    }
}

/// Decompresses one stream.
#[derive(Debug)]
pub struct Decoder(NonNull<sys::BrotliDecoderState>);

impl Decoder {
    /// Creates a decoder that accepts windows of up to 2^24 bytes, the maximum of RFC 7932.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    pub fn new() -> Result<Self, Error> {
        // SAFETY: no allocator functions are passed, so the library uses malloc and free.
        let state = unsafe { sys::BrotliDecoderCreateInstance(None, None, ptr::null_mut()) };
        NonNull::new(state).map(Self).ok_or(Error::OutOfMemory)
    }

    /// Whether the whole stream has been decompressed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        // SAFETY: `self` owns the state.
        unsafe { sys::BrotliDecoderIsFinished(self.0.as_ptr()) != 0 }
    }

    /// Decompresses part of `input`. It does not consume bytes after the end of the stream.
    ///
    /// # Errors
    ///
    /// If the data are damaged or an allocation fails.
    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let (mut next_in, mut available_in) = (input.as_ptr(), input.len());
        let (mut next_out, mut available_out) = (output.as_mut_ptr(), output.len());
        // SAFETY: `self` owns the state, and `&mut self` makes this the only use of it. Each
        // pointer and its length come from one slice, and the library keeps neither pointer.
        let result = unsafe {
            sys::BrotliDecoderDecompressStream(
                self.0.as_ptr(),
                &raw mut available_in,
                &raw mut next_in,
                &raw mut available_out,
                &raw mut next_out,
                ptr::null_mut(),
            )
        };
        if result == sys::BrotliDecoderResult_BROTLI_DECODER_RESULT_ERROR {
            return Err(self.error());
        }
        Ok(Step {
            read: input.len() - available_in,
            written: output.len() - available_out,
        })
    }

    fn error(&self) -> Error {
        // SAFETY: `self` owns the state.
        let code = unsafe { sys::BrotliDecoderGetErrorCode(self.0.as_ptr()) };
        let no_memory = sys::BrotliDecoderErrorCode_BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
            ..=sys::BrotliDecoderErrorCode_BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES;
        if no_memory.contains(&code) {
            return Error::OutOfMemory;
        }
        // SAFETY: the function accepts any integer.
        let name = unsafe { sys::BrotliDecoderErrorString(code) };
        // SAFETY: the name is a string literal in the library.
        Error::Data(unsafe { text(name) })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: `new` created the state, and only this function destroys it.
        unsafe { sys::BrotliDecoderDestroyInstance(self.0.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_round_trips_with_buffers_of_any_size() {
        let data: Vec<u8> = (0..100_000_u32)
            .flat_map(|i| (i / 7).to_le_bytes())
            .collect();
        for (quality, room) in [(0, 1), (5, 1000), (9, 70_000)] {
            let mut encoder = Encoder::new(quality, 18, 0).unwrap();
            let mut compressed = Vec::new();
            let mut output = vec![0; room];
            let mut rest = &data[..];
            loop {
                let piece = &rest[..rest.len().min(3000)];
                let is_last = piece.len() == rest.len();
                let step = encoder.step(piece, is_last, &mut output).unwrap();
                rest = &rest[step.read..];
                compressed.extend_from_slice(&output[..step.written]);
                if step == Step::default() {
                    break;
                }
            }
            assert!(rest.is_empty() && compressed.len() < data.len() / 2);

            let mut decoder = Decoder::new().unwrap();
            let mut result = Vec::new();
            let mut rest = &compressed[..];
            while !decoder.is_finished() {
                let step = decoder.step(rest, &mut output).unwrap();
                rest = &rest[step.read..];
                result.extend_from_slice(&output[..step.written]);
            }
            assert!(rest.is_empty() && result == data);
        }
    }

    #[test]
    fn damaged_data_fail_with_a_message() {
        let mut decoder = Decoder::new().unwrap();
        let step = decoder.step(&[0xff; 20], &mut [0; 20]);
        assert!(
            matches!(step, Err(Error::Data(text)) if !text.is_empty()),
            "{step:?}"
        );
    }
}
