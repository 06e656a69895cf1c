//! Filling the memory of Argon2 (RFC 9106, section 3.2).
//!
//! The loop is not taken from a crate because the token must be polled within it: the costs of a
//! stored hash may require days.
//!
//! The matrix of the RFC has one row per lane. Here the slices are stored one after another, and
//! within a slice the segments of all lanes. So the first pass writes memory from start to end.

use super::block::{Block, prefetch};
use super::long_hash::long_hash;
use super::{Argon2, Variant};
use crate::password::polls::Polls;
use crate::{Failure, Task};

/// Number of slices per pass.
const SLICES: usize = 4;

/// Number of blocks that are initialized at once, shortly before they are written.
const INITIALIZED_AT_ONCE: usize = 64;

/// Fills the memory for one hash.
pub(super) struct Fill<'a> {
    argon2: &'a Argon2,
    /// H0 of the RFC: the hash of all inputs.
    inputs: &'a [u8],
    lanes: usize,
    /// Number of blocks per segment, at least 2.
    segment: usize,
}

/// A segment: the part of a lane within a slice.
#[derive(Clone, Copy)]
struct Segment {
    pass: u32,
    slice: usize,
    lane: usize,
}

impl<'a> Fill<'a> {
    /// `inputs` is H0, the hash of all inputs. `argon2` must have at least 8 blocks per lane.
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

    /// Total number of blocks.
    pub(super) fn blocks(&self) -> usize {
        SLICES * self.lanes * self.segment
    }

    /// Fills `memory`, which must have capacity for all blocks. Returns the XOR of the last blocks
    /// of all lanes.
    ///
    /// # Errors
    ///
    /// If the task is cancelled.
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

    /// Index of the first block of a segment.
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
            // The memory exceeds the caches, so the next reference block is prefetched.
            let load_next = |word| {
                let next = index + 1;
                let random = addresses.as_ref().map_or(word, |words| words.peek(next));
                prefetch(blocks.wrapping_add(self.reference(segment, next, random)));
            };
            let [block, previous, reference] = memory
                .get_disjoint_mut([current, previous, reference])
                .expect("a block and the two it refers to are distinct");
            block.compress(previous, reference, is_added, load_next);
        }
        Ok(())
    }

    /// Computes the first or second block of a lane.
    fn first_block(&self, index: usize, lane: usize) -> Block {
        let number = |number| u32::try_from(number).expect("less than 2^24").to_le_bytes();
        let mut bytes = [0; Block::BYTES];
        long_hash(&[self.inputs, &number(index), &number(lane)], &mut bytes);
        Block::from_bytes(&bytes)
    }

    /// Index of the reference block that a random word selects (RFC 9106, section 3.4).
    fn reference(&self, segment: Segment, index: usize, random: u64) -> usize {
        let Segment { pass, slice, lane } = segment;
        let (low, high) = (random & 0xffff_ffff, random >> 32);
        #[expect(clippy::cast_possible_truncation, reason = "less than a usize")]
        let other = match (pass, slice) {
            (0, 0) => lane,
            _ => (high % self.lanes as u64) as usize,
        };
        // The block may refer to the finished segments of another lane, or to the preceding blocks
        // of its own lane.
        let finished = self.segment * if pass == 0 { slice } else { SLICES - 1 };
        let area = match index {
            _ if other == lane => finished + index - 1,
            0 => finished - 1,
            _ => finished,
        };
        let squared = (low * low) >> 32;
        let from_end = ((area as u64 * squared) >> 32) as usize;
        // Positions count from the oldest segment on.
        let oldest = if pass == 0 { 0 } else { slice + 1 };
        let position = area - 1 - from_end;
        let slice = (oldest + position / self.segment) % SLICES;
        self.start(slice, other) + position % self.segment
    }

    /// The addresses of a segment; `None` if they depend on the password.
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

/// Pseudorandom words that depend only on public parameters.
struct Addresses {
    /// The parameters, followed by a counter.
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

    /// The word for the block at `index`. Must be called with consecutive indices.
    fn word(&mut self, index: usize) -> u64 {
        if index > 0 && index.is_multiple_of(Block::WORDS) {
            self.advance();
        }
        self.peek(index)
    }

    /// The word for the block at `index`. A wrong word if it has not been computed yet, which is
    /// good enough for a prefetch.
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
