//! The threads of a pool: they are started when tasks need them, run tasks, are replaced after a
//! panic, and end.

use crate::alarm::Alarm;
use crate::outcome::Outcome;
use crate::schedule::{RunEnd, Verdict};
use crate::scheduler::{Idle, Scheduler, SettleReason, Settled, Taken, ThreadHost};
use crate::sync::{Arc, JoinHandle, KNOWS_ENDED, Mutex, has_ended, lock};
use crate::unwind::{catch, drop_quietly};
use crate::worker::{Bridge, SpawnError, Worker};
use std::io;
use std::sync::Weak;

/// What a thread of a pool runs.
pub type ThreadMain = Box<dyn FnOnce() + Send>;

/// Starts a thread with this name.
pub(crate) type Spawner = dyn Fn(&str, ThreadMain) -> io::Result<JoinHandle<()>> + Send + Sync;

/// Called first on each thread.
pub(crate) type OnThreadStart = dyn Fn() + Send + Sync;

/// What the threads of a pool share.
pub(crate) struct Core<W: Worker> {
    pub(crate) scheduler: Scheduler<W::Input>,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    spawner: Box<Spawner>,
    on_thread_start: Box<OnThreadStart>,
    handles: Mutex<Vec<JoinHandle<()>>>,
    name: String,
}

/// Why a thread stopped running tasks.
enum Stop {
    /// No task is left for it.
    Ended,
    /// The worker panicked.
    Crashed,
}

impl<W: Worker> Core<W> {
    /// A core without threads. `scheduler` receives the alarm and the host that belong to it.
    pub(crate) fn new(
        name: String,
        make_worker: Box<dyn Fn() -> W + Send + Sync>,
        bridge: Arc<dyn Bridge<W>>,
        spawner: Box<Spawner>,
        on_thread_start: Box<OnThreadStart>,
        scheduler: impl FnOnce(Alarm, Box<dyn ThreadHost<W::Input>>) -> Scheduler<W::Input>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|core: &Weak<Self>| {
            let core_of_alarm = Weak::clone(core);
            let alarm = Alarm::new(move || {
                if let Some(core) = core_of_alarm.upgrade() {
                    core.scheduler.on_alarm();
                }
            });
            Self {
                scheduler: scheduler(alarm, Box::new(Weak::clone(core))),
                make_worker,
                bridge,
                spawner,
                on_thread_start,
                handles: Mutex::new(Vec::new()),
                name,
            }
        })
    }

    /// Starts the first thread.
    pub(crate) fn start(self: &Arc<Self>) -> Result<(), SpawnError> {
        let seat = self.scheduler.reserve_first_seat();
        self.spawn(seat).map_err(SpawnError)?;
        self.scheduler.thread_started(seat);
        Ok(())
    }

    /// Waits for the threads of a closed pool to end.
    pub(crate) fn join(&self) {
        // A loop, since a thread may have been replaced while it was joined.
        loop {
            let handles = std::mem::take(&mut *lock(&self.handles));
            if handles.is_empty() {
                return;
            }
            for handle in handles {
                // Cannot fail: all panics of a thread are caught.
                let _ = handle.join();
            }
        }
    }

    /// Starts a thread for a seat, which the scheduler has counted already.
    fn spawn(self: &Arc<Self>, seat: usize) -> io::Result<()> {
        let core = Arc::clone(self);
        // Held until the handle is stored, so that `join` does not miss it.
        let mut handles = lock(&self.handles);
        let main = Box::new(move || core.main(seat));
        let handle = (self.spawner)(&self.name, main)?;
        join_ended(&mut handles);
        handles.push(handle);
        Ok(())
    }

    /// The body of a worker thread.
    fn main(self: Arc<Self>, seat: usize) {
        (self.on_thread_start)();
        while let Stop::Crashed = self.serve(seat) {
            // Another thread replaces this one, whose thread-local state the panic may have left
            // inconsistent. If none can be started, this one goes on with a new worker: the pool
            // never shrinks.
            self.scheduler.add_replacement();
            if self.spawn(seat).is_ok() {
                break;
            }
            self.scheduler.leave(); // for the replacement
        }
        // A thread that is just being started does the same.
        if KNOWS_ENDED && let Ok(mut handles) = self.handles.try_lock() {
            join_ended(&mut handles);
        }
        self.leave();
    }

    /// Runs tasks until the pool ends or the worker panics.
    fn serve(&self, seat: usize) -> Stop {
        let mut worker = None;
        let (mut token, has_recovered) = self.scheduler.enter(seat);
        if has_recovered {
            self.bridge.room_freed();
        }
        let mut idle = Idle::new(None);
        loop {
            let mut job = match self.scheduler.take(seat, &mut idle) {
                Taken::Job(job) => job,
                Taken::Rest => {
                    rest(&mut worker);
                    continue;
                }
                Taken::End => break,
            };
            idle = Idle::new(W::REST_AFTER);
            loop {
                let deadline = job.deadline.and_then(|at| self.scheduler.instant(at));
                token.set_deadline(deadline);
                let run = || {
                    worker
                        .get_or_insert_with(&self.make_worker)
                        .run(job.input, &token)
                };
                let result = match catch(run) {
                    Ok(result) => result,
                    Err(message) => {
                        drop_quietly(worker);
                        match self.scheduler.crash(seat) {
                            Verdict::Counts => {
                                self.bridge.finished(job.number, Outcome::Crashed(message));
                            }
                            Verdict::TimedOut => {
                                self.bridge.worker_crashed(message);
                                self.bridge.finished(job.number, Outcome::TimedOut);
                            }
                            Verdict::Settled => self.bridge.worker_crashed(message),
                        }
                        return Stop::Crashed;
                    }
                };
                let end = match result {
                    Ok(_) => RunEnd::Completed,
                    Err(_) => RunEnd::Failed,
                };
                // The worker is free, or has its next task, before the outcome is delivered. So a
                // caller that submits again after an outcome is never refused.
                let (verdict, next) = self.scheduler.finish_and_take(seat, end);
                if verdict == Verdict::Counts {
                    self.bridge.finished(job.number, Outcome::from(result));
                } else {
                    drop_quietly(result);
                    if verdict == Verdict::TimedOut {
                        self.bridge.finished(job.number, Outcome::TimedOut);
                    } else {
                        self.bridge.room_freed();
                    }
                }
                match next {
                    Some(next) => job = next,
                    None => break,
                }
            }
        }
        drop_quietly(worker);
        Stop::Ended
    }

    /// The last call of a thread, and of a caller that has delivered outcomes.
    fn leave(&self) {
        self.report_end(self.scheduler.leave());
    }

    /// Reports the end of the pool, if it `has_ended`.
    pub(crate) fn report_end(&self, has_ended: bool) {
        if has_ended {
            self.bridge.closed();
        }
    }
}

