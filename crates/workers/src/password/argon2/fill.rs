//! Filling the memory of Argon2 (RFC 9106, section 3.2).
//!
//! The loop is written here and not taken from a crate, so that the token is polled within it: a
//! stored hash may ask for days.
//!
//! The matrix of the RFC has a row for each lane. The memory has one slice after the other, and
//! within a slice the segments of all lanes. So the first pass writes it from start to end.

use super::block::{Block, prefetch};
use super::long_hash::long_hash;
use super::{Argon2, Variant};
use crate::password::polls::Polls;
use crate::{Failure, Task};

/// The slices of a pass.
const SLICES: usize = 4;

/// So many blocks are initialized at once, shortly before they are written.
const INITIALIZED_AT_ONCE: usize = 64;

/// Fills the memory.
pub(super) struct Fill<'a> {
    argon2: &'a Argon2,
    /// H0 of the RFC.
    inputs: &'a [u8],
    lanes: usize,
    /// Blocks of a segment, at least 2.
    segment: usize,
}

/// A segment: part of a lane in a slice.
#[derive(Clone, Copy)]
struct Segment {
    pass: u32,
    slice: usize,
    lane: usize,
}

impl<'a> Fill<'a> {
    /// `inputs` is the hash of all inputs. There are at least 8 blocks for each lane.
    pub(super) fn new(argon2: &'a Argon2, inputs: &'a [u8]) -> Self {
        let lanes = argon2.parallelism as usize;
        let segment = argon2.memory as usize / (SLICES * lanes);
        Self {
            argon2,
            inputs,
            lanes,
            segment,
        }
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        SLICES * self.lanes * self.segment
    }

    /// Fills `memory`, which has room for all blocks, and returns the XOR of the last blocks of all
    /// lanes.
    ///
    /// # Errors
    ///
    /// When the task is cancelled.
    pub(super) fn run(&self, memory: &mut Vec<Block>, task: &Task<'_>) -> Result<Block, Failure> {
        let mut polls = Polls::of(task);
        for pass in 0..self.argon2.iterations {
            for slice in 0..SLICES {
                for lane in 0..self.lanes {
                    let segment = Segment { pass, slice, lane };
                    self.fill(segment, memory, &mut polls)?;
                }
            }
        }
        let mut last = Block::ZERO;
        for lane in 0..self.lanes {
            last.xor_with(&memory[self.start(SLICES - 1, lane) + self.segment - 1]);
        }
        Ok(last)
    }

    /// Where a segment starts.
    fn start(&self, slice: usize, lane: usize) -> usize {
        (slice * self.lanes + lane) * self.segment
    }

    fn fill(
        &self,
        segment: Segment,
        memory: &mut Vec<Block>,
        polls: &mut Polls<'_>,
    ) -> Result<(), Failure> {
        let Segment { pass, slice, lane } = segment;
        let start = self.start(slice, lane);
        let is_first = pass == 0 && slice == 0;
        let is_added = pass > 0 && self.argon2.version == Argon2::VERSION;
        let mut addresses = self.addresses(segment);
        for index in 0..self.segment {
            polls.count(Block::BYTES)?;
            let current = start + index;
            if current == memory.len() {
                let length = self.blocks().min(current + INITIALIZED_AT_ONCE);
                memory.resize(length, Block::ZERO);
            }
            if is_first && index < 2 {
                memory[current] = self.first_block(index, lane);
                continue;
            }
            let previous = match index {
                0 => self.start((slice + SLICES - 1) % SLICES, lane) + self.segment - 1,
                _ => current - 1,
            };
            let random = match &mut addresses {
                Some(addresses) => addresses.word(index),
                None => memory[previous].0[0],
            };
            let reference = self.reference(segment, index, random);
            let blocks = memory.as_ptr();
            // The memory is larger than the caches, so the next block is loaded meanwhile.
            let load_next = |word| {
                let next = index + 1;
                let random = addresses.as_ref().map_or(word, |words| words.peek(next));
                prefetch(blocks.wrapping_add(self.reference(segment, next, random)));
            };
            let [block, previous, reference] = memory
                .get_disjoint_mut([current, previous, reference])
                .expect("a block refers to two others");
            block.compress(previous, reference, is_added, load_next);
        }
        Ok(())
    }

    /// The first or second block of a lane.
    fn first_block(&self, index: usize, lane: usize) -> Block {
        let number = |number| u32::try_from(number).expect("less than 2^24").to_le_bytes();
        let mut bytes = [0; Block::BYTES];
        long_hash(&[self.inputs, &number(index), &number(lane)], &mut bytes);
        Block::from_bytes(&bytes)
    }

    /// The block that a block refers to by a random word (RFC 9106, section 3.4).
    fn reference(&self, segment: Segment, index: usize, random: u64) -> usize {
        let Segment { pass, slice, lane } = segment;
        let (low, high) = (random & 0xffff_ffff, random >> 32);
        #[expect(clippy::cast_possible_truncation, reason = "a remainder of a usize")]
        let other = match (pass, slice) {
            (0, 0) => lane,
            _ => (high % self.lanes as u64) as usize,
        };
        // The finished segments of the other lane, and in its own lane what precedes the block.
        let finished = self.segment * if pass == 0 { slice } else { SLICES - 1 };
        let area = match index {
            _ if other == lane => finished + index - 1,
            0 => finished - 1,
            _ => finished,
        };
        let squared = (low * low) >> 32;
        let from_end = ((area as u64 * squared) >> 32) as usize;
        // From the oldest segment on.
        let oldest = if pass == 0 { 0 } else { slice + 1 };
        let position = area - 1 - from_end;
        let slice = (oldest + position / self.segment) % SLICES;
        self.start(slice, other) + position % self.segment
    }

    /// The addresses of a segment, if they do not depend on the password.
    fn addresses(&self, segment: Segment) -> Option<Addresses> {
        let Segment { pass, slice, lane } = segment;
        let is_independent = match self.argon2.variant {
            Variant::D => false,
            Variant::I => true,
            Variant::Id => pass == 0 && slice < SLICES / 2,
        };
        is_independent.then(|| {
            Addresses::new([
                pass.into(),
                lane as u64,
                slice as u64,
                self.blocks() as u64,
                self.argon2.iterations.into(),
                self.argon2.variant.number().into(),
            ])
        })
    }
}

/// Random words that depend on public parameters only.
struct Addresses {
    /// The parameters, and after them a counter.
    input: Block,
    words: Block,
}

impl Addresses {
    const PARAMETERS: usize = 6;

    fn new(parameters: [u64; Self::PARAMETERS]) -> Self {
        let mut input = Block::ZERO;
        input.0[..Self::PARAMETERS].copy_from_slice(&parameters);
        let words = Block::ZERO;
        let mut addresses = Self { input, words };
        addresses.advance();
        addresses
    }

    /// The word of a block. Must be called with one index after the other.
    fn word(&mut self, index: usize) -> u64 {
        if index > 0 && index.is_multiple_of(Block::WORDS) {
            self.advance();
        }
        self.peek(index)
    }

    /// The word of a block, or another one if it is not known yet.
    fn peek(&self, index: usize) -> u64 {
        self.words.0[index % Block::WORDS]
    }

    fn advance(&mut self) {
        self.input.0[Self::PARAMETERS] += 1;
        let mut words = Block::ZERO;
        words.compress(&Block::ZERO, &self.input, false, |_| {});
        self.words.compress(&Block::ZERO, &words, false, |_| {});
    }
}
