//! Zstandard, by the reference library.

use super::fault::{TRAILING, TRUNCATED};
use super::{Decoder, Encoder, Fault, Length, Step};
use zstd_safe::zstd_sys::{ZSTD_EndDirective, ZSTD_ErrorCode};
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// Maximum window of the decoder, as a base-2 logarithm: 128 MiB, as in the `zstd` tool without
/// `--long` and `--memory`.
const MAX_WINDOW_BITS: u32 = 27;

/// Maximum size, in bytes, of a context that is kept for the next task. A context of level 9 has
/// about this size.
const MAX_KEPT: usize = 16 << 20;

/// An encoder's context, kept for the next task. Creating one takes a tenth of the time of
/// compressing 64 KiB.
#[derive(Default)]
pub(super) struct ZstdContext(Option<CCtx<'static>>);

impl ZstdContext {
    /// Frees the context if it is larger than [`MAX_KEPT`].
    pub(super) fn trim(&mut self) {
        if self
            .0
            .as_ref()
            .is_some_and(|context| context.sizeof() > MAX_KEPT)
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

/// Compresses one frame with a checksum, as the `zstd` tool does.
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
                // A hint suffices: it only saves memory for short files.
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

/// Decompresses consecutive frames, including skippable ones.
pub(super) struct ZstdDecoder {
    context: DCtx<'static>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    InFrame,
    /// After at least one complete frame.
    AfterFrame,
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
    fn declared_length(&mut self, input: &[u8]) -> Option<u64> {
        match self.state {
            State::InFrame => None,
            // `None` if the header is split between pieces. The limit is enforced while writing
            // too.
            State::Start | State::AfterFrame => {
                zstd_safe::get_frame_content_size(input).ok().flatten()
            }
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        if input.is_empty() && self.state != State::InFrame {
            return Ok(Step::default());
        }
        let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        let decompressed = self.context.decompress_stream(&mut output, &mut input);
        let hint = decompressed.map_err(|code| {
            let is_unknown =
                zstd_safe::is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_prefix_unknown);
            if is_unknown && self.state == State::AfterFrame {
                TRAILING
            } else {
                fault(code)
            }
        })?;
        self.state = if hint == 0 {
            State::AfterFrame
        } else {
            State::InFrame
        };
        Ok(Step {
            read: input.pos(),
            written: output.pos(),
        })
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.state == State::AfterFrame {
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
