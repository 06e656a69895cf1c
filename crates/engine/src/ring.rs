//! A submission ring in shared memory: the producer needs neither a lock nor a call.
//!
//! One producer posts tasks, and the pool's threads poll the ring whenever they search for tasks.
//! So a producer whose calls are expensive (a call from JavaScript costs as much as a short task)
//! makes one only if no thread is awake to poll, or if the ring is full.
//!
//! The producer may be written in another language, hence the fixed layout ([`Layout`]). It must do
//! what [`SubmissionRing::post`] does.
//!
//! # Why no task is missed
//!
//! The danger: the producer posts a task and sees no need for a wakeup, while the last worker sees
//! an empty ring and goes to sleep. The producer writes the count and then reads the wakeup flag;
//! the worker writes the flag and then reads the count. Each has a sequentially consistent fence in
//! between. The fences are totally ordered, and the read after the later fence sees the write
//! before the earlier one. So the worker sees the task, or the producer sees the flag, or both.

use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// How many tasks the ring holds, a power of two.
#[cfg(not(loom))]
pub(crate) const CAPACITY: usize = 512;
#[cfg(loom)]
pub(crate) const CAPACITY: usize = 2;

/// The result of [`SubmissionRing::post`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Posted {
    /// The task is in the ring, and a worker will poll it.
    Queued,
    /// The task is in the ring, and the producer has to call [`Pool::poll`](crate::Pool::poll) for
    /// it.
    NeedsWakeup,
    /// The ring is full, and the task is not in it. The producer has to call
    /// [`Pool::poll`](crate::Pool::poll), which drains the ring, and post again.
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

/// A number that one side writes and the other reads, in a cache line of its own to avoid false
/// sharing.
#[derive(Debug, Default)]
#[repr(C, align(64))]
struct Line(AtomicU32);

/// A task.
#[derive(Debug, Default)]
#[repr(C)]
struct Cell {
    number: AtomicU32,
    /// The time of posting, see [`SubmissionRing::post`].
    time: AtomicU32,
    /// The input, which the pool's `decode` function reads.
    input: AtomicU64,
}

/// The layout of a [`SubmissionRing`]: offsets in bytes. All numbers are in the machine's byte
/// order.
#[derive(Debug)]
pub struct Layout;

#[cfg(not(loom))]
impl Layout {
    /// 32 bits, written by the producer: how many tasks were ever posted, modulo 2^32.
    pub const SUBMITTED: usize = std::mem::offset_of!(SubmissionRing, posted);
    /// 32 bits, written by the pool: how many tasks were ever drained, modulo 2^32.
    pub const TAKEN: usize = std::mem::offset_of!(SubmissionRing, taken);
    /// 32 bits, written by the pool: not 0 while no worker would poll a posted task.
    pub const NEEDS_WAKEUP: usize = std::mem::offset_of!(SubmissionRing, needs_wakeup);
    /// The first cell. The i-th task that was ever posted, counted from 0, is in cell i modulo
    /// [`Layout::CAPACITY`].
    pub const CELLS: usize = std::mem::offset_of!(SubmissionRing, cells);
    /// The size of a cell in bytes.
    pub const CELL: usize = size_of::<Cell>();
    /// 32 bits, relative to a cell: the task's number.
    pub const NUMBER: usize = std::mem::offset_of!(Cell, number);
    /// 32 bits, relative to a cell: the time of posting, see [`SubmissionRing::post`].
    pub const TIME: usize = std::mem::offset_of!(Cell, time);
    /// 64 bits, relative to a cell: the task's input.
    pub const INPUT: usize = std::mem::offset_of!(Cell, input);
    /// The number of cells, a power of two.
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
    /// Posts a task. To be called by one thread at a time.
    ///
    /// `time` is the start of the task's waiting time, in microseconds of
    /// [`Pool::age`](crate::Pool::age), modulo 2^32. With 0 the waiting time starts when the ring
    /// is drained, which happens at once if a worker is free.
    pub fn post(&self, number: u32, input: u64, time: u32) -> Posted {
        // Relaxed: only this thread writes it.
        let posted = self.posted.0.load(Ordering::Relaxed);
        // Acquire pairs with the release in `drain`: the consumer's reads of the cell happen before
        // the writes below.
        let taken = self.taken.0.load(Ordering::Acquire);
        if posted.wrapping_sub(taken) as usize == CAPACITY {
            return Posted::Full;
        }
        let cell = self.cell(posted);
        cell.number.store(number, Ordering::Relaxed);
        cell.time.store(time, Ordering::Relaxed);
        cell.input.store(input, Ordering::Relaxed);
        // Release pairs with the acquire in `drain`: the writes of the cell happen before the
        // consumer's reads.
        self.posted
            .0
            .store(posted.wrapping_add(1), Ordering::Release);
        fence(Ordering::SeqCst); // see "Why no task is missed" above
        if self.needs_wakeup.0.load(Ordering::Relaxed) == 0 {
            Posted::Queued
        } else {
            Posted::NeedsWakeup
        }
    }

