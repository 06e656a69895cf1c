//! The tasks that wait for a worker: which is next, and how one leaves before its turn.
//!
//! Most tasks are *plain*: they have the usual priority, wait for as long as it takes and leave at the
//! front only. Those stand in a ring of their own, a few bytes each. Any other task is *placed*, in a
//! tree, from where it can be removed at once wherever it stands. Each of the two is in order by
//! itself; a placed task remembers how many plain ones came before it, and that is enough to merge
//! them.

use crate::clock::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

/// A task that no worker has taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task<I> {
    /// The caller's number for it.
    pub(crate) number: u32,
    pub(crate) input: I,
    /// When it was submitted.
    pub(crate) submitted: Timestamp,
    /// What it asks for; none for a plain task. In a box, so that a plain task is small.
    pub(crate) asked: Option<Box<Asked>>,
}

/// What a placed task asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) priority: i64,
    /// How long it may run.
    pub(crate) timeout: Option<Duration>,
    /// Until when it may wait.
    pub(crate) limit: Option<Timestamp>,
}

impl<I> Task<I> {
    /// Until when it may wait; `None` if for ever.
    pub(crate) fn limit(&self) -> Option<Timestamp> {
        self.asked.as_ref()?.limit
    }
}

#[derive(Debug)]
pub(crate) struct Queue<I> {
    plain: VecDeque<Plain<I>>,
    /// How many plain tasks have ever left. Below zero when others were put back than had been here.
    plain_left: i64,
    placed: BTreeMap<Rank, Placed<I>>,
    /// Ranks of placed tasks, for the next one that is put back and the next one that comes.
    ranks_used: Range<i64>,
    /// Where the task of a number is placed.
    ranks: BTreeMap<u32, Rank>,
    /// Until when placed tasks may wait, the earliest first.
    limits: BTreeSet<(Timestamp, Rank)>,
}

/// What is kept of a plain task.
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

/// The place of a placed task among its like: higher priorities first, then who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    priority: Reverse<i64>,
    nth: i64,
}

#[derive(Debug)]
struct Placed<I> {
    task: Task<I>,
    /// How many plain tasks have left when it is its turn among them.
    plain_before: i64,
}

