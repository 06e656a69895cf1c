//! The pool against a model of it that is too simple to be wrong, over random schedules; and the
//! promises that hold however its threads are scheduled, over random free runs.
#![cfg(not(loom))]

mod script;

use native_worker_pool_engine::{Load, Outcome, Pool, Refused};
use proptest::prelude::*;
use proptest::sample::Index;
use script::{Actor, Done, Ending, Event, Events, Gate, Job, Seat, outcome, pool};
use std::collections::{HashMap, HashSet, VecDeque};
use std::thread::{self, ThreadId};

/// What a pool is, without threads.
struct Model {
    size: usize,
    max_queue: usize,
    open: bool,
    running: Vec<u32>,
    queue: VecDeque<u32>,
}

impl Model {
    fn new(size: usize, max_queue: usize) -> Self {
        Self {
            size,
            max_queue,
            open: true,
            running: Vec::new(),
            queue: VecDeque::new(),
        }
    }

    fn submit(&mut self, task: u32) -> Result<(), Refused> {
        if !self.open {
            Err(Refused::Closed)
        } else if self.running.len() < self.size {
            self.running.push(task);
            Ok(())
        } else if self.queue.len() < self.max_queue {
            self.queue.push_back(task);
            Ok(())
        } else {
            Err(Refused::Full)
        }
    }

    /// Ends a running task and gives the one that starts in its stead.
    fn end(&mut self, task: u32) -> Option<u32> {
        self.running.retain(|&running| running != task);
        let next = self.queue.pop_front();
        self.running.extend(next);
        next
    }

    fn load(&self) -> Load {
        Load {
            idle: self.size - self.running.len(),
            queued: self.queue.len(),
        }
    }

    /// Whether the threads end.
    fn is_over(&self) -> bool {
        !self.open && self.running.is_empty()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Submit,
    /// Ends one of the running tasks, if there are any.
    End(Index, Ending),
    Close,
    Abandon,
}

/// A real pool and the model of it, taking the same steps.
struct Play {
    pool: Pool<Actor>,
    events: Events,
    model: Model,
    abandoned: bool,
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
            abandoned: false,
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
            Step::Submit => self.submit(),
            Step::End(which, how) => {
                if !self.model.running.is_empty() {
                    self.end(*which.get(&self.model.running), *how);
                }
            }
            Step::Close => {
                self.pool.close();
                self.model.open = false;
            }
            Step::Abandon => self.abandon(),
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
    }

    fn submit(&mut self) {
        let task = self.submitted;
        self.submitted += 1;
        let (job, gate) = Job::new(task);
        let admitted = self.model.submit(task);
        assert_eq!(self.pool.submit(task, job), admitted);
        // Before the thread is awaited: a task given to an idle worker counts at once.
        assert_eq!(self.pool.load(), self.model.load());
        if admitted.is_ok() {
            self.gates.insert(task, gate);
        }
        if self.model.running.last() == Some(&task) {
            self.await_start(task);
        }
    }

    fn end(&mut self, task: u32, how: Ending) {
        let next = self.model.end(task);
        self.gates[&task].send(how).expect("the job waits for this");

        let due = match outcome(task, how) {
            Outcome::Completed(done) => Outcome::Completed(Done {
                cancelled: self.abandoned,
                ..done
            }),
            other => other,
        };
        assert_eq!(self.events.next(), Event::Finished(task, due));
        if how == Ending::Panic {
            self.crashed.insert(self.seats[&task].thread);
        }
        if let Some(next) = next {
            self.await_start(next);
        }
    }

    fn abandon(&mut self) {
        self.pool.abandon();
        self.abandoned = true;
        self.model.open = false;
        for dropped in self.model.queue.drain(..) {
            let gone = self.gates[&dropped].send(Ending::Complete).is_err();
            assert!(gone, "a queued input is dropped at once");
        }
    }

    /// Awaits the start of this task and of no other, on a thread that may run it.
    fn await_start(&mut self, task: u32) {
        let Event::Started(started, seat) = self.events.next() else {
            panic!("task {task} should start");
        };
        assert_eq!(started, task);
        assert!(!self.crashed.contains(&seat.thread));
        let others = self.model.running.iter().filter(|&&other| other != task);
        for other in others {
            assert_ne!(self.seats[other].thread, seat.thread);
        }
        let starts = self.starts.entry(seat.thread).or_default();
        *starts += 1;
        assert_eq!(seat.nth, *starts, "a thread keeps its worker");
        self.seats.insert(task, seat);
    }

