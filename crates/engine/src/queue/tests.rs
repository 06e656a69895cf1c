//! The queue: single cases, and random steps against a slow implementation.

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

fn attributes(priority: i64, limit: Option<u64>) -> Attributes {
    Attributes {
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
        attributes: priority.map(|priority| attributes(priority, None).into()),
    }
}

fn numbers(queue: &mut Queue<()>) -> Vec<u32> {
    std::iter::from_fn(|| queue.pop())
        .map(|task| task.number)
        .collect()
}

#[test]
fn pops_higher_priorities_first_and_each_in_fifo_order() {
    let mut queue = Queue::new();
    for (number, priority) in [(0, 0), (1, -1), (2, 5), (3, 0), (4, 5), (5, -1), (6, 0)] {
        queue.push(task(number, (number % 3 > 0).then_some(priority)));
    }
    assert_eq!(numbers(&mut queue), [2, 4, 0, 3, 6, 1, 5]);
}

#[test]
fn a_placed_task_of_the_default_priority_keeps_its_place_among_plain_tasks() {
    let mut queue = Queue::new();
    for number in 0..6 {
        queue.push(task(number, (number % 2 > 0).then_some(0)));
    }
    assert_eq!(queue.pop().map(|task| task.number), Some(0));
    assert_eq!(queue.remove(3).map(|task| task.number), Some(3));
    assert_eq!(numbers(&mut queue), [1, 2, 4, 5]);
}

#[test]
fn tasks_that_are_put_back_come_first_and_keep_their_order() {
    let mut queue = Queue::new();
    for number in 4..8 {
        queue.push(task(number, (number % 2 > 0).then_some(0)));
    }
    // Tasks that this queue has never held.
    for number in (0..4).rev() {
        queue.put_back(task(number, (number % 2 > 0).then_some(0)));
    }
    queue.push(task(8, Some(1)));
    queue.put_back(task(9, Some(1)));
    assert_eq!(numbers(&mut queue), [9, 8, 0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_buffer_shrinks_when_the_queue_drains() {
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
    /// Puts back the task that was popped last, or a new one.
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

/// The oracle: a queue that searches all tasks at every step.
#[derive(Default)]
struct Slow(Vec<Task<()>>);

impl Slow {
    fn pop(&mut self) -> Option<Task<()>> {
        let priority = |task: &Task<()>| {
            task.attributes
                .as_ref()
                .map_or(0, |attributes| attributes.priority)
        };
        let highest = self.0.iter().map(priority).max()?;
        let at = self.0.iter().position(|task| priority(task) == highest)?;
        Some(self.0.remove(at))
    }

    fn remove(&mut self, number: u32) -> Option<Task<()>> {
        let is_it = |task: &Task<()>| task.attributes.is_some() && task.number == number;
        let at = self.0.iter().position(is_it)?;
        Some(self.0.remove(at))
    }

    fn pop_late(&mut self, now: Timestamp) -> Option<Task<()>> {
        let is_late =
            |(_, task): &(usize, &Task<()>)| task.limit().is_some_and(|limit| limit <= now);
        let late = self.0.iter().enumerate().filter(is_late);
        // Tasks with the same limit leave in queue order.
        let (at, _) = late.min_by_key(|&(at, task)| {
            let priority = task
                .attributes
                .as_ref()
                .map(|attributes| attributes.priority);
            (task.limit(), Reverse(priority), at)
        })?;
        Some(self.0.remove(at))
    }
}

proptest! {
    #[test]
    fn the_queue_agrees_with_the_oracle(steps in prop::collection::vec(step(), 0..200)) {
        let mut queue = Queue::new();
        let mut slow = Slow::default();
        let mut popped = Vec::new();
        for (number, step) in (0_u32..).zip(&steps) {
            match *step {
                Step::Push(priority, limit) => {
                    let attributes = priority.map(|priority| attributes(priority, limit).into());
                    let task = Task { attributes, ..task(number, None) };
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
