//! The tasks that wait for a worker: which one is next, and how one leaves before its turn.
//!
//! Most tasks are *plain*: they have no options, hence the default priority, and leave at the front
//! only. They stand in a ring buffer, a few bytes each. Any other task is *placed* in a tree, from
//! which it can be removed in logarithmic time. Each of the two is ordered by itself. A placed task
//! remembers how many plain ones came before it, which is enough to merge the two.

mod task;
#[cfg(test)]
mod tests;

pub(crate) use self::task::{Attributes, Task};
use crate::clock::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

#[derive(Debug)]
pub(crate) struct Queue<I> {
    plain: VecDeque<Plain<I>>,
    /// How many plain tasks have ever left, less those that were put back. Negative if tasks were
    /// put back that had never been in this queue.
    plain_left: i64,
    placed: BTreeMap<Rank, Placed<I>>,
    /// The values of [`Rank::nth`] in use: the next task that is put back extends the range at its
    /// start, the next one that is pushed at its end.
    ranks_used: Range<i64>,
    /// The ranks of placed tasks by task number.
    ranks: BTreeMap<u32, Rank>,
    /// The queue limits of placed tasks.
    limits: BTreeSet<(Timestamp, Rank)>,
}

/// The queued form of a plain task.
#[derive(Debug)]
struct Plain<I> {
    number: u32,
    input: I,
    submitted: Timestamp,
}

impl<I> From<Task<I>> for Plain<I> {
    fn from(task: Task<I>) -> Self {
        Self {
            number: task.number,
            input: task.input,
            submitted: task.submitted,
        }
    }
}

/// The order of placed tasks: higher priorities first, then first in, first out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    priority: Reverse<i64>,
    nth: i64,
}

#[derive(Debug)]
struct Placed<I> {
    task: Task<I>,
    /// The value of [`Queue::plain_left`] from which on it precedes the plain tasks, if it has
    /// their priority.
    plain_before: i64,
}

/// A buffer for fewer plain tasks than this is not shrunk.
const SMALL: usize = 1024;

impl<I> Queue<I> {
    pub(crate) fn new() -> Self {
        Self {
            plain: VecDeque::new(),
            plain_left: 0,
            placed: BTreeMap::new(),
            ranks_used: 0..0,
            ranks: BTreeMap::new(),
            limits: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.plain.len() + self.placed.len()
    }

    /// Whether all queued tasks are plain.
    pub(crate) fn is_plain(&self) -> bool {
        self.placed.is_empty()
    }

    /// Enqueues a task behind all others of its priority.
    pub(crate) fn push(&mut self, task: Task<I>) {
        let Some(attributes) = &task.attributes else {
            self.plain.push_back(Plain::from(task));
            return;
        };
        let (priority, nth) = (attributes.priority, self.ranks_used.end);
        self.ranks_used.end += 1;
        #[expect(clippy::cast_possible_wrap, reason = "a task takes more than a byte")]
        let plain = self.plain.len() as i64;
        self.place(priority, nth, self.plain_left + plain, task);
    }

    /// Enqueues a task before all others of its priority. To restore the order of several dequeued
    /// tasks, the caller puts back the last one first.
    pub(crate) fn put_back(&mut self, task: Task<I>) {
        let Some(attributes) = &task.attributes else {
            self.plain_left -= 1;
            self.plain.push_front(Plain::from(task));
            return;
        };
        self.ranks_used.start -= 1;
        let (priority, nth) = (attributes.priority, self.ranks_used.start);
        self.place(priority, nth, self.plain_left, task);
    }

    fn place(&mut self, priority: i64, nth: i64, plain_before: i64, task: Task<I>) {
        let rank = Rank {
            priority: Reverse(priority),
            nth,
        };
        self.ranks.insert(task.number, rank);
        self.limits.extend(task.limit().map(|limit| (limit, rank)));
        let placed = Placed { task, plain_before };
        self.placed.insert(rank, placed);
    }

    /// Dequeues the next task.
    pub(crate) fn pop(&mut self) -> Option<Task<I>> {
        match self.placed.first_key_value() {
            Some((&rank, placed)) if self.comes_first(rank, placed) => self.take_placed(rank),
            _ => self.pop_plain(),
        }
    }

    /// Removes a placed task by its number.
    pub(crate) fn remove(&mut self, number: u32) -> Option<Task<I>> {
        let rank = *self.ranks.get(&number)?;
        self.take_placed(rank)
    }

    /// Whether any task has a queue limit.
    pub(crate) fn has_limits(&self) -> bool {
        !self.limits.is_empty()
    }

    /// The earliest queue limit.
    pub(crate) fn first_limit(&self) -> Option<Timestamp> {
        self.limits.first().map(|&(limit, _)| limit)
    }

    /// Removes the task with the earliest queue limit, if that limit has passed.
    pub(crate) fn pop_late(&mut self, now: Timestamp) -> Option<Task<I>> {
        let &(limit, rank) = self.limits.first()?;
        if limit > now {
            return None;
        }
        self.take_placed(rank)
    }

    /// Whether the first placed task comes before all plain ones.
    fn comes_first(&self, rank: Rank, placed: &Placed<I>) -> bool {
        match rank.priority {
            Reverse(1..) => true,
            Reverse(0) => placed.plain_before <= self.plain_left,
            Reverse(_) => self.plain.is_empty(),
        }
    }

    fn take_placed(&mut self, rank: Rank) -> Option<Task<I>> {
        let Placed { task, .. } = self.placed.remove(&rank)?;
        self.ranks.remove(&task.number);
        if let Some(limit) = task.limit() {
            self.limits.remove(&(limit, rank));
        }
        Some(task)
    }

    fn pop_plain(&mut self) -> Option<Task<I>> {
        let Plain {
            number,
            input,
            submitted,
        } = self.plain.pop_front()?;
        self.plain_left += 1;
        let capacity = self.plain.capacity();
        if capacity > SMALL && self.plain.len() < capacity / 8 {
            self.plain.shrink_to(capacity / 4);
        }
        Some(Task {
            number,
            input,
            submitted,
            attributes: None,
        })
    }
}
