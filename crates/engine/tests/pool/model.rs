//! The pool against a simple model of it, over random schedules.

use crate::script::{
    Actor, Ending, Event, Events, Gate, Job, Outcome, Seat, assert_sum_rule, await_load, outcome,
    panic_message, pool,
};
use native_worker_pool_engine::{Cancelled, Load, Pool, Refused, Stats, TaskOptions};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{HashMap, HashSet};
use std::thread::ThreadId;
use std::time::Duration;

/// The options of a task. Time limits are none or zero, since the model has no clock.
#[derive(Debug, Clone, Copy, Default)]
struct Plan {
    priority: i64,
    times_out: bool,
    expires: bool,
    /// Whether the task is submitted with options.
    has_options: bool,
}

impl Plan {
    fn options(self) -> TaskOptions {
        TaskOptions {
            priority: self.priority,
            timeout: self.times_out.then_some(Duration::ZERO),
            queue_timeout: self.expires.then_some(Duration::ZERO),
        }
    }
}

/// A pool without threads.
struct Model {
    size: usize,
    max_queue: usize,
    open: bool,
    running: Vec<u32>,
    /// Settled tasks that workers have not ended.
    stopping: Vec<u32>,
    queue: Vec<(u32, Plan)>,
    submitted: u64,
    refused: u64,
    crashes: u64,
    /// The outcomes of settled tasks; `GivenUp` stands for cancelled ones.
    ends: Vec<Outcome>,
}

impl Model {
    fn new(size: usize, max_queue: usize) -> Self {
        Self {
            size,
            max_queue,
            open: true,
            running: Vec::new(),
            stopping: Vec::new(),
            queue: Vec::new(),
            submitted: 0,
            refused: 0,
            crashes: 0,
            ends: Vec::new(),
        }
    }

    fn submit(&mut self, task: u32, plan: Plan) -> Result<(), Refused> {
        let refused = if !self.open {
            Refused::Closed
        } else if self.busy().count() < self.size {
            self.submitted += 1;
            self.start(task, plan);
            return Ok(());
        } else if self.queue.len() < self.max_queue {
            self.submitted += 1;
            self.queue.push((task, plan));
            return Ok(());
        } else {
            Refused::Full
        };
        self.refused += 1;
        Err(refused)
    }

    fn start(&mut self, task: u32, plan: Plan) {
        if plan.times_out {
            self.stopping.push(task);
            self.ends.push(Outcome::TimedOut);
        } else {
            self.running.push(task);
        }
    }

    /// Tasks that occupy workers.
    fn busy(&self) -> impl Iterator<Item = u32> {
        self.running.iter().chain(&self.stopping).copied()
    }

    fn has_started(&self, task: u32) -> bool {
        self.busy().any(|busy| busy == task)
    }

    /// Removes a queued task that has expired.
    fn expire(&mut self) -> Option<u32> {
        let at = self.queue.iter().position(|(_, plan)| plan.expires)?;
        self.ends.push(Outcome::QueueTimedOut);
        Some(self.queue.remove(at).0)
    }

    /// Ends a task. Returns the event that is due, and the task that starts next.
    fn end(&mut self, task: u32, how: Ending) -> (Option<Event>, Option<u32>) {
        self.crashes += u64::from(how == Ending::Panic);
        let event = if remove(&mut self.running, task) {
            let end = outcome(task, how);
            self.ends.push(end.clone());
            Some(Event::Finished(task, end))
        } else {
            assert!(remove(&mut self.stopping, task));
            (how == Ending::Panic).then(|| Event::Crashed(panic_message(task)))
        };
        let highest = self.queue.iter().map(|(_, plan)| plan.priority).max();
        let first = |(_, plan): &(u32, Plan)| Some(plan.priority) == highest;
        let next = self.queue.iter().position(first).map(|at| {
            let (next, plan) = self.queue.remove(at);
            self.start(next, plan);
            next
        });
        (event, next)
    }

