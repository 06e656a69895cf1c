//! The LZ4 frame format.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Length, Step};
use native_worker_pool_codecs::{Error, lz4};

pub(super) struct Lz4Encoder(lz4::Encoder);

impl Lz4Encoder {
    pub(super) fn new(level: u32, length: Length) -> Result<Self, Fault> {
        let content_size = match length {
            Length::Exact(length) => length,
            Length::About(_) | Length::Unknown => 0,
        };
        Ok(Self(lz4::Encoder::new(level, content_size)?))
    }
}

impl Encoder for Lz4Encoder {
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault> {
        Ok(self.0.step(input, is_last, output)?)
    }
}

pub(super) struct Lz4Decoder {
    decoder: lz4::Decoder,
    has_frame: bool,
}

impl Lz4Decoder {
    pub(super) fn new() -> Result<Self, Fault> {
        Ok(Self {
            decoder: lz4::Decoder::new()?,
            has_frame: false,
        })
    }
}

impl Decoder for Lz4Decoder {
    /// The content size in the frame header, where the encoder wrote one.
    fn declared_length(&mut self, input: &[u8]) -> Option<u64> {
        match input {
            [0x04, 0x22, 0x4d, 0x18, flags, _, size @ ..]
                if flags & 0x08 != 0 && self.decoder.is_between_frames() =>
            {
                size.first_chunk().map(|size| u64::from_le_bytes(*size))
            }
            _ => None,
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        let step = self.decoder.step(input, output).map_err(|error| {
            let is_unknown = error == Error::Data("frameType_unknown");
            if is_unknown && self.has_frame {
                TRAILING
            } else {
                fault(error)
            }
        })?;
        self.has_frame |= step != Step::default() && self.decoder.is_between_frames();
        Ok(step)
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.has_frame && self.decoder.is_between_frames() {
            Ok(())
        } else {
            Err(TRUNCATED)
        }
    }
}

/// Translates the library's error names, such as `headerChecksum_invalid`, to messages.
fn fault(error: Error) -> Fault {
    let Error::Data(name) = error else {
        return error.into();
    };
    let text = match name {
        "headerChecksum_invalid" => "the checksum of a header does not match",
        "blockChecksum_invalid" => "the checksum of a block does not match",
        "contentChecksum_invalid" => "the checksum of the content does not match",
        "frameSize_wrong" => "the content does not have the length that the header says",
        "decompressionFailed" => "a block is damaged",
        "frameType_unknown" => "no frame begins here",
        "headerVersion_wrong" => "the frame has an unknown version",
        "reservedFlag_set" => "a reserved bit of a header is set",
        "maxBlockSize_invalid" => "the block size is invalid",
        other => other,
    };
    Fault::Damaged(text.into())
}
