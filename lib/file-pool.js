'use strict';

// The pool of a worker file: its threads are those of `worker_threads`. The queue is the engine's; here
// tasks are taken for threads that are free, posted to them, and reported when they have ended. To the rest
// of the package it is what the native side is for a built-in worker.

const { nextTick } = require('node:process');
const { setImmediate, setTimeout, clearTimeout } = require('node:timers');
const { reasonOf } = require('./abort-signals');
const { Anchor } = require('./anchor');
const { LONGEST_MS } = require('./clock');
const errors = require('./errors');
const { later } = require('./event-loop');
const { FileThreads } = require('./file-threads');
const { Lookahead } = require('./lookahead');
const native = require('./native');
const { DISPATCHER } = require('./native-protocol');
const { Vigil } = require('./vigil');

const { NONE, COMPLETED, FAILED, CRASHED, ABORTED, TIMED_OUT, GIVEN_UP } = DISPATCHER;

/**
 * Tasks may wait behind one that turns out to be long while others that were given later are run elsewhere. After so
 * many of those they are taken back and run next.
 */
const OVERTAKEN = 16;

class FilePool {
  #tasks;
  #inputs;
  /** Leads to the owner. */
  #hold;
  #abortTimeout;

  /** Stays awake for what running tasks may answer. */
  #vigil = new Vigil(() => this.#running > 0);

  #dispatcher;
  #queue;
  #threads;
  #seats;
  /** Seats whose threads wait for a task. */
  #free = [];
  /** How many tasks run. */
  #running = 0;
  /** How many tasks threads have beside those that they run. */
  #ahead = 0;
  #lookahead = new Lookahead();
  #isLookingLater = false;
  /** How many tasks have ended since it was looked for those that are overtaken. */
  #passed = 0;
  #isClosing = false;
  #isEnding = false;
  #isEnded = false;
  /** Holds the process for tasks, and for what their threads have printed. */
  #anchor;

  /**
   * Throws what `Worker` does.
   * @param {{ size: number, maxQueue: number, file: string, workerOptions: object, abortTimeout: number }} options
   * @param {import('./tasks').Tasks} tasks
   * @param {import('./inputs').Values} inputs What they were given.
   * @param {import('./in-flight').Hold} hold
   */
  constructor({ size, maxQueue, file, workerOptions, abortTimeout }, tasks, inputs, hold) {
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#hold = hold;
    this.#abortTimeout = abortTimeout;
    this.#dispatcher = new native.Dispatcher(size, maxQueue);
    this.#queue = this.#dispatcher.functions({ __proto__: null });
    this.#threads = new FileThreads(size, { file, options: workerOptions }, this.#told());
    this.#seats = this.#threads.seats;
    this.#anchor = new Anchor();
  }

  functions() {
    const { submit, submitWith, room } = this.#queue;
    return {
      submit,
      submitWith,
      admitting: () => this.#lookLater(),
      admitted: (priority) => this.#admitted(priority),
      cancel: (slot) => this.#cancel(slot),
      look: () => this.#look(),
      room,
      keepAlive: (whether) => this.#anchor.setTasks(whether),
    };
  }

  get idle() {
    return this.#dispatcher.idle;
  }

  get queued() {
    return this.#dispatcher.queued;
  }

  stats(numbers) {
    this.#dispatcher.stats(numbers);
  }

