'use strict';

// The numbers that both sides of the addon use. src/protocol.rs documents them.

/** How a task has ended. */
const OUTCOME = {
  __proto__: null,
  NONE: -1,
  COMPLETED: 0,
  FAILED: 1,
  TIMED_OUT: 2,
  QUEUE_TIMED_OUT: 3,
  GIVEN_UP: 4,
};

/** The records that `collect` writes: outcomes of tasks, and events. */
const RECORD = {
  __proto__: null,
  LENGTH: 3,
  CLOSED: 5,
  WORKER_CRASHED: 6,
  THREAD_MISSING: 7,
  ROOM_FREED: 8,
  ANSWERED: 9,
  BYTES: 10,
  TEXT: 11,
  PROGRESSED: 12,
  SPAN: 8192,
};

/** The submission ring. */
const RING = {
  __proto__: null,
  SUBMITTED: 0,
  TAKEN: 16,
  NEEDS_WAKEUP: 32,
  CELLS: 48,
  CELL: 4,
  TIMES: 49,
  INPUT: 25,
  CAPACITY: 512,
};

/** What the functions of an external schedule accept and return, besides outcomes. */
const SCHEDULE = {
  __proto__: null,
  NONE: -1,
  CRASHED: 5,
  MORE: 2 ** 30,
};

module.exports = { OUTCOME, RECORD, RING, SCHEDULE };
