//! Zstandard, by its own library.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Length, Step};
use zstd_safe::zstd_sys::{ZSTD_EndDirective, ZSTD_ErrorCode};
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// The largest window of the decoder, as that of the tool without `--long` and `--memory`: 128 MiB.
const MAX_WINDOW_BITS: u32 = 27;

/// How much memory a context may have to be kept for the next task: that of level 9, about.
const KEPT: usize = 16 << 20;

/// The context of an encoder. To create one costs a tenth of the time that 64 KiB take.
#[derive(Default)]
pub(super) struct ZstdContext(Option<CCtx<'static>>);

impl ZstdContext {
    /// Frees what is not worth being kept.
    pub(super) fn trim(&mut self) {
        if self
            .0
            .as_ref()
            .is_some_and(|context| context.sizeof() > KEPT)
        {
            self.0 = None;
        }
    }

    fn reset(&mut self) -> Result<&mut CCtx<'static>, Fault> {
        if self.0.is_none() {
            self.0 = CCtx::try_create();
        }
        let context = self.0.as_mut().ok_or(Fault::OutOfMemory)?;
        let all = ResetDirective::SessionAndParameters;
        context.reset(all).map_err(fault)?;
        Ok(context)
    }
}

/// Compresses one frame, with a checksum, as the tool does.
pub(super) struct ZstdEncoder<'a> {
    context: &'a mut CCtx<'static>,
    is_finished: bool,
}

impl<'a> ZstdEncoder<'a> {
    pub(super) fn new(
        level: u32,
        length: Length,
        context: &'a mut ZstdContext,
    ) -> Result<Self, Fault> {
        let context = context.reset()?;
        let mut set = |parameter| context.set_parameter(parameter).map_err(fault);
        set(CParameter::CompressionLevel(level.cast_signed()))?;
        set(CParameter::ChecksumFlag(true))?;
        match length {
            Length::Exact(length) => {
                context.set_pledged_src_size(Some(length)).map_err(fault)?;
            }
            Length::About(length) => {
                // Only so that short files need less memory.
                let length = u32::try_from(length).unwrap_or(u32::MAX);
                set(CParameter::SrcSizeHint(
                    length.min(i32::MAX.cast_unsigned()),
                ))?;
            }
            Length::Unknown => {}
        }
        Ok(Self {
            context,
            is_finished: false,
        })
    }
}

impl Encoder for ZstdEncoder<'_> {
    fn step(&mut self, input: &[u8], is_last: bool, output: &mut [u8]) -> Result<Step, Fault> {
        if self.is_finished {
            return Ok(Step::default());
        }
        let operation = if is_last {
            ZSTD_EndDirective::ZSTD_e_end
        } else {
            ZSTD_EndDirective::ZSTD_e_continue
        };
        let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        let compressed = self
            .context
            .compress_stream2(&mut output, &mut input, operation);
        let remaining = compressed.map_err(fault)?;
        self.is_finished = is_last && remaining == 0;
        Ok(Step {
            read: input.pos(),
            written: output.pos(),
        })
    }
}

/// Decompresses frames, one after the other, also skippable ones.
pub(super) struct ZstdDecoder {
    context: DCtx<'static>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Within,
    /// Behind at least one frame.
    Behind,
}

impl ZstdDecoder {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut context = DCtx::try_create().ok_or(Fault::OutOfMemory)?;
        let limit = DParameter::WindowLogMax(MAX_WINDOW_BITS);
        context.set_parameter(limit).map_err(fault)?;
        Ok(Self {
            context,
            state: State::Start,
        })
    }
}

impl Decoder for ZstdDecoder {
    fn announced(&mut self, input: &[u8]) -> Option<u64> {
        match self.state {
            State::Within => None,
            // Only if the whole header is in this piece. If not, the limit holds all the same.
            State::Start | State::Behind => zstd_safe::get_frame_content_size(input).ok().flatten(),
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        if input.is_empty() && self.state != State::Within {
            return Ok(Step::default());
        }
        let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        let decompressed = self.context.decompress_stream(&mut output, &mut input);
        let hint = decompressed.map_err(|code| {
            let is_unknown =
                zstd_safe::is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_prefix_unknown);
            if is_unknown && self.state == State::Behind {
                TRAILING
            } else {
                fault(code)
            }
        })?;
        self.state = if hint == 0 {
            State::Behind
        } else {
            State::Within
        };
        Ok(Step {
            read: input.pos(),
            written: output.pos(),
        })
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.state == State::Behind {
            Ok(())
        } else {
            Err(TRUNCATED)
        }
    }
}

fn fault(code: usize) -> Fault {
    let is = |kind| zstd_safe::is_error_kind(code, kind);
    if is(ZSTD_ErrorCode::ZSTD_error_memory_allocation) {
        Fault::OutOfMemory
    } else if is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
        Fault::WindowAbove(1 << MAX_WINDOW_BITS)
    } else {
        Fault::Damaged(zstd_safe::get_error_name(code).into())
    }
}