  /** Admits no more tasks, and ends the threads when all have finished. */
  close() {
    this.#isClosing = true;
    this.#dispatcher.close();
    nextTick(() => this.#endIfDone());
  }

  /** The same without the patience. */
  closeNow() {
    this.#isClosing = true;
    this.#dispatcher.close();
    later(() => this.#giveUp()); // where neither the end of the stack nor a time limit of node:vm interrupts it
  }

  #giveUp() {
    const owner = this.#hold.find();
    const waiting = this.#dispatcher.giveUp();
    this.#ahead = 0;
    for (const seat of this.#seats.filter(({ tasks }) => tasks.length > 0)) {
      seat.tasks.length = 1;
      this.#terminate(seat);
    }
    for (const slot of waiting) this.#tasks.fail(owner, slot, errors.givenUp());
    nextTick(() => this.#endIfDone());
  }

  /** Waits for the threads: they are gone when the pool says so. */
  join() {}

  /** For when nobody has the pool any more, which has no tasks then. */
  abandon() {
    this.#isEnding = true;
    this.#threads.terminate();
    this.#anchor.drop();
  }

  /** What is done about what threads tell. */
  #told() {
    return {
      ready: (seat) => this.#ready(seat),
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
      printing: (seat, isPrinting) => this.#anchor.setPrinting(seat, isPrinting),
      lost: (seat, number) => this.#passOver(seat, seat.countUpTo(number)),
      ended: (seat, code, error) => this.#threadEnded(seat, code, error),
      lacking: (error) => this.#lackThread(error),
    };
  }

  /** A task of that priority has come. */
  #admitted(priority) {
    if (priority > 0 && this.#ahead > 0) for (const seat of this.#seats) this.#recallAhead(seat);
    this.#assign();
    this.#startForTasks();
  }

  /** Has free threads begin what waits. */
  #assign() {
    while (this.#free.length > 0) {
      const seat = this.#free.at(-1);
      if (seat.taken === NONE) seat.taken = this.#queue.take(seat.number);
      if (seat.taken !== NONE) {
        this.#begin(seat);
      } else if (this.#ahead === 0 || !this.#seats.some((other) => this.#recallAhead(other))) {
        return;
      }
    }
  }

