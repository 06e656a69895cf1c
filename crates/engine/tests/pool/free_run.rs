//! The guarantees that hold for any interleaving: several producers submit, cancel, query and close
//! concurrently, in random runs.

use crate::model::{config, max_queue};
use crate::script::{
    Actor, Ending, Event, Events, Job, Outcome, assert_sum_rule, outcome, panic_message, pool,
};
use native_worker_pool_engine::{Cancelled, Load, Pool, Refused, TaskOptions};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::HashMap;
use std::thread;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Step {
    Submit(Ending),
    SubmitWith(Ending, TaskOptions),
    /// Cancels a task of this or of another producer.
    Cancel(usize, Index),
    Stats,
    Close,
    CloseNow,
}

/// The distance between the first task numbers of two producers.
const APART: u32 = 1_000;

/// An admitted task: its number, ending and options.
type Admitted = (u32, Ending, TaskOptions);

/// The results of one producer's steps.
#[derive(Default)]
struct Report {
    /// In order of submission.
    admitted: Vec<Admitted>,
    full: u64,
    closed: u64,
    cancelled: Vec<(u32, Cancelled)>,
}

fn produce(pool: &Pool<Actor>, first: u32, steps: &[Step]) -> Report {
    let mut report = Report::default();
    for (number, step) in (first..).zip(steps) {
        match *step {
            Step::Submit(how) => {
                let admitted = pool.submit(number, Job::ungated(number, how));
                report.note(admitted, (number, how, TaskOptions::default()));
            }
            Step::SubmitWith(how, options) => {
                let admitted = pool.submit_with(number, Job::ungated(number, how), options);
                report.note(admitted, (number, how, options));
            }
            Step::Cancel(whose, which) => {
                let whose = u32::try_from(whose).expect("few producers");
                let which = u32::try_from(which.index(steps.len())).expect("few steps");
                let task = whose * APART + which;
                report.cancelled.push((task, pool.cancel(task)));
            }
            Step::Stats => assert_sum_rule(&pool.stats()),
            Step::Close => pool.close(),
            Step::CloseNow => pool.close_now(),
        }
    }
    report
}

impl Report {
    fn note(&mut self, admitted: Result<(), Refused>, task: Admitted) {
        match admitted {
            Ok(()) => self.admitted.push(task),
            Err(Refused::Full) => self.full += 1,
            Err(Refused::Closed) => self.closed += 1,
        }
    }
}

/// The events of a pool: which tasks started, in order, and their outcomes.
#[derive(Default)]
struct Account {
    started: Vec<u32>,
    outcomes: HashMap<u32, Outcome>,
    /// The panic messages of workers that crashed while they were stopping.
    crashed: Vec<String>,
}

/// Reads the events of a closing pool up to [`Event::Closed`].
fn read(events: &Events) -> Account {
    let mut account = Account::default();
    loop {
        match events.next() {
            Event::Started(task, _) => {
                assert!(!account.started.contains(&task), "started once");
                account.started.push(task);
            }
            Event::Finished(task, outcome) => {
                let end = account.outcomes.insert(task, outcome);
                assert_eq!(end, None, "one outcome");
            }
            Event::Crashed(message) => account.crashed.push(message),
            Event::ThreadMissing(message) => panic!("{message}"),
            Event::Closed => return account,
        }
    }
}

/// Whether this is a possible outcome of the task.
fn is_possible(end: &Outcome, &(task, how, options): &Admitted, forced: bool) -> bool {
    match end {
        Outcome::Completed(_) | Outcome::Failed(_) => {
            let limited = options.timeout == Some(Duration::ZERO);
            *end == outcome(task, how) && how != Ending::Obey && !limited
        }
        Outcome::Crashed(_) => *end == outcome(task, how),
        Outcome::TimedOut => options.timeout.is_some(),
        Outcome::QueueTimedOut => options.queue_timeout.is_some(),
        Outcome::GivenUp => forced,
    }
}

fn ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![Ending::Complete, Ending::Fail, Ending::Panic])
}

/// The ending and timeout of a task. With a timeout it may also run until its token is cancelled.
fn limited() -> impl Strategy<Value = (Ending, Option<Duration>)> {
    prop_oneof![
        2 => ending().prop_map(|how| (how, None)),
        1 => ending().prop_map(|how| (how, Some(Duration::ZERO))),
        2 => (0..200_u64).prop_map(|span| (Ending::Obey, Some(Duration::from_micros(span)))),
    ]
}

