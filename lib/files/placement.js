'use strict';

// Which thread of a worker file's pool runs which task, and when tasks are posted to their threads.
//
// Posting a task clones its data, which may run the caller's code: getters. That code may submit tasks, abort them, and
// close the pool. So one call at a time places tasks, and continues until nothing is left to do.

const { Prefetch } = require('./prefetch');
const { OUTCOME, SCHEDULE } = require('../platform/native-protocol');
const { Recalls } = require('./recalls');
const { Assignment } = require('./seat');
const { EventLoopSpin } = require('./event-loop-spin');

/** @typedef {import('../tasks/pool-state').SubmitWith} SubmitWith */
/** @typedef {InstanceType<typeof import('../tasks/inputs').Values>} Values */
/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */

/**
 * The functions of an external schedule. Tasks are known by their slots, and times are in milliseconds. A worker of the
 * schedule is a seat. `NONE` stands for no task or worker. `MORE` is added to what `take`, `assign` and `finish` return if
 * tasks wait.
 * @typedef {object} ScheduleFunctions
 * @property {(slot: number, input: unknown) => string | null} submit Admits a task. Returns why it is refused, as a
 *   code.
 * @property {SubmitWith} submitWith
 * @property {(seat: number) => number} take Returns the task that a free worker is to run.
 * @property {(seat: number) => number} assign Returns the task that a worker is to run once it has started.
 * @property {(seat: number, ago: number) => void} begin Starts the time of such a task.
 * @property {() => number} lateAssigned Returns a worker whose task of that kind has waited for too long.
 * @property {(seat: number) => void} expireAssigned Settles that task, which cannot be put back.
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
 * @property {(row: Row) => void} begun A thread has got a task.
 * @property {(row: Row) => boolean} mayTake Whether a thread may get another task.
 * @property {(row: Row) => boolean} mayFill Whether a thread may get another task after those that it has.
 * @property {(row: Row) => void} freed A task of a row has ended, or was recalled. If that was its last one, its thread may
 *   be ended or replaced now.
 * @property {(seat: Seat, task: Task) => void} unposted The task that a seat is to run cannot be posted.
 * @property {(seat: Seat, task: Task) => void} revoked The task of a seat was recalled while it was being stopped.
 */

const { MORE } = SCHEDULE;
const { NONE } = OUTCOME;

/** How many tasks are posted ahead at once. A small number keeps tasks of different threads about in their order. */
const MAX_AHEAD_AT_ONCE = 2;