    /// Whether a task is in the ring for which the producer has to call
    /// [`Pool::poll`](crate::Pool::poll) and has not. For the producer's thread, which may have
    /// been interrupted before it could call.
    #[must_use]
    pub fn needs_poll(&self) -> bool {
        self.needs_wakeup.0.load(Ordering::Relaxed) != 0 && !self.is_empty()
    }

    /// Removes all tasks, and calls `each` with the number, input and time of each, in the order of
    /// posting. To be called by one thread at a time.
    pub(crate) fn drain(&self, mut each: impl FnMut(u32, u64, u32)) {
        // Relaxed: written only here, by one thread at a time. The scheduler's lock orders those
        // threads.
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

    /// Whether the ring is empty. A hint: without synchronization, a task may have been posted
    /// meanwhile.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.0.load(Ordering::Relaxed) == self.posted.0.load(Ordering::Relaxed)
    }

    /// Sets the flag that makes the producer call [`Pool::poll`](crate::Pool::poll). After setting
    /// it to true, the caller has to drain once more.
    pub(crate) fn set_needs_wakeup(&self, needs_wakeup: bool) {
        self.needs_wakeup
            .0
            .store(u32::from(needs_wakeup), Ordering::Relaxed);
        if needs_wakeup {
            fence(Ordering::SeqCst); // see "Why no task is missed" above
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

    /// One number for each cell.
    fn numbers() -> std::ops::Range<u32> {
        0..u32::try_from(CAPACITY).unwrap()
    }

    #[test]
    fn tasks_are_drained_once_and_in_order() {
        let ring = SubmissionRing::default();
        assert!(ring.is_empty());
        assert_eq!(ring.post(7, u64::MAX, 0), Posted::Queued);
        assert_eq!(ring.post(u32::MAX, 8, 0), Posted::Queued);
        assert!(!ring.is_empty());
        assert_eq!(drained(&ring), [(7, u64::MAX), (u32::MAX, 8)]);
        assert_eq!(drained(&ring), []);
        assert!(ring.is_empty());
    }

    #[test]
    fn a_full_ring_refuses_tasks_until_it_is_drained() {
        let ring = SubmissionRing::default();
        for number in numbers() {
            assert_eq!(ring.post(number, 0, 0), Posted::Queued);
        }
        assert_eq!(ring.post(0, 0, 0), Posted::Full);
        assert_eq!(drained(&ring).len(), CAPACITY);
        assert_eq!(ring.post(0, 0, 0), Posted::Queued);
    }

    #[test]
    fn the_counts_wrap_around() {
        let ring = SubmissionRing::default();
        for line in [&ring.posted, &ring.taken] {
            line.0.store(u32::MAX - 1, Ordering::Relaxed);
        }
        for number in numbers() {
            assert_eq!(ring.post(number, 0, 0), Posted::Queued);
        }
        assert_eq!(ring.post(0, 0, 0), Posted::Full);
        let drained = drained(&ring).into_iter().map(|(number, _)| number);
        assert!(drained.eq(numbers()));
    }

    #[test]
    fn the_flag_makes_the_producer_call() {
        let ring = SubmissionRing::default();
        ring.set_needs_wakeup(true);
        assert!(!ring.needs_poll());
        assert_eq!(ring.post(1, 0, 0), Posted::NeedsWakeup);
        assert!(ring.needs_poll());
        ring.set_needs_wakeup(false);
        assert!(!ring.needs_poll());
        assert_eq!(ring.post(2, 0, 0), Posted::Queued);
        assert_eq!(drained(&ring).len(), 2);
    }
}
