//! DEFLATE, raw or in gzip or zlib format, by zlib-rs.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Step};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The container of the DEFLATE data: its header and checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    None,
    Zlib,
    Gzip,
}

/// The window of every level, as a base-2 logarithm: 32 KiB.
const WINDOW_BITS: u8 = 15;

/// The zlib-rs level for each zlib level. Up to level 7, it is the fastest one whose output is at
/// most 1.5 % larger than zlib's for source code and prose. Equal levels of the two libraries use
/// different strategies: zlib-rs's own level 1 is twice as fast as zlib's, and its output is 25 %
/// larger.
const LEVELS: [u32; 10] = [0, 2, 3, 3, 4, 5, 5, 6, 7, 9];

pub(super) struct DeflateEncoder(Compress);

impl DeflateEncoder {
    pub(super) fn new(wrapper: Wrapper, level: u32) -> Self {
        let level = Compression::new(LEVELS[level as usize]);
        Self(match wrapper {
            Wrapper::None => Compress::new(level, false),
            Wrapper::Zlib => Compress::new(level, true),
            Wrapper::Gzip => Compress::new_gzip(level, WINDOW_BITS),
        })
    }
}

impl Encoder for DeflateEncoder {
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault> {
        let flush = if is_last {
            FlushCompress::Finish
        } else {
            FlushCompress::None
        };
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let compressed = self.0.compress(input, output, flush);
        compressed.map_err(|error| Fault::Damaged(error.to_string().into()))?;
        Ok(step(self.0.total_in() - read, self.0.total_out() - written))
    }
}

/// Decompresses one stream. As the `gzip` tool does, it accepts several gzip members in a row and
/// zero padding after them.
pub(super) struct InflateDecoder {
    wrapper: Wrapper,
    stream: Decompress,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    InStream,
    AfterStream,
    Padding,
}

impl InflateDecoder {
    pub(super) fn new(wrapper: Wrapper) -> Self {
        Self {
            wrapper,
            stream: inflate(wrapper),
            state: State::InStream,
        }
    }

    /// Handles input after the end of a stream: padding, another member or garbage. Returns the
    /// number of bytes of padding.
    fn after_stream(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let padding = input.iter().take_while(|&&byte| byte == 0).count();
        match (self.wrapper, input) {
            (_, []) => Ok(0),
            (Wrapper::Gzip, [0, ..]) if padding == input.len() => {
                self.state = State::Padding;
                Ok(padding)
            }
            (Wrapper::Gzip, [0x1f, ..]) if self.state == State::AfterStream => {
                self.stream = inflate(self.wrapper);
                self.state = State::InStream;
                Ok(0)
            }
            _ => Err(TRAILING),
        }
    }
}

impl Decoder for InflateDecoder {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        if self.state != State::InStream {
            let read = self.after_stream(input)?;
            if self.state != State::InStream {
                return Ok(Step { read, written: 0 });
            }
        }
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let status = self.stream.decompress(input, output, FlushDecompress::None);
        if status.map_err(|error| damage(&error))? == Status::StreamEnd {
            self.state = State::AfterStream;
        }
        let (total_in, total_out) = (self.stream.total_in(), self.stream.total_out());
        Ok(step(total_in - read, total_out - written))
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.state == State::InStream {
            return Err(TRUNCATED);
        }
        Ok(())
    }
}

fn inflate(wrapper: Wrapper) -> Decompress {
    match wrapper {
        Wrapper::None => Decompress::new(false),
        Wrapper::Zlib => Decompress::new(true),
        Wrapper::Gzip => Decompress::new_gzip(WINDOW_BITS),
    }
}

fn damage(error: &flate2::DecompressError) -> Fault {
    if error.needs_dictionary().is_some() {
        return Fault::Damaged("a preset dictionary is needed".into());
    }
    let text = error.message().unwrap_or("invalid data").to_owned();
    Fault::Damaged(text.into())
}

/// Converts byte counts of slices, which fit into a `usize`.
fn step(read: u64, written: u64) -> Step {
    let length = |length| usize::try_from(length).expect("the length of a slice");
    Step {
        read: length(read),
        written: length(written),
    }
}