class Placement {
  /** @type {ScheduleFunctions} */
  #queue;
  /** @type {Row[]} */
  #rows;
  /** @type {Tasks} */
  #tasks;
  /** @type {Values} */
  #inputs;
  /** @type {PlacementEvents} */
  #events;
  /**
   * Rows whose threads are ready and have a seat without a task. The last is the next to get one, among those with the
   * fewest tasks.
   * @type {Row[]}
   */
  #free = [];
  /**
   * The same, of rows whose threads are loading their file.
   * @type {Row[]}
   */
  #loading = [];
  #prefetch = new Prefetch();
  /** @type {InstanceType<typeof Recalls>} */
  #recalls;
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
   * @param {Row[]} rows
   * @param {Tasks} tasks
   * @param {Values} inputs
   * @param {PlacementEvents} events
   */
  constructor(queue, rows, tasks, inputs, events) {
    this.#queue = queue;
    this.#rows = rows;
    this.#tasks = tasks;
    this.#inputs = inputs;
    this.#events = events;
    this.#recalls = new Recalls(queue, rows, tasks, {
      requeued: (row, isFreed) => this.#requeued(row, isFreed),
      revoked: events.revoked,
    });
  }

  /** Whether any thread has a task. */
  get isBusy() {
    return this.#rows.some((row) => row.taken > 0);
  }

  /**
   * The row whose thread has been ready and without a task for the longest time.
   * @returns {Row | undefined}
   */
  get longestIdle() {
    return this.#free.find(isIdle);
  }

  /** @returns {Row | undefined} */
  get loadingWithoutTask() {
    return this.#loading.findLast(isIdle);
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
   * Called when a row has a new thread, which loads its file.
   * @param {Row} row
   */
  loading(row) {
    this.#loading.unshift(row);
    this.place();
  }

  /**
   * Called when the thread of a row has loaded its file.
   * @param {Row} row
   * @param {number} ago How long ago, in milliseconds.
   */
  ready(row, ago) {
    for (const seat of row.seats) if (seat.running !== undefined) this.#queue.begin(seat.number, ago);
    if (row.taken > 0) this.#events.limited(this.#queue.firstLimit());
    remove(this.#loading, row);
    if (row.taken < row.seats.length) this.#freed(row);
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
    const next = seat.running;
    if (next === undefined) this.#freed(seat.row);
    else if (next.error !== undefined) this.#events.unposted(seat, next);
    this.#recalls.ended(seat);
    this.#place(seat);
  }

  /**
   * Called when the thread of a row has run its exit handlers and continues. Meanwhile it could not receive tasks with
   * `transfer`, or it returned one.
   * @param {Row} row
   */
  survived(row) {
    const running = row.seats.flatMap((seat) => seat.running ?? []);
    if (running.some(({ isReturned }) => isReturned)) this.#recalls.recallAll(row);
    if (running.some(({ number }) => number === undefined)) this.#retryLater();
    this.place();
  }

  /**
   * Called when the thread of a row has ended.
   * @param {Row} row
   */
  threadEnded(row) {
    remove(this.#free, row);
    remove(this.#loading, row);
  }

  /** Recalls everything that was posted ahead. */
  recallAllAhead() {
    for (const row of this.#rows) this.#recalls.recallAhead(row);
  }

  /**
   * See recalls.js.
   * @param {Row} row
   * @param {Seat} [wanted]
   */
  recall(row, wanted) {
    this.#recalls.recall(row, wanted);
  }

  /**
   * See recalls.js.
   * @param {Seat} seat
   * @param {number} from
   */
  putBack(seat, from) {
    this.#recalls.putBack(seat, from);
  }

  /** Places no more tasks, since all are about to be given up. */
  end() {
    this.#isEnded = true;
  }

  /** Drops the tasks that were posted ahead, which have been given up. */
  dropAhead() {
    for (const { seats } of this.#rows) for (const { tasks } of seats) tasks.splice(1);
  }

  /**
   * Finishes what interrupted calls have left undone. Called when none of the caller's code runs.
   * @returns {boolean} whether anything was left undone.
   */
  resume() {
    if (!this.#hasChanged && !this.#isPlacing && !this.#hasUnposted) return false;
    this.#hasUnposted = false;
    this.#isPlacing = true;
    for (const row of this.#rows) {
      row.isPosting = false;
      for (const seat of row.seats) this.#resumeSeat(seat);
    }
    this.#isPlacing = false;
    this.admitted(0);
    return true;
  }

  /** @param {Seat} seat Its task may not have been posted. */
  #resumeSeat(seat) {
    const task = seat.running;
    if (task === undefined || task.number !== undefined) return;
    if (task.error === undefined) this.#post(seat, task);
    else this.#events.unposted(seat, task);
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
      const row = this.#leastBusy(this.#free) ?? this.#leastBusy(this.#loading);
      if (row === undefined) return;
      // If the queue is empty, other threads may still have tasks that they have not begun.
      if (!(this.#mayWait && this.#begin(row)) && !(row.isReady && this.#recalls.recallFor(row))) return;
    }
  }

  /**
   * @param {Row[]} rows
   * @returns {Row | undefined} the row with the fewest tasks that may get another one, and the last of these.
   */
  #leastBusy(rows) {
    let least;
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = rows[i];
      if (!row.mayTake || !this.#events.mayTake(row)) continue;
      if (row.taken === 0) return row;
      if (least === undefined || row.taken < least.taken) least = row;
    }
    return least;
  }

  /**
   * Starts the next task on a thread.
   * @param {Row} row Has a seat without a task.
   * @returns {boolean} whether there is a task.
   */
  #begin(row) {
    const { isReady, seats } = row;
    let seat = seats[0];
    for (let i = 1; seat.tasks.length > 0; i++) seat = seats[i];
    const rows = isReady ? this.#free : this.#loading;
    const task = new Assignment();
    const taken = isReady ? this.#queue.take(seat.number) : this.#queue.assign(seat.number);
    this.#mayWait = taken >= MORE;
    if (taken === NONE) return false;
    const slot = taken >= MORE ? taken - MORE : taken;
    // No function is called until everything is recorded: the end of the stack could interrupt the call.
    task.slot = slot;
    seat.tasks[seat.tasks.length] = task;
    row.taken++;
    if (row.taken === seats.length) {
      // Removes the row, which is usually the last.
      let at = rows.length - 1;
      for (let above = rows[at]; above !== row; ) {
        at--;
        const below = rows[at];
        rows[at] = above;
        above = below;
      }
      rows.length--;
    }
    const options = this.#tasks.optionsOf(slot);
    this.#post(seat, task);
    this.#events.begun(row); // hooks of async_hooks may run, and abort the task
    if (isReady && options !== undefined) this.#events.limited(options.timeout);
    return true;
  }

  /**
   * Posts tasks ahead to the thread of a seat that runs one, if that thread runs one task at a time.
   * @param {Seat} seat
   * @param {Task} running
   */
  #fill(seat, running) {
    // Not behind a task with options: stopping that task may end the thread.
    if (
      !this.#mayWait ||
      seat.row.seats.length > 1 ||
      !seat.row.isOpen ||
      !this.#events.mayFill(seat.row) ||
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
      if (!this.#events.mayFill(seat.row)) return;
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
   * Called when tasks of a row were recalled.
   * @param {Row} row
   * @param {boolean} isFreed Whether a seat of the row has no task left.
   */
  #requeued(row, isFreed) {
    this.#mayWait = true;
    this.#hasChanged = true;
    if (!isFreed) return;
    this.#events.limited(this.#queue.firstLimit());
    this.#freed(row);
  }

  /**
   * Called when a row has one more seat without a task.
   * @param {Row} row
   */
  #freed(row) {
    this.#hasChanged = true;
    if (row.seats.length > 1) this.threadEnded(row);
    if (row.isOpen) this.#events.freed(row);
    if (!row.isOpen) return;
    if (row.isReady) this.#free.push(row);
    else this.#loading.unshift(row);
  }
}

/** @param {Row} row */
const isIdle = (row) => row.taken === 0;

/**
 * @param {Row[]} rows
 * @param {Row} row
 */
function remove(rows, row) {
  const index = rows.indexOf(row);
  if (index !== -1) rows.splice(index, 1);
}

module.exports = { Placement };
