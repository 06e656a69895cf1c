'use strict';

// Which seat of a worker file's pool runs which task, and when tasks are posted to their threads.
//
// While a task is posted its data is cloned, which may run code of the caller's: getters. That may submit tasks, abort
// them, and close the pool. So tasks are placed by one call at a time, which goes on until nothing is left to do.

const { Prefetch } = require('./prefetch');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { Assignment } = require('./seat');
const { EventLoopSpin } = require('./event-loop-spin');

/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */

const { MORE } = SCHEDULE;
const { NONE } = OUTCOME;

/**
 * Tasks may wait behind one that turns out to be long while others that were submitted later are run elsewhere. After
 * so many of those they are taken back and run next.
 */
const OVERTAKEN = 16;

/** How many tasks are posted ahead at a time, so that those of different threads begin about in their order. */
const AHEAD_AT_ONCE = 2;

class Placement {
  #queue;
  #seats;
  #tasks;
  #inputs;
  #events;
  /** Seats without a task whose threads are ready, and those whose threads load their file, in that order. */
  #free = [];
  #loading = [];
  /** How many seats have a task. */
  #busy = 0;
  /** How many tasks threads have beside those that they run. */
  #ahead = 0;
  /** How many seats have a task that its thread begins once it has loaded its file. */
  #assigned = 0;
  #prefetch = new Prefetch();
  /** How many tasks have ended since those were looked for that are overtaken. */
  #passed = 0;
  /** Stays awake for what running tasks may answer. */
  #spin = new EventLoopSpin(() => this.#busy > 0);
  /** Tasks may wait in the queue that no seat has. */
  #mayWait = false;
  #isPlacing = false;
  /** There may be something to place that no call of `place` has seen. */
  #isAgain = false;
  /** A task was not posted for want of stack. */
  #isUnposted = false;
  #isEnded = false;
  /** A task was admitted, or one of a higher priority than usual. */
  #isNews = false;
  #isUrgent = false;

  /**
   * @param queue The functions of an external schedule.
   * @param {Seat[]} seats
   * @param {Tasks} tasks
   * @param {Values} inputs
   * @param events What is called: `placed()` when a task was admitted, and as many are placed as seats are free;
   *   `limited(milliseconds)` when a time limit ends in so many; `interrupted()` when a task was not posted for want of
   *   stack; and `unposted(seat, task)` when the task that a seat is to run cannot be posted.
   */
  constructor(queue, seats, tasks, inputs, events) {
    this.#queue = queue;
    this.#seats = seats;
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#events = events;
  }

  /** Whether any seat has a task. */
  get isBusy() {
    return this.#busy > 0;
  }

  /** Whether tasks are being placed, and so data may be being cloned. */
  get isPlacing() {
    return this.#isPlacing;
  }

  /** A task is about to be admitted. */
  admitting() {
    this.#isAgain = true;
  }