    fn cancel(&mut self, task: u32) -> Cancelled {
        let is_it = |(queued, plan): &(u32, Plan)| *queued == task && plan.has_options;
        let cancelled = if let Some(at) = self.queue.iter().position(is_it) {
            self.queue.remove(at);
            Cancelled::Removed
        } else if remove(&mut self.running, task) {
            self.stopping.push(task);
            Cancelled::Stopping
        } else {
            return Cancelled::Gone;
        };
        self.ends.push(Outcome::GivenUp); // counted like these
        cancelled
    }

    /// Returns the tasks that are given up, unordered: running and queued ones.
    fn close_now(&mut self) -> (Vec<u32>, Vec<u32>) {
        self.open = false;
        let running: Vec<_> = self.running.drain(..).collect();
        self.stopping.extend(&running);
        let queued: Vec<_> = self.queue.drain(..).map(|(task, _)| task).collect();
        let given_up = running.iter().chain(&queued);
        self.ends.extend(given_up.map(|_| Outcome::GivenUp));
        (running, queued)
    }

    fn load(&self) -> Load {
        Load {
            idle: self.size - self.busy().count(),
            queued: self.queue.len(),
        }
    }

    /// The counts, with the times of `times`.
    fn stats(&self, times: &Stats) -> Stats {
        let count =
            |is_of: fn(&Outcome) -> bool| self.ends.iter().filter(|end| is_of(end)).count() as u64;
        Stats {
            size: self.size,
            idle: self.size - self.busy().count(),
            running: self.running.len(),
            stopping: self.stopping.len(),
            queued: self.queue.len(),
            submitted: self.submitted,
            completed: count(|end| matches!(end, Outcome::Completed(_))),
            failed: count(|end| matches!(end, Outcome::Failed(_) | Outcome::Crashed(_))),
            aborted: count(|end| matches!(end, Outcome::GivenUp)),
            timed_out: count(|end| matches!(end, Outcome::TimedOut | Outcome::QueueTimedOut)),
            refused: self.refused,
            crashes: self.crashes,
            ..times.clone()
        }
    }

    /// Whether the pool ends.
    fn is_over(&self) -> bool {
        !self.open && self.busy().next().is_none()
    }
}

/// Removes a task. Returns whether it was there.
fn remove(tasks: &mut Vec<u32>, task: u32) -> bool {
    let at = tasks.iter().position(|&there| there == task);
    at.map(|at| tasks.remove(at)).is_some()
}

#[derive(Debug, Clone)]
enum Step {
    Submit(Plan),
    /// Ends one of the tasks that occupy workers, if there are any.
    End(Index, Ending),
    /// Cancels one of the tasks submitted so far, or the next one.
    Cancel(Index),
    Close,
    CloseNow,
}

/// A real pool and its model, which take the same steps.
struct Harness {
    pool: Pool<Actor>,
    events: Events,
    model: Model,
    closed: bool,
    submitted: u32,
    gates: HashMap<u32, Gate>,
    seats: HashMap<u32, Seat>,
    /// How many tasks each thread has started.
    starts: HashMap<ThreadId, u32>,
    /// Threads that must not run tasks any more.
    crashed: HashSet<ThreadId>,
}