/// Memory for fewer plain tasks than this is not worth giving back.
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

    /// Whether all its tasks are plain.
    pub(crate) fn is_plain(&self) -> bool {
        self.placed.is_empty()
    }

    /// Puts a task behind those of its priority.
    pub(crate) fn push(&mut self, task: Task<I>) {
        let Some(asked) = &task.asked else {
            self.plain.push_back(Plain::from(task));
            return;
        };
        let (priority, nth) = (asked.priority, self.ranks_used.end);
        self.ranks_used.end += 1;
        #[expect(clippy::cast_possible_wrap, reason = "a task takes more than a byte")]
        let plain = self.plain.len() as i64;
        self.place(priority, nth, self.plain_left + plain, task);
    }

    /// Puts a task before all others of its priority. Of several that had been taken out, the last one has to
    /// come first.
    pub(crate) fn put_back(&mut self, task: Task<I>) {
        let Some(asked) = &task.asked else {
            self.plain_left -= 1;
            self.plain.push_front(Plain::from(task));
            return;
        };
        self.ranks_used.start -= 1;
        let (priority, nth) = (asked.priority, self.ranks_used.start);
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

    /// Takes out the task whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<Task<I>> {
        match self.placed.first_key_value() {
            Some((&rank, placed)) if self.comes_first(rank, placed) => self.take_placed(rank),
            _ => self.pop_plain(),
        }
    }

    /// Takes out a placed task by its number.
    pub(crate) fn remove(&mut self, number: u32) -> Option<Task<I>> {
        let rank = *self.ranks.get(&number)?;
        self.take_placed(rank)
    }

    /// Whether there is a task that may not wait for ever.
    pub(crate) fn has_limits(&self) -> bool {
        !self.limits.is_empty()
    }

    /// Until when every task may wait; `None` if for ever.
    pub(crate) fn first_limit(&self) -> Option<Timestamp> {
        self.limits.first().map(|&(limit, _)| limit)
    }

    /// Takes out a task that may not wait any more, the one whose limit is the earliest first.
    pub(crate) fn pop_late(&mut self, now: Timestamp) -> Option<Task<I>> {
        let &(limit, rank) = self.limits.first()?;
        if limit > now {
            return None;
        }
        self.take_placed(rank)
    }

    /// Whether this placed task, the first of its like, comes before all plain ones.
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
            asked: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;

    fn asking(priority: i64, limit: Option<u64>) -> Asked {
        Asked {
            priority,
            timeout: None,
            limit: limit.map(Timestamp::from),
        }
    }

    fn task(number: u32, priority: Option<i64>) -> Task<()> {
        Task {
            number,
            input: (),
            submitted: Timestamp::from(0),
            asked: priority.map(|priority| asking(priority, None).into()),
        }
    }

    fn numbers(queue: &mut Queue<()>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop())
            .map(|task| task.number)
            .collect()
    }

    #[test]
    fn higher_priorities_come_first_and_each_in_order() {
        let mut queue = Queue::new();
        for (number, priority) in [(0, 0), (1, -1), (2, 5), (3, 0), (4, 5), (5, -1), (6, 0)] {
            queue.push(task(number, (number % 3 > 0).then_some(priority)));
        }
        assert_eq!(numbers(&mut queue), [2, 4, 0, 3, 6, 1, 5]);
    }

    #[test]
    fn a_placed_task_of_the_usual_priority_keeps_its_place_among_the_plain() {
        let mut queue = Queue::new();
        for number in 0..6 {
            queue.push(task(number, (number % 2 > 0).then_some(0)));
        }
        assert_eq!(queue.pop().map(|task| task.number), Some(0));
        assert_eq!(queue.remove(3).map(|task| task.number), Some(3));
        assert_eq!(numbers(&mut queue), [1, 2, 4, 5]);
    }

    #[test]
    fn tasks_that_are_put_back_come_first_and_in_their_order() {
        let mut queue = Queue::new();
        for number in 4..8 {
            queue.push(task(number, (number % 2 > 0).then_some(0)));
        }
        // They have never been here.
        for number in (0..4).rev() {
            queue.put_back(task(number, (number % 2 > 0).then_some(0)));
        }
        queue.push(task(8, Some(1)));
        queue.put_back(task(9, Some(1)));
        assert_eq!(numbers(&mut queue), [9, 8, 0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn memory_is_given_back() {
        let mut queue = Queue::new();
        for number in 0..100_000 {
            queue.push(task(number, None));
        }
        assert_eq!(numbers(&mut queue).len(), 100_000);
        assert!(queue.plain.capacity() <= 2 * SMALL);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push(Option<i64>, Option<u64>),
        Pop,
        /// Puts back the last that has left by `Pop`, or another.
        PutBack,
        Remove(Index),
        PopLate(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let limit = prop::option::of(0..20_u64);
        prop_oneof![
            3 => Just(Step::Push(None, None)),
            3 => (-2..3_i64, limit).prop_map(|(priority, limit)| Step::Push(Some(priority), limit)),
            4 => Just(Step::Pop),
            2 => Just(Step::PutBack),
            1 => any::<Index>().prop_map(Step::Remove),
            1 => (0..20_u64).prop_map(Step::PopLate),
        ]
    }

    /// A queue that looks at everything.
    #[derive(Default)]
    struct Slow(Vec<Task<()>>);

    impl Slow {
        fn pop(&mut self) -> Option<Task<()>> {
            let priority = |task: &Task<()>| task.asked.as_ref().map_or(0, |asked| asked.priority);
            let highest = self.0.iter().map(priority).max()?;
            let at = self.0.iter().position(|task| priority(task) == highest)?;
            Some(self.0.remove(at))
        }

        fn remove(&mut self, number: u32) -> Option<Task<()>> {
            let is_it = |task: &Task<()>| task.asked.is_some() && task.number == number;
            let at = self.0.iter().position(is_it)?;
            Some(self.0.remove(at))
        }

        fn pop_late(&mut self, now: Timestamp) -> Option<Task<()>> {
            let is_late =
                |(_, task): &(usize, &Task<()>)| task.limit().is_some_and(|limit| limit <= now);
            let late = self.0.iter().enumerate().filter(is_late);
            // Of those with the same limit, the order is that of the queue.
            let (at, _) = late.min_by_key(|&(at, task)| {
                let priority = task.asked.as_ref().map(|asked| asked.priority);
                (task.limit(), Reverse(priority), at)
            })?;
            Some(self.0.remove(at))
        }
    }

    proptest! {
        #[test]
        fn the_queue_does_what_a_slow_one_does(steps in prop::collection::vec(step(), 0..200)) {
            let mut queue = Queue::new();
            let mut slow = Slow::default();
            let mut popped = Vec::new();
            for (number, step) in (0_u32..).zip(&steps) {
                match *step {
                    Step::Push(priority, limit) => {
                        let asked = priority.map(|priority| asking(priority, limit).into());
                        let task = Task { asked, ..task(number, None) };
                        queue.push(task.clone());
                        slow.0.push(task);
                    }
                    Step::Pop => {
                        let task = queue.pop();
                        prop_assert_eq!(&task, &slow.pop());
                        popped.extend(task);
                    }
                    Step::PutBack => {
                        let task = popped.pop().unwrap_or_else(|| task(number, None));
                        queue.put_back(task.clone());
                        slow.0.insert(0, task);
                    }
                    Step::Remove(which) => {
                        let number = u32::try_from(which.index(steps.len())).unwrap();
                        prop_assert_eq!(queue.remove(number), slow.remove(number));
                    }
                    Step::PopLate(now) => {
                        let now = Timestamp::from(now);
                        prop_assert_eq!(queue.pop_late(now), slow.pop_late(now));
                    }
                }
                let first = slow.0.iter().filter_map(Task::limit).min();
                prop_assert_eq!(queue.first_limit(), first);
                prop_assert_eq!(queue.len(), slow.0.len());
            }
            let rest = std::iter::from_fn(|| queue.pop());
            prop_assert!(rest.eq(std::iter::from_fn(|| slow.pop())));
            prop_assert!(queue.ranks.is_empty() && queue.limits.is_empty());
        }
    }
}
