//! A way into a pool that takes neither a lock nor a call: a ring of tasks in plain memory.
//!
//! One producer leaves tasks in it, and the pool's threads come for them whenever they look for
//! work. So a producer for whom calls are dear (JavaScript, for which one costs as much as a short
//! task) pays for one only when all that could look are asleep, or when the ring is full.
//!
//! The ring may be written by something that is no Rust, hence the fixed layout ([`Layout`]). What
//! such a producer has to do is what [`SubmissionRing::post`] does.
//!
//! # Why no task is missed
//!
//! The danger: the producer finds no need to wake anybody, while the last worker finds nothing in
//! the ring and goes to sleep. Each writes first and then reads what the other has written, with a
//! sequentially consistent fence between the two. Whichever fence comes second, the read after it
//! sees the write before the other. So either the worker sees the task or the producer sees that it
//! has to wake somebody, or both.

use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// How many tasks the ring holds.
#[cfg(not(loom))]
pub(crate) const CAPACITY: usize = 512;
#[cfg(loom)]
pub(crate) const CAPACITY: usize = 2;

/// What became of a task that was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Posted {
    /// Somebody is looking, or all are busy and will look.
    Seen,
    /// It is in the ring, and the producer has to call [`Pool::poll`](crate::Pool::poll) for it.
    NeedsWakeup,
    /// It is not in the ring, which is full. After [`Pool::poll`](crate::Pool::poll) it is not.
    Full,
}

/// A ring of tasks between one producer and the workers of one pool.
#[derive(Debug)]
#[repr(C)]
pub struct SubmissionRing {
    posted: Line,
    taken: Line,
    needs_wakeup: Line,
    cells: [Cell; CAPACITY],
}

/// A number that one side writes and the other reads, in a cache line of its own.
#[derive(Debug, Default)]
#[repr(C, align(64))]
struct Line(AtomicU32);

/// A task.
#[derive(Debug, Default)]
#[repr(C)]
struct Cell {
    number: AtomicU32,
    /// When it was posted, see [`SubmissionRing::post`].
    time: AtomicU32,
    /// What the task is given, in 64 bits that the pool's owner knows how to read.
    input: AtomicU64,
}

/// Where things are in a [`SubmissionRing`], in bytes from its start. All numbers are in the machine's byte
/// order.
#[derive(Debug)]
pub struct Layout;

#[cfg(not(loom))]
impl Layout {
    /// 32 bits, written by the producer: how many tasks it has ever posted, modulo 2^32.
    pub const SUBMITTED: usize = std::mem::offset_of!(SubmissionRing, posted);
    /// 32 bits, written by the pool: how many of them have ever been taken out.
    pub const TAKEN: usize = std::mem::offset_of!(SubmissionRing, taken);
    /// 32 bits, written by the pool: not 0 when nobody would see what is posted.
    pub const NEEDS_WAKEUP: usize = std::mem::offset_of!(SubmissionRing, needs_wakeup);
    /// The first cell. Task number i of all that were ever posted is in cell i modulo
    /// [`Layout::CAPACITY`].
    pub const CELLS: usize = std::mem::offset_of!(SubmissionRing, cells);
    /// Bytes from one cell to the next.
    pub const CELL: usize = size_of::<Cell>();
    /// 32 bits from the start of a cell: the task's number.
    pub const NUMBER: usize = std::mem::offset_of!(Cell, number);
    /// 32 bits from the start of a cell: when it was posted, see [`SubmissionRing::post`].
    pub const TIME: usize = std::mem::offset_of!(Cell, time);
    /// 64 bits from the start of a cell: the task's input.
    pub const INPUT: usize = std::mem::offset_of!(Cell, input);
    /// How many cells there are, a power of two.
    pub const CAPACITY: usize = CAPACITY;
}

impl Default for SubmissionRing {
    fn default() -> Self {
        Self {
            posted: Line::default(),
            taken: Line::default(),
            needs_wakeup: Line::default(),
            cells: std::array::from_fn(|_| Cell::default()),
        }
    }
}

impl SubmissionRing {
    /// Leaves a task in the ring. To be called by one thread at a time.
    ///
    /// `time` is the time from which it waits, in microseconds of [`Pool::age`](crate::Pool::age),
    /// modulo 2^32; 0 for when it is taken out of the ring, which is at once when a worker is free.
    pub fn post(&self, number: u32, input: u64, time: u32) -> Posted {
        // Relaxed: written by the producer alone.
        let posted = self.posted.0.load(Ordering::Relaxed);
        // Acquire: the cell has been read before it is written again.
        let taken = self.taken.0.load(Ordering::Acquire);
        if posted.wrapping_sub(taken) as usize == CAPACITY {
            return Posted::Full;
        }
        let cell = self.cell(posted);
        cell.number.store(number, Ordering::Relaxed);
        cell.time.store(time, Ordering::Relaxed);
        cell.input.store(input, Ordering::Relaxed);
        // Release: who sees the count sees the cell.
        self.posted
            .0
            .store(posted.wrapping_add(1), Ordering::Release);
        fence(Ordering::SeqCst); // see the head of this file
        if self.needs_wakeup.0.load(Ordering::Relaxed) == 0 {
            Posted::Seen
        } else {
            Posted::NeedsWakeup
        }
    }

