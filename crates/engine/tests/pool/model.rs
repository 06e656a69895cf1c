//! The pool against a model of it that is too simple to be wrong, over random schedules.

use crate::script::{
    Actor, Ending, Event, Events, Gate, Job, Outcome, Seat, assert_sum_rule, outcome, pool,
};
use native_worker_pool_engine::{Cancelled, Load, Pool, Refused, Stats, Terms};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{HashMap, HashSet};
use std::thread::ThreadId;
use std::time::Duration;

/// What a task asks for. Limits are none or zero: there is no clock in the model.
#[derive(Debug, Clone, Copy, Default)]
struct Wish {
    priority: i64,
    may_not_run: bool,
    may_not_wait: bool,
    /// Whether it was submitted with terms.
    placed: bool,
}

impl Wish {
    fn terms(self) -> Terms {
        Terms {
            priority: self.priority,
            timeout: self.may_not_run.then_some(Duration::ZERO),
            queue_timeout: self.may_not_wait.then_some(Duration::ZERO),
        }
    }
}

#[derive(Debug)]
struct Running {
    task: u32,
    may_not_run: bool,
    /// What becomes of it when it was told to stop.
    told: Option<Outcome>,
}

/// What a pool is, without threads.
struct Model {
    size: usize,
    max_queue: usize,
    open: bool,
    running: Vec<Running>,
    queue: Vec<(u32, Wish)>,
    submitted: u64,
    refused: u64,
    crashes: u64,
    /// Of tasks that are gone, removed ones included.
    ends: Vec<Outcome>,
}

impl Model {
    fn new(size: usize, max_queue: usize) -> Self {
        Self {
            size,
            max_queue,
            open: true,
            running: Vec::new(),
            queue: Vec::new(),
            submitted: 0,
            refused: 0,
            crashes: 0,
            ends: Vec::new(),
        }
    }

    fn submit(&mut self, task: u32, wish: Wish) -> Result<(), Refused> {
        let refused = if !self.open {
            Refused::Closed
        } else if self.running.len() < self.size {
            self.submitted += 1;
            self.start(task, wish);
            return Ok(());
        } else if self.queue.len() < self.max_queue {
            self.submitted += 1;
            self.queue.push((task, wish));
            return Ok(());
        } else {
            Refused::Full
        };
        self.refused += 1;
        Err(refused)
    }

    fn start(&mut self, task: u32, wish: Wish) {
        self.running.push(Running {
            task,
            may_not_run: wish.may_not_run,
            told: None,
        });
    }

    fn is_running(&self, task: u32) -> bool {
        self.running.iter().any(|running| running.task == task)
    }

    /// Takes out a task that may not wait.
    fn expire(&mut self) -> Option<u32> {
        let at = self.queue.iter().position(|(_, wish)| wish.may_not_wait)?;
        self.ends.push(Outcome::WaitedTooLong);
        Some(self.queue.remove(at).0)
    }

    /// Ends a running task; gives what becomes of it and the one that starts in its stead.
    fn end(&mut self, task: u32, how: Ending) -> (Outcome, Option<u32>) {
        let at = self.running.iter().position(|running| running.task == task);
        let Running {
            may_not_run, told, ..
        } = self.running.remove(at.expect("it runs"));
        let end = match told {
            _ if how == Ending::Panic => outcome(task, how),
            Some(told) => told,
            None if may_not_run => Outcome::TimedOut,
            None => outcome(task, how),
        };
        self.crashes += u64::from(how == Ending::Panic);
        self.ends.push(end.clone());
        let highest = self.queue.iter().map(|(_, wish)| wish.priority).max();
        let first = |(_, wish): &(u32, Wish)| Some(wish.priority) == highest;
        let next = self.queue.iter().position(first).map(|at| {
            let (next, wish) = self.queue.remove(at);
            self.start(next, wish);
            next
        });
        (end, next)
    }

    fn cancel(&mut self, task: u32) -> Cancelled {
        let is_it = |(queued, wish): &(u32, Wish)| *queued == task && wish.placed;
        if let Some(at) = self.queue.iter().position(is_it) {
            self.queue.remove(at);
            self.ends.push(Outcome::Aborted);
            return Cancelled::Removed;
        }
        match self.running.iter_mut().find(|running| running.task == task) {
            None => Cancelled::Gone,
            Some(running) => {
                running.told.get_or_insert(Outcome::Aborted);
                Cancelled::Stopping
            }
        }
    }

