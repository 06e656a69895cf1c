//! The tasks that wait for a worker: which is next, and how one leaves before its turn.
//!
//! Most tasks are *plain*: they have the usual priority, wait for as long as it takes and leave at the
//! front only. Those stand in a ring of their own, a few bytes each. Any other task is *placed*, in a
//! tree, from where it can be removed at once wherever it stands. Each of the two is in order by
//! itself; a placed task remembers how many plain ones came before it, and that is enough to merge
//! them.

use crate::clock::Moment;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// A task that no worker has taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task<I> {
    /// The caller's number for it.
    pub(crate) number: u32,
    pub(crate) input: I,
    /// When it was submitted.
    pub(crate) submitted: Moment,
    /// How long it may run.
    pub(crate) timeout: Option<Duration>,
    /// Until when it may wait.
    pub(crate) limit: Option<Moment>,
}

#[derive(Debug)]
pub(crate) struct Queue<I> {
    plain: VecDeque<Plain<I>>,
    /// How many plain tasks have ever left.
    plain_left: u64,
    placed: BTreeMap<Rank, Placed<I>>,
    /// How many tasks were ever placed.
    placed_ever: u64,
    /// Where the task of a number is placed.
    ranks: BTreeMap<u32, Rank>,
    /// Until when placed tasks may wait, the earliest first.
    limits: BTreeSet<(Moment, Rank)>,
}

/// What is kept of a plain task.
#[derive(Debug)]
struct Plain<I> {
    number: u32,
    input: I,
    submitted: Moment,
}

/// The place of a placed task among its like: higher priorities first, then who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    priority: Reverse<i64>,
    nth: u64,
}

#[derive(Debug)]
struct Placed<I> {
    task: Task<I>,
    /// How many plain tasks have ever come before it.
    plain_before: u64,
}

/// Memory for fewer plain tasks than this is not worth giving back.
const SMALL: usize = 1024;