  /** Has the first free seat begin the task that was taken for it. */
  #begin(seat) {
    // Together, so that an exhausted stack comes before all or after: `#resume` goes on from there.
    const slot = seat.taken;
    const task = { slot, number: undefined, error: undefined, isTried: false };
    seat.tasks.push(task);
    seat.taken = NONE;
    this.#free.pop();
    this.#running++;
    this.#post(seat, task);
    const terms = this.#tasks.terms(slot);
    if (terms !== undefined) this.#hold.find().waits.within(terms.timeout);
  }

  /**
   * Has it looked whether all has been done, when the caller's code has ended. That code may be at the end of its stack,
   * so this comes before anything is done.
   */
  #lookLater() {
    if (this.#isLookingLater) return;
    setImmediate(this.#resume);
    this.#isLookingLater = true;
  }

  /** Does what an interrupted call of `run` has left to be done. */
  #resume = () => {
    this.#isLookingLater = false;
    const owner = this.#hold.find();
    if (owner?.inFlight.count > 0) this.#anchor.setTasks(true);
    for (const seat of this.#seats) {
      const [task] = seat.tasks;
      if (task === undefined || task.number !== undefined) continue;
      if (task.error === undefined) this.#post(seat, task);
      else this.#failUnposted(seat);
    }
    this.#admitted(0);
    owner?.waits.within(this.#queue.firstLimit());
  };

  /** Gives a thread that runs a task some more, if that is of use. */
  #fill(seat) {
    // Whatever stops a task may take the thread along.
    if (!seat.isOpen || this.#tasks.terms(seat.tasks[0].slot) !== undefined) return;
    // Two at a time, so that those of different threads begin about in their order.
    for (let added = 0; added < 2 && this.#lookahead.allows(seat.tasks.length); added++) {
      const slot = this.#queue.takeAhead(seat.number);
      if (slot === NONE) return;
      this.#ahead++;
      const task = { slot, number: undefined, error: undefined, isTried: false };
      seat.tasks.push(task);
      this.#post(seat, task);
    }
  }

  #post(seat, task) {
    seat.post(task, this.#inputs.get(task.slot), this.#tasks.terms(task.slot)?.transfer);
    if (task.number !== undefined) this.#vigil.keep();
    else if (task.error === undefined) this.#lookLater();
    else if (seat.tasks[0] === task) this.#failUnposted(seat);
  }

  /** The task that a seat should run could not be posted. */
  #failUnposted(seat) {
    const [task] = seat.tasks;
    // Not at once: whoever gives the task may not have its promise yet.
    nextTick(() => {
      if (seat.tasks[0] === task) this.#finish(seat, FAILED, Number.NaN, task.error.thrown);
    });
  }

  /** Takes back what the thread of a seat has not begun. @returns {boolean} whether there was any. */
  #recall(seat) {
    const running = seat.tasks[0];
    const recalled = seat.recall();
    if (recalled.length === 0) return false;
    const hasBegun = recalled[0] !== running;
    const ahead = hasBegun ? recalled.length : recalled.length - 1;
    this.#ahead -= ahead;
    this.#queue.recall(seat.number, ahead);
    if (!hasBegun) {
      this.#queue.putBack(seat.number);
      this.#hold.find().waits.within(this.#queue.firstLimit());
      this.#running--;
      if (seat.isOpen) this.#free.push(seat);
    }
    return true;
  }

  /** The same, if a thread has others beside the one it runs. */
  #recallAhead(seat) {
    return seat.tasks.length > 1 && this.#recall(seat);
  }

  /** Takes back what waits for threads that have not ended a task for long. */
  #recallOvertaken() {
    this.#passed = 0;
    for (const seat of this.#seats) {
      if (!seat.hasMoved) this.#recallAhead(seat);
      seat.hasMoved = false;
    }
  }

  /** The task that a seat runs has ended. The worker is free, or has its next task, before anybody is told. */
  #finish(seat, ran, took, value) {
    const task = seat.tasks.shift();
    if (task === undefined) return;
    clearTimeout(seat.grace);
    seat.grace = undefined;
    seat.isStopped = false;
    this.#lookahead.record(took);
    const why = this.#queue.finish(seat.number, ran, took);
    seat.hasMoved = true;
    if (seat.tasks.length > 0) {
      this.#ahead--;
      if (seat.tasks[0].error !== undefined) this.#failUnposted(seat);
    } else {
      this.#running--;
      if (seat.isOpen) this.#free.push(seat);
    }
    if (++this.#passed >= OVERTAKEN && this.#ahead > 0) this.#recallOvertaken();
    this.#assign();
    if (seat.tasks.length > 0) this.#fill(seat);
    this.#settle(task.slot, why, ran, value);
    this.#endIfDone();
  }

  /** Emits what has happened before whoever awaits a task goes on. */
  #emitAnnounced() {
    this.#hold.find()?.emitAnnounced();
  }

  #settle(slot, why, ran, value) {
    const owner = this.#hold.find();
    if (ran === CRASHED) owner.crashed(value);
    if (why === ABORTED) this.#tasks.fail(owner, slot, this.#tasks.aborted(slot));
    else if (why === TIMED_OUT) this.#tasks.fail(owner, slot, this.#tasks.timedOut(slot));
    else if (why === GIVEN_UP) this.#tasks.fail(owner, slot, errors.givenUp());
    else if (ran === COMPLETED) this.#tasks.complete(owner, slot, value);
    else this.#tasks.fail(owner, slot, value);
    owner.room.vacated();
  }

  #cancel(slot) {
    if (this.#queue.cancel(slot)) {
      nextTick(() => this.#endIfDone()); // when it has rejected
      return true;
    }
    const seat = this.#queue.seatOf(slot);
    if (seat !== NONE) this.#stop(this.#seats[seat], reasonOf(this.#tasks.terms(slot).signal));
    return false;
  }

  /** Ends what has waited or run for too long. @returns in how many milliseconds to look again. */
  #look() {
    const owner = this.#hold.find();
    for (let slot = this.#queue.expire(); slot !== NONE; slot = this.#queue.expire()) {
      this.#tasks.fail(owner, slot, this.#tasks.waitedTooLong(slot));
    }
    for (let number = this.#queue.stopLate(); number !== NONE; number = this.#queue.stopLate()) {
      const seat = this.#seats[number];
      this.#stop(seat, this.#tasks.timedOut(seat.tasks[0].slot));
    }
    owner?.room.vacated();
    this.#endIfDone();
    return this.#queue.firstLimit();
  }

  /** Has the task of a seat end: by itself in time, or with its thread. */
  #stop(seat, reason) {
    if (seat.isStopped) return; // by something else before
    seat.isStopped = true;
    if (this.#abortTimeout === 0) {
      this.#terminate(seat);
      return;
    }
    if (this.#abortTimeout <= LONGEST_MS) seat.grace = setTimeout(() => this.#terminate(seat), this.#abortTimeout);
    seat.thread.abort(seat.tasks[0].number, reason);
  }

  #terminate(seat) {
    clearTimeout(seat.grace);
    seat.thread.terminate();
  }

  /** Starts threads for what waits, or so many at least. */
  #startForTasks(atLeast = 0) {
    if (!this.#threads.areAll) this.#threads.startFor(this.#queue.waiting(), atLeast);
  }

  #ready(seat) {
    this.#free.push(seat);
    this.#assign();
  }

  /** A thread reports something of its task. */
  #report(seat, value) {
    try {
      this.#tasks.terms(seat.tasks[0].slot)?.onProgress?.(value);
    } catch (error) {
      // It is theirs alone, as what a listener throws.
      nextTick(() => {
        throw error;
      });
    }
  }

  /** A thread says something of its task of that number. @returns {boolean} whether it still has that. */
  #isAt(seat, number) {
    if (seat.runs(number)) return true;
    if (!seat.tasks.some((task) => task.number === number)) return false;
    this.#passOver(seat, seat.countUpTo(number) - 1);
    return true;
  }

  /**
   * The thread of a seat is beyond the first tasks of that: either they could not be posted, or what it said of their
   * ends cannot be read here.
   */
  #passOver(seat, count) {
    for (let passed = 0; passed < count; passed++) {
      const { error } = seat.tasks[0];
      this.#finish(seat, FAILED, Number.NaN, error === undefined ? seat.thread.unread : error.thrown);
    }
  }

  /** The thread of a seat is gone. */
  #threadEnded(seat, code, error) {
    const { thread } = seat;
    const isExpected = thread.isEnding;
    thread.isEnding = true;
    if (!isExpected) {
      this.#passOver(seat, Math.max(seat.countUpTo(thread.begun) - 1, 0));
      while (seat.tasks[0]?.error !== undefined) this.#passOver(seat, 1);
    }
    const [task] = seat.tasks;
    // It ended before it came to these, which is none of their doing.
    if (!isExpected && task !== undefined && this.#canRepeat(seat)) this.#recall(seat);
    this.#threads.vacate(seat);
    this.#anchor.setPrinting(seat, false);
    if (this.#free.includes(seat)) this.#free.splice(this.#free.indexOf(seat), 1);

    if (isExpected)
      this.#finish(seat, FAILED, Number.NaN); // what came of its task does not count
    else this.#died(seat, thread, error === undefined ? errors.crashed(code, thread.isDeaf) : error.thrown);
    if (!this.#isEnding) {
      this.#assign();
      // For what waits, and in the stead of one that ended with its task; not of one that had none, or a file
      // that ends at once would be started for ever. While it fails, only when there is no other thread.
      const isNeeded = !this.#threads.isFailing || this.#threads.areNone;
      if (isNeeded) this.#startForTasks(task === undefined || this.#isClosing ? 0 : 1);
    }
    this.#endIfDone();
  }

  /** Whether the task of a seat can be posted once more: not what nobody wants, nor if what was moved with it is gone. */
  #canRepeat({ tasks: [{ slot }], isStopped }) {
    return !isStopped && this.#tasks.terms(slot)?.transfer === undefined;
  }

  /** A thread has ended by itself, for this reason. */
  #died(seat, thread, reason) {
    const [task] = seat.tasks;
    if (task !== undefined && (!seat.isStopped || thread.hasBegun(task.number))) {
      this.#finish(seat, CRASHED, Number.NaN, reason);
    } else {
      this.#dispatcher.died();
      this.#hold.find()?.crashed(reason);
      this.#finish(seat, FAILED, Number.NaN); // if it was stopped before it began
    }
    if (!thread.hasWorked) this.#lackThread(reason);
  }

  /** A thread could not be started, or was of no use: without any other, what waits cannot be run. */
  #lackThread(reason) {
    this.#threads.isFailing = true;
    if (!this.#threads.areNone) return;
    const owner = this.#hold.find();
    const { number } = this.#seats[0];
    for (let slot = this.#queue.take(number); slot !== NONE; slot = this.#queue.take(number)) {
      this.#queue.finish(number, FAILED, Number.NaN);
      this.#tasks.fail(owner, slot, reason);
    }
    owner?.room.vacated();
    this.#endIfDone();
  }

  /** Ends the threads when there is nothing left to do, and the pool with the last of them. */
  #endIfDone() {
    if (!this.#isClosing || this.#running > 0 || this.#queue.waiting() > 0) return;
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#threads.exit();
    }
    if (this.#isEnded || !this.#threads.areNone) return;
    this.#isEnded = true;
    this.#dispatcher.end();
    // When all that await tasks have been told.
    setImmediate(() => {
      this.#anchor.drop();
      const owner = this.#hold.find();
      owner.ended();
    });
  }
}

module.exports = { FilePool };