    /// Gives the tasks that are given up at once, in no order.
    fn close_now(&mut self) -> Vec<u32> {
        self.open = false;
        for running in &mut self.running {
            running.told.get_or_insert(Outcome::GivenUp);
        }
        let queued: Vec<_> = self.queue.drain(..).map(|(task, _)| task).collect();
        self.ends.extend(queued.iter().map(|_| Outcome::GivenUp));
        queued
    }

    fn load(&self) -> Load {
        Load {
            idle: self.size - self.running.len(),
            queued: self.queue.len(),
        }
    }

    /// The counts, with times taken from elsewhere.
    fn stats(&self, times: &Stats) -> Stats {
        let count =
            |is_of: fn(&Outcome) -> bool| self.ends.iter().filter(|end| is_of(end)).count() as u64;
        Stats {
            size: self.size,
            idle: self.size - self.running.len(),
            running: self.running.len(),
            queued: self.queue.len(),
            submitted: self.submitted,
            completed: count(|end| matches!(end, Outcome::Completed(_))),
            failed: count(|end| matches!(end, Outcome::Failed(_) | Outcome::Crashed(_))),
            aborted: count(|end| matches!(end, Outcome::Aborted | Outcome::GivenUp)),
            timed_out: count(|end| matches!(end, Outcome::TimedOut | Outcome::WaitedTooLong)),
            refused: self.refused,
            crashes: self.crashes,
            ..times.clone()
        }
    }

    /// Whether the threads end.
    fn is_over(&self) -> bool {
        !self.open && self.running.is_empty()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Submit(Wish),
    /// Ends one of the running tasks, if there are any.
    End(Index, Ending),
    /// Cancels one of the tasks that have ever been submitted, or the one that comes next.
    Cancel(Index),
    Close,
    CloseNow,
}

/// A real pool and the model of it, taking the same steps.
struct Play {
    pool: Pool<Actor>,
    events: Events,
    model: Model,
    closed: bool,
    submitted: u32,
    gates: HashMap<u32, Gate>,
    seats: HashMap<u32, Seat>,
    /// How many tasks each thread has started.
    starts: HashMap<ThreadId, u32>,
    /// Threads that must not be seen again.
    crashed: HashSet<ThreadId>,
}

impl Play {
    fn new(size: usize, max_queue: usize) -> Self {
        let (pool, events) = pool(size, max_queue);
        Self {
            pool,
            events,
            model: Model::new(size, max_queue),
            closed: false,
            submitted: 0,
            gates: HashMap::new(),
            seats: HashMap::new(),
            starts: HashMap::new(),
            crashed: HashSet::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Submit(wish) => self.submit(*wish),
            Step::End(which, how) => {
                if !self.model.running.is_empty() {
                    self.end(which.get(&self.model.running).task, *how);
                }
            }
            Step::Cancel(which) => {
                let which = which.index(self.submitted as usize + 1);
                self.cancel(u32::try_from(which).expect("few are submitted"));
            }
            Step::Close => {
                self.pool.close();
                self.model.open = false;
            }
            Step::CloseNow => self.close_now(),
        }
        self.settle();
    }

    /// Awaits the end of the threads if it is due, and sees that nothing else happened.
    fn settle(&mut self) {
        if self.model.is_over() && !self.closed {
            assert_eq!(self.events.next(), Event::Closed);
            self.closed = true;
        }
        self.events.assert_none_pending();
        assert_eq!(self.pool.load(), self.model.load());
        let stats = self.pool.stats();
        assert_eq!(stats, self.model.stats(&stats));
        assert_sum_rule(&stats);
    }

    fn submit(&mut self, wish: Wish) {
        let task = self.submitted;
        self.submitted += 1;
        let (job, gate) = Job::new(task);
        let admitted = if wish.placed {
            self.pool.submit_with(task, job, wish.terms())
        } else {
            self.pool.submit(task, job)
        };
        assert_eq!(admitted, self.model.submit(task, wish));
        self.gates.insert(task, gate);
        if self.model.is_running(task) {
            // Before the thread is awaited: a task given to an idle worker counts at once.
            assert_eq!(self.pool.load(), self.model.load());
            self.await_start(task);
        }
        // Anybody who calls the pool has it see who may not wait.
        self.pool.look();
        while let Some(late) = self.model.expire() {
            let due = Event::Finished(late, Outcome::WaitedTooLong);
            assert_eq!(self.events.next(), due);
            self.assert_dropped(late);
        }
    }