impl Harness {
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

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Submit(plan) => self.submit(*plan),
            Step::End(which, how) => {
                let busy: Vec<_> = self.model.busy().collect();
                if !busy.is_empty() {
                    self.end(*which.get(&busy), *how);
                }
            }
            Step::Cancel(which) => {
                let which = which.index(self.submitted as usize + 1);
                self.cancel(u32::try_from(which).expect("few tasks are submitted"));
            }
            Step::Close => {
                self.pool.close();
                self.model.open = false;
            }
            Step::CloseNow => self.close_now(),
        }
        self.settle();
    }

    /// Awaits the end of the pool if it is due, and asserts that nothing else happened.
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

    fn submit(&mut self, plan: Plan) {
        let task = self.submitted;
        self.submitted += 1;
        let (job, gate) = Job::new(task);
        let admitted = if plan.has_options {
            self.pool.submit_with(task, job, plan.options())
        } else {
            self.pool.submit(task, job)
        };
        assert_eq!(admitted, self.model.submit(task, plan));
        self.gates.insert(task, gate);
        if self.model.has_started(task) {
            // Before its start is awaited: a task submitted to an idle worker counts at once.
            assert_eq!(self.pool.load(), self.model.load());
            self.await_start(task, None);
        }
        // Any call of the pool settles expired tasks.
        self.pool.poll();
        while let Some(late) = self.model.expire() {
            let due = Event::Finished(late, Outcome::QueueTimedOut);
            assert_eq!(self.events.next(), due);
            self.assert_dropped(late);
        }
    }

    fn end(&mut self, task: u32, how: Ending) {
        let (due, next) = self.model.end(task, how);
        self.gates[&task]
            .send(how)
            .expect("the job waits at its gate");
        if how == Ending::Panic {
            self.crashed.insert(self.seats[&task].thread);
        }
        match (due, next) {
            (due, Some(next)) => self.await_start(next, due),
            (Some(due), None) => assert_eq!(self.events.next(), due),
            (None, None) => await_load(&self.pool, self.model.load()),
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
        let (running, queued) = self.model.close_now();
        let mut due: Vec<_> = running.into_iter().chain(queued.iter().copied()).collect();
        while !due.is_empty() {
            let Event::Finished(task, Outcome::GivenUp) = self.events.next() else {
                panic!("{due:?} are due");
            };
            assert!(remove(&mut due, task), "{task} is not due");
        }
        for task in queued {
            self.assert_dropped(task);
        }
    }

    /// Asserts that the input of a task that never ran is dropped.
    fn assert_dropped(&self, task: u32) {
        let sent = self.gates[&task].send(Ending::Complete);
        assert!(sent.is_err(), "the input of {task} is dropped at once");
    }

    /// Awaits the event `before`, and then the start of this task on a thread that may run it.
    /// Awaits its outcome, too, if it times out at once.
    fn await_start(&mut self, task: u32, mut before: Option<Event>) {
        let mut is_late = self.model.stopping.contains(&task);
        let mut seat = None;
        while before.is_some() || seat.is_none() || is_late {
            match self.events.next() {
                event if before.as_ref() == Some(&event) => before = None,
                Event::Started(started, at) if started == task && before.is_none() => {
                    seat = Some(at);
                }
                Event::Finished(late, Outcome::TimedOut) if late == task && is_late => {
                    is_late = false;
                }
                other => panic!("expected the start of {task}, not {other:?}"),
            }
        }
        let seat = seat.expect("it has started");
        assert!(!self.crashed.contains(&seat.thread));
        for other in self.model.busy() {
            if other != task {
                assert_ne!(self.seats[&other].thread, seat.thread);
            }
        }
        let starts = self.starts.entry(seat.thread).or_default();
        *starts += 1;
        assert_eq!(seat.nth, *starts, "a thread keeps its worker");
        self.seats.insert(task, seat);
    }

    /// Closes the pool, ends its tasks in several ways, and asserts that nothing follows.
    fn finish(mut self) {
        self.apply(&Step::Close);
        while let Some(task) = { self.model.busy().next() } {
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

fn plan() -> impl Strategy<Value = Plan> {
    let placed = (
        -1..=1_i64,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(priority, times_out, expires)| Plan {
            priority,
            times_out,
            expires,
            has_options: true,
        });
    prop_oneof![1 => Just(Plan::default()), 2 => placed]
}

fn step() -> impl Strategy<Value = Step> {
    // More submissions than ends, so that queues fill. About every second schedule closes the pool
    // early.
    prop_oneof![
        60 => plan().prop_map(Step::Submit),
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
        // A failing case is printed in full, to become a test of its own.
        failure_persistence: None,
        // A case that fails by a lost event takes long, so the time to shrink it is limited (ms).
        max_shrink_time: 120_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn the_pool_agrees_with_the_model(
        size in 1..=4_usize,
        max_queue in max_queue(),
        steps in prop::collection::vec(step(), 0..100),
    ) {
        let mut harness = Harness::new(size, max_queue);
        for step in &steps {
            harness.apply(step);
        }
        harness.finish();
    }
}