impl<I> Queue<I> {
    pub(crate) fn new() -> Self {
        Self {
            plain: VecDeque::new(),
            plain_left: 0,
            placed: BTreeMap::new(),
            placed_ever: 0,
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

    /// Puts a task of priority 0 without any limit at the end.
    pub(crate) fn push(&mut self, number: u32, input: I, submitted: Moment) {
        self.plain.push_back(Plain {
            number,
            input,
            submitted,
        });
    }

    /// Puts a plain task back that was the last to leave: it is the first of its like again.
    pub(crate) fn put_back(&mut self, task: Task<I>) {
        self.plain_left -= 1;
        self.plain.push_front(Plain {
            number: task.number,
            input: task.input,
            submitted: task.submitted,
        });
    }

    /// Puts a task behind those of its priority.
    pub(crate) fn place(&mut self, task: Task<I>, priority: i64) {
        let rank = Rank {
            priority: Reverse(priority),
            nth: self.placed_ever,
        };
        self.placed_ever += 1;
        self.ranks.insert(task.number, rank);
        self.limits.extend(task.limit.map(|limit| (limit, rank)));
        let placed = Placed {
            task,
            plain_before: self.plain_left + self.plain.len() as u64,
        };
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

    /// Until when every task may wait; `None` if for ever.
    pub(crate) fn first_limit(&self) -> Option<Moment> {
        self.limits.first().map(|&(limit, _)| limit)
    }

    /// Takes out a task that may not wait any more, the one whose limit is the earliest first.
    pub(crate) fn pop_late(&mut self, now: Moment) -> Option<Task<I>> {
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
        if let Some(limit) = task.limit {
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
            timeout: None,
            limit: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;

    fn task(number: u32) -> Task<()> {
        Task {
            number,
            input: (),
            submitted: Moment::from(0),
            timeout: None,
            limit: None,
        }
    }

    fn task_until(number: u32, limit: Option<u64>) -> Task<()> {
        Task {
            limit: limit.map(Moment::from),
            ..task(number)
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
            if number % 3 == 0 {
                queue.push(number, (), Moment::from(0));
            } else {
                queue.place(task(number), priority);
            }
        }
        assert_eq!(numbers(&mut queue), [2, 4, 0, 3, 6, 1, 5]);
    }

    #[test]
    fn a_placed_task_of_the_usual_priority_keeps_its_place_among_the_plain() {
        let mut queue = Queue::new();
        for number in 0..6 {
            if number % 2 == 0 {
                queue.push(number, (), Moment::from(0));
            } else {
                queue.place(task(number), 0);
            }
        }
        assert_eq!(queue.pop().map(|task| task.number), Some(0));
        assert_eq!(queue.remove(3).map(|task| task.number), Some(3));
        assert_eq!(numbers(&mut queue), [1, 2, 4, 5]);
    }

    #[test]
    fn memory_is_given_back() {
        let mut queue = Queue::new();
        for number in 0..100_000 {
            queue.push(number, (), Moment::from(0));
        }
        assert_eq!(numbers(&mut queue).len(), 100_000);
        assert!(queue.plain.capacity() <= 2 * SMALL);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push,
        Place(i64, Option<u64>),
        Pop,
        Remove(Index),
        PopLate(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Push),
            3 => (-2..3_i64, prop::option::of(0..20_u64)).prop_map(|(priority, limit)| Step::Place(priority, limit)),
            3 => Just(Step::Pop),
            1 => any::<Index>().prop_map(Step::Remove),
            1 => (0..20_u64).prop_map(Step::PopLate),
        ]
    }

    /// A queue that looks at everything.
    #[derive(Default)]
    struct Slow(Vec<Entry>);
    struct Entry {
        number: u32,
        priority: i64,
        limit: Option<u64>,
        placed: bool,
    }

    impl Slow {
        fn take(&mut self, at: Option<usize>) -> Option<u32> {
            at.map(|at| self.0.remove(at).number)
        }

        fn pop(&mut self) -> Option<u32> {
            let highest = self.0.iter().map(|entry| entry.priority).max()?;
            let at = self.0.iter().position(|entry| entry.priority == highest);
            self.take(at)
        }

        fn remove(&mut self, number: u32) -> Option<u32> {
            let at = self
                .0
                .iter()
                .position(|entry| entry.placed && entry.number == number);
            self.take(at)
        }

        fn pop_late(&mut self, now: u64) -> Option<u32> {
            // Of those with the same limit, the order is that of the queue.
            let late = self
                .0
                .iter()
                .filter(|entry| entry.limit.is_some_and(|limit| limit <= now))
                .min_by_key(|entry| (entry.limit, Reverse(entry.priority), entry.number))?
                .number;
            self.remove(late)
        }
    }

    proptest! {
        #[test]
        fn the_queue_does_what_a_slow_one_does(steps in prop::collection::vec(step(), 0..200)) {
            let mut queue = Queue::new();
            let mut slow = Slow::default();
            for (number, step) in (0_u32..).zip(&steps) {
                match *step {
                    Step::Push => {
                        queue.push(number, (), Moment::from(0));
                        slow.0.push(Entry { number, priority: 0, limit: None, placed: false });
                    }
                    Step::Place(priority, limit) => {
                        queue.place(task_until(number, limit), priority);
                        slow.0.push(Entry { number, priority, limit, placed: true });
                    }
                    Step::Pop => prop_assert_eq!(queue.pop().map(|task| task.number), slow.pop()),
                    Step::Remove(which) => {
                        let number = u32::try_from(which.index(steps.len())).unwrap();
                        prop_assert_eq!(queue.remove(number).map(|task| task.number), slow.remove(number));
                    }
                    Step::PopLate(now) => {
                        let late = queue.pop_late(Moment::from(now)).map(|task| task.number);
                        prop_assert_eq!(late, slow.pop_late(now));
                    }
                }
                let first = slow.0.iter().filter_map(|entry| entry.limit).min();
                prop_assert_eq!(queue.first_limit(), first.map(Moment::from));
                prop_assert_eq!(queue.len(), slow.0.len());
            }
            prop_assert!(numbers(&mut queue).into_iter().eq(std::iter::from_fn(|| slow.pop())));
            prop_assert!(queue.ranks.is_empty() && queue.limits.is_empty());
        }
    }
}
