'use strict';

// Returns tasks to the queue that were posted to a thread, which has not begun them: another thread may run them sooner.

/** @typedef {InstanceType<typeof import('../tasks/tasks').Tasks>} Tasks */
/** @typedef {import('./placement').ScheduleFunctions} ScheduleFunctions */
/** @typedef {InstanceType<typeof import('./row').Row>} Row */
/** @typedef {InstanceType<typeof import('./seat').Assignment>} Task */
/** @typedef {InstanceType<typeof import('./seat').Seat>} Seat */
/** @typedef {InstanceType<typeof import('./thread').FileThread>} FileThread */

/**
 * @typedef {object} RecallEvents
 * @property {(row: Row, isFreed: boolean) => void} requeued Tasks of a row were recalled. `isFreed` is whether a seat of
 *   the row has no task left.
 * @property {(seat: Seat, task: Task) => void} revoked The task of a seat was recalled while it was being stopped.
 */

/**
 * A task that was posted ahead may wait behind a long one while other seats run tasks that were submitted later. After
 * this many of them, it is recalled and runs next.
 */
const MAX_OVERTAKING = 16;

class Recalls {
  /** @type {ScheduleFunctions} */
  #queue;
  /** @type {Row[]} */
  #rows;
  /** @type {Tasks} */
  #tasks;
  /** @type {RecallEvents} */
  #events;
  /** How many tasks have ended since the last search for overtaken tasks. */
  #endedSinceSearch = 0;

  /**
   * @param {ScheduleFunctions} queue
   * @param {Row[]} rows
   * @param {Tasks} tasks
   * @param {RecallEvents} events
   */
  constructor(queue, rows, tasks, events) {
    this.#queue = queue;
    this.#rows = rows;
    this.#tasks = tasks;
    this.#events = events;
  }

  /**
   * Recalls the tasks that the thread of a row has not begun, unless another task is being posted to it. A task that is
   * being stopped is not queued again, since it is settled.
   * @param {Row} row
   * @param {Seat} [wanted] Its task is recalled although objects were moved with it. If the thread has other such tasks,
   *   none is recalled: what was moved would be lost.
   */
  recall(row, wanted) {
    if (row.isPosting || row.seats.some((seat) => seat !== wanted && this.#hasMoved(seat))) return;
    this.recallAll(row);
  }

  /**
   * Recalls the tasks that the thread of a row has not begun, even if objects were moved with them. A task whose objects
   * have not come back fails when it is posted again.
   * @param {Row} row No task is being posted to its thread.
   */
  recallAll(row) {
    const begun = /** @type {FileThread} */ (row.thread).recall();
    for (const seat of row.seats) this.#recallAfter(seat, begun);
  }

  /**
   * @param {Seat} seat
   * @returns {boolean} whether objects were moved with its task, which the thread is still to run, and have not come back.
   */
  #hasMoved({ row, running }) {
    if (running?.number === undefined || running.isReturned || running.isStopped) return false;
    if (this.#tasks.optionsOf(running.slot)?.transfer === undefined) return false;
    return !(/** @type {FileThread} */ (row.thread).hasBegun(running.number));
  }

  /**
   * @param {Seat} seat
   * @param {number} begun The number of the task that its thread has begun last.
   */
  #recallAfter(seat, begun) {
    const { running } = seat;
    if (running === undefined) return;
    const count = seat.countUpTo(begun);
    if (count === 0 && running.isStopped) {
      running.isRecalled = true;
      this.#events.revoked(seat, running);
      return;
    }
    // A task that should run but was not posted counts as begun, unless the thread is ending.
    const isUnposted = count === 0 && running.number === undefined && seat.row.isOpen;
    this.putBack(seat, isUnposted ? 1 : count);
  }

  /**
   * Requeues tasks that the thread of a seat will not run.
   * @param {Seat} seat
   * @param {number} from The index of the first.
   */
  putBack(seat, from) {
    const { length } = seat.remove(from);
    if (length === 0) return;
    const isFreed = from === 0;
    this.#queue.recall(seat.number, isFreed ? length - 1 : length);
    if (isFreed) this.#queue.putBack(seat.number);
    this.#events.requeued(seat.row, isFreed);
  }

  /**
   * Recalls tasks that other threads have not begun, for a thread that could run them.
   * @param {Row} row
   * @returns {boolean} whether any was recalled.
   */
  recallFor(row) {
    if (row.taken > 0) return false;
    return (
      this.#rows.some((other) => this.recallAhead(other)) || this.#rows.some((other) => this.#recallUnbegun(other))
    );
  }

  /**
   * Recalls the tasks of a thread that is loading its file, and those that a thread has not begun although it runs
   * another one, unless something was moved there with them.
   * @param {Row} row
   * @returns {boolean} whether any was recalled.
   */
  #recallUnbegun(row) {
    const { taken } = row;
    if (taken === 0 || (row.isReady && taken === 1)) return false;
    this.recall(row);
    return row.taken < taken;
  }

  /**
   * Recalls what was posted ahead to the thread of a row.
   * @param {Row} row
   * @returns {boolean} whether there was anything.
   */
  recallAhead(row) {
    const { tasks } = row.seats[0];
    const { length } = tasks;
    if (length < 2) return false;
    this.recall(row);
    return tasks.length < length;
  }

  /**
   * Called when a task of a seat has ended.
   * @param {Seat} seat
   */
  ended(seat) {
    seat.hasProgressed = true;
    if (++this.#endedSinceSearch >= MAX_OVERTAKING) this.#recallOvertaken();
  }

  /** Recalls what waits for threads that have not ended a task since the last search. */
  #recallOvertaken() {
    this.#endedSinceSearch = 0;
    for (const row of this.#rows) {
      if (!row.seats.some((seat) => seat.hasProgressed) && !this.recallAhead(row) && !row.isReady)
        this.#recallUnbegun(row);
      for (const seat of row.seats) seat.hasProgressed = false;
    }
  }
}

module.exports = { Recalls };
