'use strict';

// The backend of a worker file. It dequeues tasks from the engine for threads of `worker_threads` that are free, posts the
// tasks to them, and reports to the engine how each has ended.

const errors = require('../api/errors');
const { sharedNow } = require('../link/shared-clock');
const addon = require('../platform/addon');
const { later, raise, soon } = require('../platform/event-loop');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { Placement } = require('./placement');
const { ProcessRef } = require('./process-ref');
const { FileThreads } = require('./threads');

/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/pending').WeakOwner>} WeakOwner */

const { NONE, COMPLETED, FAILED, QUEUE_TIMED_OUT, GIVEN_UP } = OUTCOME;
const { CRASHED, MORE } = SCHEDULE;

/** @implements {Backend} */
class FilePool {
  #tasks;
  #inputs;
  #weakOwner;
  #abortTimeout;
  #schedule;
  #queue;
  #threads;
  #seats;
  #placement;
  #processRef = new ProcessRef();
  /** Cancelled tasks that are still to be stopped: their seats, and why. */
  #stops = [];
  #isResumingLater = false;
  #isClosing = false;
  #isEnding = false;
  #isEnded = false;

  /**
   * Throws what `Worker` does.
   * @param {{ size: number, maxQueue: number, file: string, workerOptions: object, abortTimeout: number }} options
   * @param {Tasks} tasks
   * @param {Values} inputs The data of the tasks.
   * @param {WeakOwner} weakOwner Refers to the pool's state.
   */
  constructor({ size, maxQueue, file, workerOptions, abortTimeout }, tasks, inputs, weakOwner) {
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#weakOwner = weakOwner;
    this.#abortTimeout = abortTimeout;
    this.#schedule = scheduleFor(size, maxQueue);
    this.#queue = this.#schedule.functions({ __proto__: null });
    this.#threads = new FileThreads(size, { file, options: workerOptions }, this.#threadEvents());
    this.#seats = this.#threads.seats;
    this.#placement = new Placement(this.#queue, this.#seats, tasks, inputs, {
      placed: () => this.#startForTasks(),
      limited: (milliseconds) => this.#weakOwner.find()?.limitTimer.schedule(milliseconds),
      interrupted: () => this.#resumeLater(),
      unposted: (seat, task) => this.#failUnposted(seat, task),
    });
    try {
      this.#threads.startAll();
    } catch (error) {
      this.#schedule.end();
      throw error;
    }
  }

  functions() {
    const { submit, submitWith, room } = this.#queue;
    return {
      __proto__: null,
      submit,
      submitWith,
      admitting: () => {
        this.#resumeLater();
        this.#placement.admitting();
      },
      admitted: (priority) => this.#placement.admitted(priority),
      cancel: (slot, reason) => this.#cancel(slot, reason),
      stopCancelled: () => this.#stopCancelled(),
      expire: () => this.#expire(),
      room,
      keepAlive: (isNeeded) => this.#processRef.set(isNeeded),
    };
  }

  get idle() {
    return this.#schedule.idle;
  }

  get queued() {
    return this.#schedule.queued;
  }

  stats(numbers) {
    this.#schedule.stats(numbers);
  }

  /** Admits no more tasks, and ends the threads when all have finished. */
  close() {
    this.#resumeLater();
    this.#isClosing = true;
    this.#schedule.close();
  }

  /** Admits no more tasks, settles those there are, and ends the threads. */
  closeNow() {
    this.close();
    this.#placement.end();
    later(() => this.#giveUp()); // where neither the end of the stack nor a time limit of node:vm interrupts it
  }

  #giveUp() {
    const state = this.#weakOwner.find();
    this.#receiveWaiting(() => true);
    const slots = this.#schedule.giveUp();
    this.#placement.dropAhead();
    for (const seat of this.#seats) {
      const task = seat.tasks[0];
      if (task !== undefined) task.isStopped = true;
      if (task !== undefined && task.number === undefined) this.#finish(seat, FAILED, Number.NaN);
      else if (seat.thread !== undefined) seat.terminate();
    }
    for (const slot of slots) this.#tasks.settle(state, slot, GIVEN_UP);
    this.#endIfDone();
  }

  /** The threads are gone when this reports its end. */
  join() {}

  /** For when nobody has the pool any more, which has no tasks then. */
  abandon() {
    this.#isEnding = true;
    this.#threads.terminate();
    this.#processRef.drop();
  }

  /** What is done about what threads report. */
  #threadEvents() {
    return {
      starting: (seat) => this.#placement.loading(seat),
      ready: (seat, time) => this.#ready(seat, time),
      completed: (seat, number, took, result) => {
        if (this.#isAt(seat, number)) this.#finish(seat, COMPLETED, took, result);
        this.#emitAnnounced();
      },
      failed: (seat, number, took, error) => {
        if (this.#isAt(seat, number)) this.#finish(seat, FAILED, took, error);
        this.#emitAnnounced();
      },
      reported: (seat, number, value) => {
        if (this.#isAt(seat, number)) this.#report(seat, value);
      },
      lost: (seat, number) => this.#settleSkipped(seat, seat.countUpTo(number)),
      returned: (seat, number, data, transfer) => this.#returned(seat, number, data, transfer),
      ended: (seat, code, error) => this.#threadEnded(seat, code, error),
      absent: (count) => this.#schedule.setAbsent(count),
      spawnFailed: (error, isNews) => this.#spawnFailed(error, isNews),
      rested: () => this.#startForTasks(),
    };
  }

  /**
   * Resumes in the next turn of the event loop what the call under way may leave undone: it may be interrupted, by the
   * end of its stack or a time limit of node:vm. So this comes before anything is done.
   */
  #resumeLater() {
    if (this.#isResumingLater) return;
    later(this.#resume);
    this.#isResumingLater = true;
  }

  #resume = () => {
    this.#isResumingLater = false;
    this.#stopEach();
    this.#stops = [];
    if (this.#placement.resume()) {
      const state = this.#weakOwner.find();
      if (state?.pending.count > 0) this.#processRef.set(true);
      state?.limitTimer.schedule(this.#queue.firstLimit());
    }
    this.#endIfDone();
  };

  /** The task that a seat is to run could not be posted. */
  #failUnposted(seat, task) {
    // Not at once: whoever submits the task may not have its promise yet.
    soon(() => {
      if (seat.tasks[0] === task) this.#finish(seat, FAILED, Number.NaN, task.error.thrown);
    });
  }

  /** The task that a seat runs has ended. The worker is free, or has its next task, before its promise settles. */
  #finish(seat, ran, took, value) {
    const task = seat.shift();
    if (task === undefined) return;
    const answer = this.#queue.finish(seat.number, ran, took);
    const areMore = answer >= MORE + NONE;
    const outcome = areMore ? answer - MORE : answer;
    this.#placement.ended(seat, took, areMore);
    const state = this.#weakOwner.find();
    if (ran === CRASHED) state?.crashed(value);
    if (outcome !== NONE) this.#tasks.settle(state, task.slot, outcome, value);
    state?.backpressure.roomFreed();
    this.#endIfDone();
  }

  /** Emits events that are due, before callers that await tasks go on. */
  #emitAnnounced() {
    this.#weakOwner.find()?.emitAnnounced();
  }

  /**
   * Cancels a task, for that reason. If its thread has begun it, `#stopCancelled` stops it: at the end of the `abort()`, or in
   * the next turn of the event loop.
   * @returns {boolean} whether that has settled it. No function of JavaScript is called in between, so that the caller
   *   learns it even at the end of the stack.
   */
  #cancel(slot, reason) {
    this.#resumeLater();
    const seat = this.#seats[this.#queue.seatOf(slot)];
    const task = seat?.tasks[0];
    if (task !== undefined && !this.#placement.recall(seat)) {
      this.#stops.push({ seat, task, reason, isDone: false });
      task.isStopped = true;
    }
    return this.#queue.cancel(slot);
  }

  /** Stops tasks that were cancelled. Not while data is being cloned: that may have called this. */
  #stopCancelled() {
    if (!this.#placement.isPlacing) this.#stopEach();
  }

  /** May be interrupted, and called again in the next turn. */
  #stopEach() {
    for (const stop of this.#stops) {
      if (stop.isDone) continue;
      this.#stop(stop);
      stop.isDone = true;
    }
  }

  #stop({ seat, task, reason }) {
    if (seat.tasks[0] !== task || !seat.isOpen) return; // it has ended, or is about to
    if (seat.revoke()) this.#finish(seat, FAILED, Number.NaN);
    else seat.stop(this.#abortTimeout, reason);
  }

  /** Ends what has waited or run for too long. @returns in how many milliseconds to look again. */
  #expire() {
    const state = this.#weakOwner.find();
    // The event loop may have been blocked, and a task have ended in time.
    this.#receiveWaiting(({ slot }) => this.#tasks.optionsOf(slot)?.timeout < Infinity);
    // A task that no thread has begun is still waiting.
    for (let number = this.#queue.lateAssigned(); number !== NONE; number = this.#queue.lateAssigned()) {
      if (!this.#placement.recall(this.#seats[number])) this.#queue.begin(number, 0);
    }
    for (let slot = this.#queue.expire(); slot !== NONE; slot = this.#queue.expire()) {
      this.#tasks.settle(state, slot, QUEUE_TIMED_OUT);
    }
    for (let number = this.#queue.stopLate(); number !== NONE; number = this.#queue.stopLate()) {
      const seat = this.#seats[number];
      const task = seat.tasks[0];
      const error = this.#tasks.timedOut(task.slot);
      task.isStopped = true;
      seat.stop(this.#abortTimeout, error);
      this.#tasks.settle(state, task.slot, FAILED, error);
    }
    this.#placement.place();
    state?.backpressure.roomFreed();
    this.#endIfDone();
    return this.#queue.firstLimit();
  }

  /** Receives what the threads have said whose tasks are asked for. */
  #receiveWaiting(isAskedFor) {
    for (const seat of this.#seats) {
      const task = seat.tasks[0];
      if (task !== undefined && !task.isStopped && isAskedFor(task)) seat.thread?.receiveWaiting();
    }
  }

  /** Starts threads for what waits, or so many at least. */
  #startForTasks(atLeast = 0) {
    if (!this.#threads.areAll) this.#threads.startFor(this.#queue.waiting(), atLeast);
  }

  /** The thread of a seat has loaded its file. */
  #ready(seat, time) {
    this.#placement.ready(seat, Math.max(sharedNow() - time, 0) || 0); // it may not be known
    this.#weakOwner.find()?.backpressure.roomFreed(); // there is more if threads could not be started before
  }

  /** A thread reports something of its task. */
  #report(seat, value) {
    const task = seat.tasks[0];
    if (task.isStopped) return;
    try {
      this.#tasks.optionsOf(task.slot)?.onProgress?.(value);
    } catch (error) {
      raise(error); // it is theirs alone, as what a listener throws
    }
  }

  /** A thread says something of its task of that number. @returns {boolean} whether it still has that. */
  #isAt(seat, number) {
    if (seat.runs(number)) return true;
    if (!seat.tasks.some((task) => task.number === number)) return false;
    this.#settleSkipped(seat, seat.countUpTo(number) - 1);
    return true;
  }

  /**
   * The thread of a seat is beyond the first tasks of that: either they could not be posted, or what it said of their
   * ends cannot be read here.
   */
  #settleSkipped(seat, count) {
    for (let passed = 0; passed < count; passed++) {
      const { error } = seat.tasks[0];
      this.#finish(seat, FAILED, Number.NaN, error === undefined ? seat.thread.unread : error.thrown);
    }
  }

  /** The thread of a seat is gone. */
  #threadEnded(seat, code, error) {
    const { thread } = seat;
    const isExpected = thread.isEnding;
    const reason = error === undefined ? errors.crashed(code) : error.thrown;
    thread.isEnding = true;
    if (!isExpected) {
      this.#settleSkipped(seat, Math.max(seat.countUpTo(thread.begun) - 1, 0));
      while (seat.tasks[0]?.error !== undefined) this.#settleSkipped(seat, 1);
    }
    const task = seat.tasks[0];
    // It ended before it came to these, which is none of their doing.
    if (!isExpected && task !== undefined && this.#canRepeat(task)) this.#placement.recall(seat);
    this.#placement.vacated(seat);
    // Its task is settled if the end was expected, and put back if the thread was refused, unless that cannot be.
    if (isExpected || thread.isRefused) this.#finish(seat, FAILED, Number.NaN, reason);
    else this.#died(seat, thread, reason);
    this.#threads.vacate(seat);
    if (!isExpected && thread.isRefused) this.#threads.spawnFailed(reason);
    else if (!isExpected && !thread.hasWorked) {
      this.#threads.fail();
      this.#failWithout(reason);
    }
    if (!this.#isEnding) {
      this.#placement.place();
      // For what waits, and in the stead of one that ended with its task; not of one that had none, or a file
      // that ends at once would be started for ever. While it fails, only when there is no other thread.
      const isNeeded = !this.#threads.isFailing || this.#threads.areNone;
      if (isNeeded) this.#startForTasks(task === undefined || this.#isClosing ? 0 : 1);
    }
    this.#endIfDone();
  }

  /** Whether a task can be posted once more: not what nobody wants, nor if what was moved with it is gone. */
  #canRepeat({ slot, number, isReturned, isStopped }) {
    if (isStopped) return false;
    return number === undefined || isReturned || this.#tasks.optionsOf(slot)?.transfer === undefined;
  }

  /** What was posted to a thread with a task that it has not begun is here again. */
  #returned(seat, number, data, transfer) {
    const task = seat.tasks.find((task) => task.number === number);
    if (task === undefined || task.isStopped) return;
    task.isReturned = true;
    this.#inputs.put(task.slot, data);
    this.#tasks.optionsOf(task.slot).transfer = transfer;
  }

  /** A thread has ended by itself, for this reason. */
  #died(seat, thread, reason) {
    const task = seat.tasks[0];
    if (task !== undefined && (!task.isStopped || thread.hasBegun(task.number))) {
      this.#finish(seat, CRASHED, Number.NaN, reason);
    } else {
      this.#schedule.died();
      this.#weakOwner.find()?.crashed(reason);
      this.#finish(seat, FAILED, Number.NaN); // if it was stopped before it began
    }
  }

  /** A thread could not be started. */
  #spawnFailed(error, isNews) {
    if (isNews) this.#weakOwner.find()?.crashed(error);
    this.#failWithout(error);
  }

  /** Without any thread, what waits cannot be run. */
  #failWithout(reason) {
    if (!this.#threads.areNone) return;
    const state = this.#weakOwner.find();
    for (const slot of this.#schedule.failWaiting()) this.#tasks.settle(state, slot, FAILED, reason);
    state?.backpressure.roomFreed();
    this.#endIfDone();
  }

  /** Ends the threads when there is nothing left to do, and the pool with the last of them. */
  #endIfDone() {
    if (!this.#isClosing || this.#placement.isBusy || this.#queue.waiting() > 0) return;
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#threads.exit();
    }
    if (this.#isEnded || !this.#threads.areNone) return;
    this.#isEnded = true;
    this.#schedule.end();
    // When all that await tasks have been told.
    later(() => {
      this.#processRef.drop();
      this.#weakOwner.find()?.ended();
    });
  }
}

function scheduleFor(size, maxQueue) {
  try {
    return new addon.ExternalSchedule(size, maxQueue);
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
}

module.exports = { FilePool };