    /// Whether there is a task for which the producer has to call [`Pool::poll`](crate::Pool::poll) and
    /// has not. For the producer's thread, which may have been kept from it.
    #[must_use]
    pub fn has_unseen(&self) -> bool {
        self.needs_wakeup.0.load(Ordering::Relaxed) != 0 && !self.is_empty()
    }

    /// Takes out what is there, in the order of posting. To be called by one thread at a time.
    pub(crate) fn drain(&self, mut each: impl FnMut(u32, u64, u32)) {
        // Relaxed: written only here, by one thread at a time.
        let mut taken = self.taken.0.load(Ordering::Relaxed);
        let posted = self.posted.0.load(Ordering::Acquire);
        if taken == posted {
            return;
        }
        while taken != posted {
            let cell = self.cell(taken);
            each(
                cell.number.load(Ordering::Relaxed),
                cell.input.load(Ordering::Relaxed),
                cell.time.load(Ordering::Relaxed),
            );
            taken = taken.wrapping_add(1);
        }
        self.taken.0.store(taken, Ordering::Release);
    }

    /// Whether there is nothing to take out: a hint, for whoever may look again.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.0.load(Ordering::Relaxed) == self.posted.0.load(Ordering::Relaxed)
    }

    /// Tells the producer whether nobody would see what it posts from now on. When so, the
    /// caller has to drain once more after this.
    pub(crate) fn set_needs_wakeup(&self, needs_wakeup: bool) {
        self.needs_wakeup
            .0
            .store(u32::from(needs_wakeup), Ordering::Relaxed);
        if needs_wakeup {
            fence(Ordering::SeqCst); // see the head of this file
        }
    }

    fn cell(&self, index: u32) -> &Cell {
        &self.cells[index as usize % CAPACITY]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn drained(ring: &SubmissionRing) -> Vec<(u32, u64)> {
        let mut tasks = Vec::new();
        ring.drain(|number, input, _| tasks.push((number, input)));
        tasks
    }

    /// One for each cell.
    fn numbers() -> std::ops::Range<u32> {
        0..u32::try_from(CAPACITY).unwrap()
    }

    #[test]
    fn what_is_posted_comes_out_once_and_in_order() {
        let ring = SubmissionRing::default();
        assert!(ring.is_empty());
        assert_eq!(ring.post(7, u64::MAX, 0), Posted::Seen);
        assert_eq!(ring.post(u32::MAX, 8, 0), Posted::Seen);
        assert!(!ring.is_empty());
        assert_eq!(drained(&ring), [(7, u64::MAX), (u32::MAX, 8)]);
        assert_eq!(drained(&ring), []);
        assert!(ring.is_empty());
    }

    #[test]
    fn a_full_ring_refuses_until_it_is_drained() {
        let ring = SubmissionRing::default();
        for number in numbers() {
            assert_eq!(ring.post(number, 0, 0), Posted::Seen);
        }
        assert_eq!(ring.post(0, 0, 0), Posted::Full);
        assert_eq!(drained(&ring).len(), CAPACITY);
        assert_eq!(ring.post(0, 0, 0), Posted::Seen);
    }

    #[test]
    fn the_counts_may_wrap() {
        let ring = SubmissionRing::default();
        for line in [&ring.posted, &ring.taken] {
            line.0.store(u32::MAX - 1, Ordering::Relaxed);
        }
        for number in numbers() {
            assert_eq!(ring.post(number, 0, 0), Posted::Seen);
        }
        assert_eq!(ring.post(0, 0, 0), Posted::Full);
        let drained = drained(&ring).into_iter().map(|(number, _)| number);
        assert!(drained.eq(numbers()));
    }

    #[test]
    fn the_producer_is_told_when_nobody_looks() {
        let ring = SubmissionRing::default();
        ring.set_needs_wakeup(true);
        assert!(!ring.has_unseen());
        assert_eq!(ring.post(1, 0, 0), Posted::NeedsWakeup);
        assert!(ring.has_unseen());
        ring.set_needs_wakeup(false);
        assert!(!ring.has_unseen());
        assert_eq!(ring.post(2, 0, 0), Posted::Seen);
        assert_eq!(drained(&ring).len(), 2);
    }
}