/// Joins threads that have ended, which frees their memory. Joined, not detached: a thread may still
/// run its last instructions, and [`Core::join`] guarantees that none is left.
fn join_ended(handles: &mut Vec<JoinHandle<()>>) {
    for handle in handles.extract_if(.., |handle| has_ended(handle)) {
        let _ = handle.join();
    }
}

/// Lets a worker free what it keeps for the next task. One that panics is dropped.
fn rest<W: Worker>(worker: &mut Option<W>) {
    let Some(mut idle) = worker.take() else {
        return;
    };
    if catch(|| idle.rest()).is_ok() {
        *worker = Some(idle);
    } else {
        drop_quietly(idle);
    }
}

// Weak, since the scheduler that owns the host is part of the core. Every caller of the scheduler owns a core.
impl<W: Worker> ThreadHost<W::Input> for Weak<Core<W>> {
    fn start(&self, seat: usize) {
        let Some(core) = self.upgrade() else { return };
        match core.spawn(seat) {
            Ok(()) => {
                if core.scheduler.thread_started(seat) {
                    core.bridge.room_freed();
                }
            }
            Err(error) => {
                if core.scheduler.thread_failed(seat) {
                    core.bridge.thread_missing(SpawnError(error));
                }
                core.leave();
            }
        }
    }

    fn settled(&self, tasks: Vec<Settled<W::Input>>) {
        let Some(core) = self.upgrade() else { return };
        for Settled {
            number,
            input,
            reason,
        } in tasks
        {
            drop_quietly(input);
            let outcome = match reason {
                SettleReason::TimedOut => Outcome::TimedOut,
                SettleReason::QueueTimedOut => Outcome::QueueTimedOut,
                SettleReason::GivenUp => Outcome::GivenUp,
            };
            core.bridge.finished(number, outcome);
        }
        core.leave();
    }
}
