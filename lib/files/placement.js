'use strict';

// Which seat of a worker file's pool runs which task, and when tasks are posted to their threads.
//
// Posting a task clones its data, which may run the caller's code: getters. That code may submit tasks, abort them, and
// close the pool. So one call at a time places tasks, and continues until nothing is left to do.

const { Prefetch } = require('./prefetch');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { Assignment } = require('./seat');
const { EventLoopSpin } = require('./event-loop-spin');

/** @typedef {import('../tasks/pool-state').SubmitWith} SubmitWith */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */

/**
 * The functions of an external schedule. Tasks are known by their slots, workers by their seats, and times are in
 * milliseconds. `NONE` stands for no task or worker. `MORE` is added to what `take`, `assign` and `finish` return if
 * tasks wait.
 * @typedef {object} ScheduleFunctions
 * @property {(slot: number, input: unknown) => string | null} submit Admits a task. Returns why it is refused, as a
 *   code.
 * @property {SubmitWith} submitWith
 * @property {(seat: number) => number} take Returns the task that a free worker is to run.
 * @property {(seat: number) => number} assign Returns the task that a worker is to run once it has started.
 * @property {(seat: number, ago: number) => void} begin Starts the time of such a task.
 * @property {() => number} lateAssigned Returns a worker whose task of that kind has waited for too long.
 * @property {(seat: number) => number} takeAhead Returns a task that a worker is to run after those that it has.
 * @property {(seat: number, count: number) => void} recall Requeues the last tasks of that kind.
 * @property {(seat: number) => void} putBack Requeues the task that a worker was to run.
 * @property {(seat: number, ran: number, took: number) => number} finish Returns the outcome of a task that has ended.
 * @property {(slot: number) => boolean} cancel Returns false if the task has settled already.
 * @property {(slot: number) => number} seatOf Returns the worker that runs a task.
 * @property {() => number} expire Dequeues a task that has waited for too long.
 * @property {() => number} stopLate Returns a worker whose task has run for too long. The task is settled.
 * @property {() => number} firstLimit Returns after how many milliseconds the next time limit ends.
 * @property {() => number} waiting Returns how many tasks do not run.
 * @property {() => number} room Returns how many tasks would be admitted now.
 */

/**
 * @typedef {object} PlacementEvents
 * @property {() => void} placed A task was admitted, and tasks were placed on all free seats.
 * @property {(milliseconds: number) => void} limited The next time limit ends in `milliseconds`.
 * @property {() => void} interrupted A task was not posted because the stack was exhausted.
 * @property {(seat: Seat) => void} begun A seat has got a task.
 * @property {(seat: Seat) => boolean} mayFill Whether the thread of a seat may get another task after those that it has.
 * @property {(seat: Seat) => void} idle A seat has a thread and no task. That thread may be ended or replaced now.
 * @property {(seat: Seat, task: Task) => void} unposted The task that a seat is to run cannot be posted.
 */

const { MORE } = SCHEDULE;
const { NONE } = OUTCOME;

/**
 * A task that was posted ahead may wait behind a long one while other seats run tasks that were submitted later. After
 * this many of them, it is recalled and runs next.
 */
const MAX_OVERTAKING = 16;

/** How many tasks are posted ahead at once. A small number keeps tasks of different threads about in their order. */
const MAX_AHEAD_AT_ONCE = 2;

class Placement {
  /** @type {ScheduleFunctions} */
  #queue;
  /** @type {Seat[]} */
  #seats;
  /** @type {Tasks} */
  #tasks;
  /** @type {Values} */
  #inputs;
  /** @type {PlacementEvents} */
  #events;
  /**
   * Seats without a task whose threads are ready.
   * @type {Seat[]}
   */
  #free = [];
  /**
   * Seats without a task whose threads are loading their file.
   * @type {Seat[]}
   */
  #loading = [];
  #prefetch = new Prefetch();
  /** How many tasks have ended since the last search for overtaken tasks. */
  #endedSinceSearch = 0;
  /** Keeps the event loop awake while running tasks may end soon. */
  #spin = new EventLoopSpin(() => this.isBusy);
  /** Tasks may be in the queue that are not reserved for a seat. */
  #mayWait = false;
  #isPlacing = false;
  /** There may be something to place that no call of `place` has handled. */
  #hasChanged = false;
  /** A task was not posted because the stack was exhausted. */
  #hasUnposted = false;
  #isEnded = false;
  /** A task was admitted since `placed` was last called. */
  #hasAdmitted = false;
  /** A task of a higher priority than usual was admitted. */
  #hasUrgent = false;

  /**
   * @param {ScheduleFunctions} queue
   * @param {Seat[]} seats
   * @param {Tasks} tasks
   * @param {Values} inputs
   * @param {PlacementEvents} events
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
    return this.#seats.some((seat) => seat.running !== undefined);
  }

  /**
   * The seat whose thread has been ready and without a task for the longest time: the last seat is the next to get one.
   * @returns {Seat | undefined}
   */
  get longestIdle() {
    return this.#free[0];
  }

