//! The function `scryptROMix` (RFC 7914, section 5).
//!
//! It is not taken from a crate because the token must be polled within it: the costs of a stored
//! hash may require a day.

use super::block::Block;
use super::filled;
use crate::password::polls::Polls;
use crate::{Failure, Task};
use zeroize::Zeroize;

/// Maximum number of blocks mixed between two polls.
const BLOCKS_PER_POLL: usize = 1024;

/// Mixes the parts of the input, one after another.
pub(super) struct Mixer<'a> {
    n: usize,
    polls: Polls<'a>,
    /// Two buffers of 2r blocks each.
    input: Box<[Block]>,
    output: Box<[Block]>,
}

impl<'a> Mixer<'a> {
    /// Allocates the buffers.
    ///
    /// # Errors
    ///
    /// If an allocation fails.
    pub(super) fn new(n: usize, r: usize, task: &'a Task<'a>) -> Result<Self, Failure> {
        Ok(Self {
            n,
            polls: Polls::of(task),
            input: filled(Block::ZERO, 2 * r)?.into(),
            output: filled(Block::ZERO, 2 * r)?.into(),
        })
    }

    /// Mixes a part of 2r blocks. `memory` must have capacity for N times as many blocks.
    ///
    /// # Errors
    ///
    /// If the task is cancelled.
    pub(super) fn mix(&mut self, part: &mut [u8], memory: &mut Vec<Block>) -> Result<(), Failure> {
        let (bytes, _) = part.as_chunks_mut();
        for (block, bytes) in self.input.iter_mut().zip(&*bytes) {
            *block = Block::from_bytes(bytes);
        }
        let blocks = self.input.len();
        for i in 0..self.n {
            if let Some(kept) = memory.get_mut(i * blocks..(i + 1) * blocks) {
                kept.copy_from_slice(&self.input);
            } else {
                memory.truncate(i * blocks);
                memory.extend_from_slice(&self.input);
            }
            self.mix_blocks()?;
        }
        for _ in 0..self.n {
            // N is a power of two.
            let chosen = self.input[blocks - 1].first_word() as usize & (self.n - 1);
            let chosen = &memory[chosen * blocks..][..blocks];
            // A separate loop before the mixing, so that the processor loads all of `chosen` at
            // once.
            for (block, other) in self.input.iter_mut().zip(chosen) {
                *block = block.xor(other);
            }
            self.mix_blocks()?;
        }
        for (block, bytes) in self.input.iter().zip(bytes) {
            block.write_to(bytes);
        }
        Ok(())
    }

    /// The function `scryptBlockMix`.
    fn mix_blocks(&mut self) -> Result<(), Failure> {
        let blocks = self.input.len();
        let mut last = self.input[blocks - 1];
        for start in (0..blocks).step_by(BLOCKS_PER_POLL) {
            let end = blocks.min(start + BLOCKS_PER_POLL);
            self.polls.count((end - start) * Block::BYTES)?;
            for i in start..end {
                last = last.xor(&self.input[i]).salsa20_8();
                // Blocks with even numbers come first.
                self.output[i / 2 + i % 2 * (blocks / 2)] = last;
            }
        }
        std::mem::swap(&mut self.input, &mut self.output);
        Ok(())
    }
}

impl Drop for Mixer<'_> {
    fn drop(&mut self) {
        self.input.zeroize();
        self.output.zeroize();
    }
}