fn step(producers: usize) -> impl Strategy<Value = Step> {
    let queue_timeout = prop::option::weighted(0.2, (0..100_u64).prop_map(Duration::from_micros));
    let with = (limited(), -1..=1_i64, queue_timeout);
    prop_oneof![
        20 => ending().prop_map(Step::Submit),
        40 => with.prop_map(|((how, timeout), priority, queue_timeout)| {
            Step::SubmitWith(how, TaskOptions { priority, timeout, queue_timeout })
        }),
        30 => (0..producers, any::<Index>()).prop_map(|(whose, which)| Step::Cancel(whose, which)),
        10 => Just(Step::Stats),
        1 => Just(Step::Close),
        1 => Just(Step::CloseNow),
    ]
}

fn work() -> impl Strategy<Value = Vec<Vec<Step>>> {
    (1..=3_usize).prop_flat_map(|producers| {
        prop::collection::vec(prop::collection::vec(step(producers), 0..60), producers)
    })
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn each_admitted_task_settles_once(
        size in 1..=4_usize,
        max_queue in max_queue(),
        work in work(),
        dropped in any::<bool>(),
    ) {
        let (pool, events) = pool(size, max_queue);
        let reports: Vec<_> = thread::scope(|scope| {
            let pool = &pool;
            let producers: Vec<_> = (0..)
                .step_by(APART as usize)
                .zip(&work)
                .map(|(first, steps)| scope.spawn(move || produce(pool, first, steps)))
                .collect();
            producers
                .into_iter()
                .map(|producer| producer.join().expect("no panic"))
                .collect()
        });
        let stats = if dropped {
            drop(pool);
            None
        } else {
            pool.close();
            pool.join();
            let load = pool.load();
            prop_assert_eq!(load, Load { idle: size, queued: 0 });
            let stats = pool.stats();
            drop(pool);
            Some(stats)
        };

        let Account { started, outcomes, crashed } = read(&events);
        events.assert_end();

        let steps = || work.iter().flatten();
        let forced = dropped || steps().any(|step| matches!(step, Step::CloseNow));
        let cancellations = |task: u32, result: Cancelled| {
            let results = reports.iter().flat_map(|report| &report.cancelled);
            results.filter(|&&cancelled| cancelled == (task, result)).count()
        };
        let mut ends = 0;
        for admitted in reports.iter().flat_map(|report| &report.admitted) {
            let task = admitted.0;
            let stopped = cancellations(task, Cancelled::Stopping);
            let removed = cancellations(task, Cancelled::Removed);
            let end = outcomes.get(&task);
            prop_assert_eq!(removed + stopped + end.iter().len(), 1, "{}", task);
            if let Some(end) = end {
                ends += 1;
                prop_assert!(is_possible(end, admitted, forced), "{:?}: {:?}", admitted, end);
            }
            let ran = started.contains(&task);
            let never_ran = removed == 1 || end == Some(&Outcome::QueueTimedOut);
            prop_assert!(!(ran && never_ran) && (ran || stopped == 0), "{}", task);
            // A panic is reported, whatever the task was settled with.
            let panics = ran && admitted.1 == Ending::Panic;
            let reported = usize::from(matches!(end, Some(Outcome::Crashed(_))));
            let reported = reported + crashed.iter().filter(|&message| *message == panic_message(task)).count();
            prop_assert_eq!(reported, usize::from(panics), "{}", task);
        }
        prop_assert_eq!(ends, outcomes.len(), "no other task has an outcome");
        if let Some(stats) = stats {
            assert_sum_rule(&stats);
            let count = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
            prop_assert_eq!(stats.submitted, count(|report| report.admitted.len() as u64));
            prop_assert_eq!(stats.refused, count(|report| report.full + report.closed));
        }
        if size == 1 {
            // Tasks of one producer and one priority start in order.
            for (report, priority) in reports.iter().flat_map(|report| [-1, 0, 1].map(|at| (report, at))) {
                let order = report.admitted.iter().filter(|(_, _, options)| options.priority == priority);
                let order: Vec<_> = order.map(|&(task, ..)| task).filter(|task| started.contains(task)).collect();
                let starts: Vec<_> = started.iter().copied().filter(|task| order.contains(task)).collect();
                prop_assert_eq!(starts, order);
            }
        }
    }
}