  /** @returns {Seat | undefined} */
  get loadingWithoutTask() {
    return this.#loading[0];
  }

  /** Whether tasks are being placed. Then the caller's code may be running, while data is cloned. */
  get isPlacing() {
    return this.#isPlacing;
  }

  /** Called before a task is submitted. */
  admitting() {
    this.#hasChanged = true;
  }

  /**
   * Called when a task was admitted.
   * @param {number} priority
   */
  admitted(priority) {
    this.#hasAdmitted = true;
    this.#mayWait = true;
    if (priority > 0) this.#hasUrgent = true;
    this.place();
  }

  /**
   * Called when a seat has a new thread, which loads its file.
   * @param {Seat} seat
   */
  loading(seat) {
    this.#loading.push(seat);
    this.place();
  }

  /**
   * Called when the thread of a seat has loaded its file.
   * @param {Seat} seat
   * @param {number} ago How long ago, in milliseconds.
   */
  ready(seat, ago) {
    if (seat.tasks.length > 0) {
      this.#queue.begin(seat.number, ago);
      this.#events.limited(this.#queue.firstLimit());
    } else if (seat.isOpen) {
      remove(this.#loading, seat);
      this.#becomeIdle(seat);
    }
    this.place();
  }

  /**
   * Called when a task of a seat has ended.
   * @param {Seat} seat
   * @param {number} took How long it ran, in milliseconds; `NaN` if that is not known.
   * @param {boolean} hasMore Whether tasks wait in the queue.
   */
  ended(seat, took, hasMore) {
    if (hasMore) this.#mayWait = true;
    this.#spin.answered();
    this.#prefetch.record(took);
    seat.hasProgressed = true;
    const next = seat.running;
    if (next === undefined) this.#becomeIdle(seat);
    else if (next.error !== undefined) this.#events.unposted(seat, next);
    if (++this.#endedSinceSearch >= MAX_OVERTAKING) this.#recallOvertaken();
    this.#place(seat);
  }

  /**
   * Called when the thread of a seat has run its exit handlers and continues. Meanwhile it could not receive a task
   * with `transfer`, or it returned one.
   * @param {Seat} seat
   */
  survived(seat) {
    const task = seat.running;
    if (task === undefined) return;
    if (task.number === undefined) {
      this.#retryLater();
    } else if (task.isReturned) {
      this.recall(seat, task);
      this.place();
    }
  }

  /**
   * Called when the thread of a seat has ended.
   * @param {Seat} seat
   */
  threadEnded(seat) {
    remove(this.#free, seat);
    remove(this.#loading, seat);
  }

  /** Recalls everything that was posted ahead. */
  recallAllAhead() {
    for (const seat of this.#seats) this.#recallAhead(seat);
  }

  /** Places no more tasks, since all are about to be given up. */
  end() {
    this.#isEnded = true;
  }

  /** Drops the tasks that were posted ahead, which have been given up. */
  dropAhead() {
    for (const { tasks } of this.#seats) tasks.splice(1);
  }

  /**
   * Finishes what interrupted calls have left undone. Called when none of the caller's code runs.
   * @returns {boolean} whether anything was left undone.
   */
  resume() {
    if (!this.#hasChanged && !this.#isPlacing && !this.#hasUnposted) return false;
    this.#hasUnposted = false;
    this.#isPlacing = true;
    for (const seat of this.#seats) {
      seat.endPosting();
      const task = seat.running;
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

  /**
   * Starts queued tasks on free seats, and posts tasks ahead to the thread of `busy` if that is useful.
   * @param {Seat} [busy]
   */
  #place(busy) {
    this.#hasChanged = true;
    if (this.#isPlacing || this.#isEnded) return;
    this.#isPlacing = true;
    while (this.#hasChanged) {
      this.#hasChanged = false;
      if (this.#hasUrgent) {
        this.#hasUrgent = false;
        this.recallAllAhead();
      }
      this.#assign();
      if (busy?.running !== undefined) this.#fill(busy, busy.running);
      if (this.#hasAdmitted) {
        this.#hasAdmitted = false;
        this.#events.placed();
      }
    }
    this.#isPlacing = false;
  }

  #assign() {
    for (;;) {
      const seat = this.#free.at(-1) ?? this.#loading[0];
      if (seat === undefined) return;
      // If the queue is empty, tasks may still be reserved for another seat.
      if (!(this.#mayWait && this.#begin(seat)) && !(seat.isReady && this.#recallAny())) return;
    }
  }

  /**
   * Starts the next task on a seat that has none.
   * @param {Seat} seat
   * @returns {boolean} whether there is a task.
   */
  #begin(seat) {
    const { isReady } = seat;
    const task = new Assignment();
    const taken = isReady ? this.#queue.take(seat.number) : this.#queue.assign(seat.number);
    this.#mayWait = taken >= MORE;
    if (taken === NONE) return false;
    const slot = taken >= MORE ? taken - MORE : taken;
    // No JavaScript function is called until everything is recorded: the end of the stack could interrupt the call.
    task.slot = slot;
    seat.tasks[seat.tasks.length] = task;
    if (isReady) this.#free.length--;
    else this.#loading.shift();
    const options = this.#tasks.optionsOf(slot);
    this.#events.begun(seat);
    this.#post(seat, task);
    if (isReady && options !== undefined) this.#events.limited(options.timeout);
    return true;
  }

  /**
   * Posts tasks ahead to the thread of a seat that runs one.
   * @param {Seat} seat
   * @param {Task} running
   */
  #fill(seat, running) {
    // Not behind a task with options: stopping that task may end the thread.
    if (
      !this.#mayWait ||
      !seat.isOpen ||
      !this.#events.mayFill(seat) ||
      this.#tasks.optionsOf(running.slot) !== undefined
    )
      return;
    for (let added = 0; added < MAX_AHEAD_AT_ONCE && this.#prefetch.allows(seat.tasks.length); added++) {
      const task = new Assignment();
      const slot = this.#queue.takeAhead(seat.number);
      if (slot === NONE) return;
      task.slot = slot;
      seat.tasks.push(task);
      this.#post(seat, task);
      if (!this.#events.mayFill(seat)) return;
    }
  }

  /**
   * @param {Seat} seat
   * @param {Task} task
   */
  #post(seat, task) {
    seat.post(task, this.#inputs.get(task.slot), this.#tasks.optionsOf(task.slot)?.transfer);
    if (task.number !== undefined) this.#spin.extend();
    else if (task.error !== undefined) this.#unposted(seat, task);
    else if (task.wasTried) this.#retryLater();
    // Otherwise its thread is exiting, and the task waits for the end of the thread.
  }

  #retryLater() {
    this.#hasUnposted = true;
    this.#events.interrupted();
  }

  /**
   * @param {Seat} seat
   * @param {Task} task
   */
  #unposted(seat, task) {
    if (seat.running === task) this.#events.unposted(seat, task);
  }

  /**
   * Recalls the tasks that the thread of a seat has not begun.
   * @param {Seat} seat
   * @param {Task} running The first task of the seat.
   * @returns {boolean} whether there were any.
   */
  recall(seat, running) {
    if (running.isStopped) return false; // it is settled, so no other thread may run it
    const recalled = seat.recall();
    if (recalled.length === 0) return false;
    const hasBegun = recalled[0] !== running;
    this.#mayWait = true;
    this.#queue.recall(seat.number, hasBegun ? recalled.length : recalled.length - 1);
    if (!hasBegun) {
      this.#queue.putBack(seat.number);
      this.#events.limited(this.#queue.firstLimit());
      this.#becomeIdle(seat);
    }
    return true;
  }

  /**
   * Called when a seat has no task left.
   * @param {Seat} seat
   */
  #becomeIdle(seat) {
    this.#hasChanged = true;
    if (seat.isOpen) this.#events.idle(seat);
    if (seat.isOpen) (seat.isReady ? this.#free : this.#loading).push(seat);
  }

  /**
   * Recalls tasks that some thread has not begun and that a free one could run.
   * @returns {boolean} whether there were any.
   */
  #recallAny() {
    return (
      this.#seats.some((seat) => this.#recallAhead(seat)) || this.#seats.some((seat) => this.#recallAssigned(seat))
    );
  }

  /**
   * Recalls the task of a seat whose thread is loading its file, unless something was moved there with the task.
   * @param {Seat} seat
   * @returns {boolean} whether it was recalled.
   */
  #recallAssigned(seat) {
    const { running } = seat;
    if (seat.isReady || running === undefined) return false;
    return this.#tasks.optionsOf(running.slot)?.transfer === undefined && this.recall(seat, running);
  }

  /**
   * Recalls what was posted ahead to the thread of a seat.
   * @param {Seat} seat
   * @returns {boolean} whether there was anything.
   */
  #recallAhead(seat) {
    const { running } = seat;
    return running !== undefined && seat.tasks.length > 1 && this.recall(seat, running);
  }

  /** Recalls what waits for threads that have not ended a task since the last search. */
  #recallOvertaken() {
    this.#endedSinceSearch = 0;
    for (const seat of this.#seats) {
      if (!seat.hasProgressed && !this.#recallAhead(seat)) this.#recallAssigned(seat);
      seat.hasProgressed = false;
    }
  }
}

/**
 * @param {Seat[]} seats
 * @param {Seat} seat
 */
function remove(seats, seat) {
  const index = seats.indexOf(seat);
  if (index !== -1) seats.splice(index, 1);
}

module.exports = { Placement };