  /** A task of that priority was admitted. */
  admitted(priority) {
    this.#isNews = true;
    this.#mayWait = true;
    if (priority > 0 && this.#ahead > 0) this.#isUrgent = true;
    this.place();
  }

  /** A seat has a new thread, which loads its file. */
  loading(seat) {
    this.#loading.push(seat);
    this.place();
  }

  /** The thread of a seat has loaded its file, so many milliseconds ago. */
  ready(seat, ago) {
    if (seat.tasks.length > 0) {
      this.#assigned--;
      this.#queue.begin(seat.number, ago);
      this.#events.limited(this.#queue.firstLimit());
    } else if (seat.isOpen) {
      remove(this.#loading, seat);
      this.#free.push(seat);
    }
    this.place();
  }

  /**
   * A seat has ended a task.
   * @param {Seat} seat
   * @param {number} took How long it ran, in milliseconds; `NaN` if that is not known.
   * @param {boolean} areMore Whether tasks wait in the queue.
   */
  ended(seat, took, areMore) {
    if (areMore) this.#mayWait = true;
    this.#prefetch.record(took);
    seat.hasMoved = true;
    if (seat.tasks.length > 0) {
      this.#ahead--;
      if (seat.tasks[0].error !== undefined) this.#events.unposted(seat, seat.tasks[0]);
    } else {
      this.#vacant(seat);
    }
    if (++this.#passed >= OVERTAKEN && this.#ahead + this.#assigned > 0) this.#recallOvertaken();
    this.#place(seat);
  }

  /** A seat has lost its thread. */
  vacated(seat) {
    remove(this.#free, seat);
    remove(this.#loading, seat);
  }

  /** Starts no more tasks: they are about to be given up. */
  end() {
    this.#isEnded = true;
  }

  /** Drops the tasks that wait for one seat alone, which have been given up. */
  dropAhead() {
    this.#ahead = 0;
    for (const { tasks } of this.#seats) tasks.splice(1);
  }

  /**
   * Continues what calls have left undone that were interrupted; not within code of a caller's.
   * @returns {boolean} whether there was anything.
   */
  resume() {
    if (!this.#isAgain && !this.#isPlacing && !this.#isUnposted) return false;
    this.#isUnposted = false;
    this.#isPlacing = true;
    for (const seat of this.#seats) {
      seat.endPosting();
      const task = seat.tasks[0];
      if (task === undefined || task.number !== undefined) continue;
      if (task.error === undefined) this.#post(seat, task);
      else this.#events.unposted(seat, task);
    }
    this.#isPlacing = false;
    this.admitted(0);
    return true;
  }

  /** Starts queued tasks on free seats. */
  place() {
    this.#mayWait = true;
    this.#place();
  }

  /** The same, and posts some tasks ahead to the thread of `busy`, if that is useful. */
  #place(busy) {
    this.#isAgain = true;
    if (this.#isPlacing || this.#isEnded) return;
    this.#isPlacing = true;
    while (this.#isAgain) {
      this.#isAgain = false;
      if (this.#isUrgent) {
        this.#isUrgent = false;
        for (const seat of this.#seats) this.#recallAhead(seat);
      }
      this.#assign();
      if (busy?.tasks.length > 0) this.#fill(busy);
      if (this.#isNews) {
        this.#isNews = false;
        this.#events.placed();
      }
    }
    this.#isPlacing = false;
  }

  #assign() {
    for (;;) {
      const seat = this.#free.at(-1) ?? this.#loading[0];
      if (seat === undefined) return;
      // Where no task waits, some may wait for another seat.
      if (!(this.#mayWait && this.#begin(seat)) && !(seat.isReady && this.#recallAny())) return;
    }
  }

  /** Starts the next task on a seat that has none. @returns {boolean} whether there is one. */
  #begin(seat) {
    const { isReady } = seat;
    const task = new Assignment();
    const taken = isReady ? this.#queue.take(seat.number) : this.#queue.assign(seat.number);
    this.#mayWait = taken >= MORE;
    if (taken === NONE) return false;
    const slot = taken >= MORE ? taken - MORE : taken;
    // No function of JavaScript is called until all is noted, since the stack could end there.
    task.slot = slot;
    seat.tasks[seat.tasks.length] = task;
    this.#busy++;
    if (isReady) {
      this.#free.length--;
    } else {
      this.#loading.shift();
      this.#assigned++;
    }
    const options = this.#tasks.optionsOf(slot);
    this.#post(seat, task);
    if (isReady && options !== undefined) this.#events.limited(options.timeout);
    return true;
  }

  /** Posts tasks ahead to the thread of a seat that runs one. */
  #fill(seat) {
    // Whatever stops a task may end the thread with it.
    if (!this.#mayWait || !seat.isOpen || this.#tasks.optionsOf(seat.tasks[0].slot) !== undefined) return;
    for (let added = 0; added < AHEAD_AT_ONCE && this.#prefetch.allows(seat.tasks.length); added++) {
      const task = new Assignment();
      const slot = this.#queue.takeAhead(seat.number);
      if (slot === NONE) return;
      task.slot = slot;
      seat.tasks.push(task);
      this.#ahead++;
      this.#post(seat, task);
    }
  }

  #post(seat, task) {
    seat.post(task, this.#inputs.get(task.slot), this.#tasks.optionsOf(task.slot)?.transfer);
    if (task.number !== undefined) this.#spin.extend();
    else if (task.error !== undefined) this.#unposted(seat, task);
    else if (task.isTried) this.#retryLater();
    // Otherwise its thread exits: the task waits for the end of that.
  }

  #retryLater() {
    this.#isUnposted = true;
    this.#events.interrupted();
  }

  #unposted(seat, task) {
    if (seat.tasks[0] === task) this.#events.unposted(seat, task);
  }

  /** Takes back what the thread of a seat, which has a task, has not begun. @returns {boolean} whether there was any. */
  recall(seat) {
    const running = seat.tasks[0];
    if (running.isStopped) return false; // it is settled, and not for another thread
    const recalled = seat.recall();
    if (recalled.length === 0) return false;
    const hasBegun = recalled[0] !== running;
    const ahead = hasBegun ? recalled.length : recalled.length - 1;
    this.#ahead -= ahead;
    this.#mayWait = true;
    this.#queue.recall(seat.number, ahead);
    if (!hasBegun) {
      this.#queue.putBack(seat.number);
      this.#events.limited(this.#queue.firstLimit());
      this.#vacant(seat);
    }
    return true;
  }

  /** A seat has no task any more. */
  #vacant(seat) {
    this.#isAgain = true;
    this.#busy--;
    if (!seat.isReady) this.#assigned--;
    if (seat.isOpen) (seat.isReady ? this.#free : this.#loading).push(seat);
  }

  /** Takes back what some thread has not begun and a free one could run. @returns {boolean} whether there was any. */
  #recallAny() {
    if (this.#ahead > 0 && this.#seats.some((seat) => this.#recallAhead(seat))) return true;
    return this.#assigned > 0 && this.#seats.some((seat) => this.#recallAssigned(seat));
  }

  /** Takes back the task of a seat whose thread loads its file; not if something was moved there with it. */
  #recallAssigned(seat) {
    if (seat.isReady || seat.tasks.length === 0) return false;
    return this.#tasks.optionsOf(seat.tasks[0].slot)?.transfer === undefined && this.recall(seat);
  }

  /** Takes back what was posted ahead to the thread of a seat. @returns {boolean} whether there was any. */
  #recallAhead(seat) {
    return seat.tasks.length > 1 && this.recall(seat);
  }

  /** Takes back what waits for threads that have not ended a task for long. */
  #recallOvertaken() {
    this.#passed = 0;
    for (const seat of this.#seats) {
      if (!seat.hasMoved && !this.#recallAhead(seat)) this.#recallAssigned(seat);
      seat.hasMoved = false;
    }
  }
}

function remove(seats, seat) {
  const index = seats.indexOf(seat);
  if (index !== -1) seats.splice(index, 1);
}

module.exports = { Placement };