    /// Closes the pool, lets what is left end one way or another, and sees that nothing follows.
    fn finish(mut self) {
        self.take(&Step::Close);
        while let Some(&task) = self.model.running.first() {
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

fn step() -> impl Strategy<Value = Step> {
    // More submissions than ends, so that queues fill; an early end of the pool in about every
    // second schedule.
    prop_oneof![
        60 => Just(Step::Submit),
        45 => (any::<Index>(), ending()).prop_map(|(which, how)| Step::End(which, how)),
        1 => Just(Step::Close),
        1 => Just(Step::Abandon),
    ]
}

fn max_queue() -> impl Strategy<Value = usize> {
    prop_oneof![5 => 0..=5_usize, 1 => Just(usize::MAX)]
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        // A failing case is printed whole; it becomes a test of its own in `pool.rs`, not a seed.
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

/// What became of the submissions of one producer.
#[derive(Default)]
struct Submissions {
    /// In the order of their submission.
    admitted: Vec<(u32, Ending)>,
    full: usize,
    closed: usize,
}

/// Submits a job for each of these endings, numbered from `first`; closes the pool before the
/// `close_at`-th.
fn produce(pool: &Pool<Actor>, first: u32, endings: &[Ending], close_at: usize) -> Submissions {
    let mut submissions = Submissions::default();
    for (at, (number, &how)) in (first..).zip(endings).enumerate() {
        if at == close_at {
            pool.close();
        }
        match pool.submit(number, Job::at_once(number, how)) {
            Ok(()) => submissions.admitted.push((number, how)),
            Err(Refused::Full) => submissions.full += 1,
            Err(Refused::Closed) => submissions.closed += 1,
        }
    }
    submissions
}

/// What happened in a pool: which tasks started, in order, and what became of each.
struct Account {
    started: Vec<u32>,
    outcomes: HashMap<u32, Outcome<Done, u32>>,
}

/// Reads the events of a closing pool up to [`Event::Closed`].
fn read(events: &Events) -> Account {
    let mut account = Account {
        started: Vec::new(),
        outcomes: HashMap::new(),
    };
    loop {
        match events.next() {
            Event::Started(task, _) => account.started.push(task),
            Event::Finished(task, outcome) => {
                assert!(account.started.contains(&task), "first the start");
                assert_eq!(account.outcomes.insert(task, outcome), None, "one outcome");
            }
            Event::Closed => return account,
        }
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn however_threads_run_each_admitted_task_starts_and_ends_once(
        size in 1..=4_usize,
        max_queue in max_queue(),
        work in prop::collection::vec(prop::collection::vec(ending(), 0..40), 1..=3),
        // Past the end of most producers' work: about half of the pools close only after it.
        close_at in 0..80_usize,
    ) {
        let (pool, events) = pool(size, max_queue);
        let submissions: Vec<_> = thread::scope(|scope| {
            let pool = &pool;
            let producers: Vec<_> = (0..)
                .step_by(1_000)
                .zip(&work)
                .map(|(first, endings)| scope.spawn(move || produce(pool, first, endings, close_at)))
                .collect();
            producers
                .into_iter()
                .map(|producer| producer.join().expect("producers do not panic"))
                .collect()
        });
        pool.close();

        let admitted: HashMap<u32, Ending> =
            submissions.iter().flat_map(|of_one| of_one.admitted.iter().copied()).collect();
        let full: usize = submissions.iter().map(|of_one| of_one.full).sum();
        let closed: usize = submissions.iter().map(|of_one| of_one.closed).sum();
        let submitted: usize = work.iter().map(Vec::len).sum();
        prop_assert_eq!(admitted.len() + full + closed, submitted);
        prop_assert!(full == 0 || max_queue < usize::MAX);
        prop_assert!(closed == 0 || work.iter().any(|endings| close_at < endings.len()));

        let Account { started, outcomes } = read(&events);
        prop_assert_eq!(pool.load(), Load { idle: size, queued: 0 });
        pool.join();
        drop(pool);
        events.assert_end();
        prop_assert_eq!((started.len(), outcomes.len()), (admitted.len(), admitted.len()));
        for (&task, &how) in &admitted {
            prop_assert_eq!(outcomes.get(&task), Some(&outcome(task, how)));
        }
        if size == 1 {
            for of_one in &submissions {
                let order: Vec<u32> = of_one.admitted.iter().map(|&(task, _)| task).collect();
                let starts: Vec<u32> =
                    started.iter().copied().filter(|task| order.contains(task)).collect();
                prop_assert_eq!(starts, order);
            }
        }
    }
}