    fn end(&mut self, task: u32, how: Ending) {
        let (due, next) = self.model.end(task, how);
        self.gates[&task].send(how).expect("the job waits for this");
        assert_eq!(self.events.next(), Event::Finished(task, due));
        if how == Ending::Panic {
            self.crashed.insert(self.seats[&task].thread);
        }
        if let Some(next) = next {
            self.await_start(next);
        }
    }

    fn cancel(&mut self, task: u32) {
        let cancelled = self.model.cancel(task);
        assert_eq!(self.pool.cancel(task), cancelled);
        if cancelled == Cancelled::Removed {
            self.assert_dropped(task);
        }
    }

    fn close_now(&mut self) {
        self.pool.close_now();
        let mut given_up = self.model.close_now();
        while !given_up.is_empty() {
            let Event::Finished(task, Outcome::GivenUp) = self.events.next() else {
                panic!("{given_up:?} are due");
            };
            let at = given_up.iter().position(|&due| due == task);
            given_up.remove(at.expect("it is due"));
            self.assert_dropped(task);
        }
    }

    /// A task that never ran has left nothing behind.
    fn assert_dropped(&self, task: u32) {
        let sent = self.gates[&task].send(Ending::Complete);
        assert!(sent.is_err(), "the input of {task} is dropped at once");
    }

    /// Awaits the start of this task and of no other, on a thread that may run it.
    fn await_start(&mut self, task: u32) {
        let (started, seat) = self.events.started();
        assert_eq!(started, task);
        assert!(!self.crashed.contains(&seat.thread));
        for other in &self.model.running {
            if other.task != task {
                assert_ne!(self.seats[&other.task].thread, seat.thread);
            }
        }
        let starts = self.starts.entry(seat.thread).or_default();
        *starts += 1;
        assert_eq!(seat.nth, *starts, "a thread keeps its worker");
        self.seats.insert(task, seat);
    }

    /// Closes the pool, lets what is left end one way or another, and sees that nothing follows.
    fn finish(mut self) {
        self.take(&Step::Close);
        while let Some(&Running { task, .. }) = self.model.running.first() {
            let how = match task % 3 {
                0 => Ending::Complete,
                1 => Ending::Fail,
                _ => Ending::Panic,
            };
            self.end(task, how);
            self.settle();
        }
        assert!(self.closed);
        self.pool.join();
        drop(self.pool);
        self.events.assert_end();
    }
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        3 => Just(Ending::Complete),
        1 => Just(Ending::Fail),
        2 => Just(Ending::Panic),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let placed = (
        -1..=1_i64,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(priority, may_not_run, may_not_wait)| Wish {
            priority,
            may_not_run,
            may_not_wait,
            placed: true,
        });
    prop_oneof![1 => Just(Wish::default()), 2 => placed]
}

fn step() -> impl Strategy<Value = Step> {
    // More submissions than ends, so that queues fill; an early end of the pool in about every
    // second schedule.
    prop_oneof![
        60 => wish().prop_map(Step::Submit),
        35 => (any::<Index>(), ending()).prop_map(|(which, how)| Step::End(which, how)),
        20 => any::<Index>().prop_map(Step::Cancel),
        1 => Just(Step::Close),
        1 => Just(Step::CloseNow),
    ]
}

pub fn max_queue() -> impl Strategy<Value = usize> {
    prop_oneof![5 => 0..=5_usize, 1 => Just(usize::MAX)]
}

pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        // A failing case is printed whole; it becomes a test of its own, not a seed.
        failure_persistence: None,
        // A case that fails by a lost event takes long: rather a longer case than a longer wait.
        max_shrink_time: 120_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn the_pool_does_what_the_model_does(
        size in 1..=4_usize,
        max_queue in max_queue(),
        steps in prop::collection::vec(step(), 0..100),
    ) {
        let mut play = Play::new(size, max_queue);
        for step in &steps {
            play.take(step);
        }
        play.finish();
    }
}
