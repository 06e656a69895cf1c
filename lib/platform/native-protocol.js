'use strict';

// The numbers that both sides of the addon know. src/protocol.rs says what they mean.

/** The records that `collect` writes. */
const DELIVERY = {
  __proto__: null,
  RECORD: 3,
  COMPLETED: 0,
  FAILED: 1,
  CLOSED: 2,
  TIMED_OUT: 3,
  WAITED_TOO_LONG: 4,
  GIVEN_UP: 5,
  WORKER_CRASHED: 6,
  THREAD_MISSING: 7,
  VACATED: 8,
};

/** The memory that `post` writes. */
const INBOX = {
  __proto__: null,
  POSTED: 0,
  TAKEN: 16,
  UNSEEN: 32,
  CELLS: 48,
  CELL: 4,
  TIMES: 49,
  INPUT: 25,
  CAPACITY: 512,
};

/** What the functions of a dispatcher take and return. */
const DISPATCHER = {
  __proto__: null,
  NONE: -1,
  COMPLETED: 0,
  FAILED: 1,
  CRASHED: 2,
  COUNTS: 0,
  TIMED_OUT: 1,
  SETTLED: 2,
};

module.exports = { DELIVERY, INBOX, DISPATCHER };
