'use strict';

// The clock and the turns of the event loop for the rest of the package. Both come from the addon, because programs
// often replace JavaScript's timers and clocks before this package is loaded. No other file uses JavaScript's. The
// timers are in deadline-timer.js.

const addon = require('./addon');
const { IS_LOOP_OF_NODE } = require('./runtime');
const { weakCallback } = require('./weak-callback');

/**
 * The functions of the addon's `EventLoop`. Times are in milliseconds on the clock of `now()`.
 * @typedef {object} LoopFunctions
 * @property {() => number} now A monotonic clock.
 * @property {() => void} next Requests a call of `turn` in the next turn, and keeps the process alive.
 * @property {() => void} rest Lets the process end.
 * @property {(isNeeded: boolean) => void} keepAlive Keeps the process alive, or lets it end.
 * @property {(time: number) => void} arm Requests a call of `timeout` at `time`, in place of an earlier request.
 * @property {() => void} disarm Cancels the request of `arm`.
 */

/**
 * Functions to call in the next turn.
 * @type {((() => void) | undefined)[]}
 */
let waiting = [];
/**
 * The functions of the current turn, and how many of them were called.
 * @type {((() => void) | undefined)[]}
 */
let due = [];
let called = 0;

/**
 * What the addon calls. The addon keeps it alive only while a call is requested, so that a context can be collected.
 */
const target = {
  __proto__: null,
  turn,
  timeout() {},
  /** How many callers keep the process alive, not counting functions that wait for a turn. */
  refs: 0,
};

const { now, next, rest, keepAlive, arm, disarm } = /** @type {LoopFunctions} */ (
  new addon.EventLoop(target, weakCallback(target, 'turn'), weakCallback(target, 'timeout'), IS_LOOP_OF_NODE).functions(
    { __proto__: null },
  )
);

// The end of the stack or a time limit of node:vm may interrupt any call. So the next turn is requested before anything
// is recorded: a turn without a function does no harm, but a function without a turn would be lost.

/**
 * Calls one function of this turn. The addon settles promises between two calls.
 * @returns {boolean} whether to call this again in the same turn.
 */
function turn() {
  if (called === due.length) {
    due.length = called = 0;
    const empty = due;
    due = waiting;
    waiting = empty;
  }
  const fn = due[called];
  due[called++] = undefined;
  if (fn !== undefined) attempt(fn);
  const isMore = called < due.length;
  if (isMore) next();
  else if (waiting.length === 0) rest(); // otherwise `later` has requested the next turn
  return isMore;
}

/**
 * Calls a function, and reports what it throws as an uncaught exception.
 * @param {() => void} fn
 */
function attempt(fn) {
  try {
    fn();
  } catch (error) {
    raise(error);
  }
}

/**
 * Reports an uncaught exception: 'uncaughtException' is emitted, or the process ends.
 * @param {unknown} error
 */
function raise(error) {
  addon.raise(error);
}

/**
 * Calls `fn` in the next turn of the event loop, as `setImmediate` does.
 * @param {() => void} fn
 */
function later(fn) {
  if (waiting.length === 0) next(); // it may have been requested already
  waiting[waiting.length] = fn;
}

/**
 * Calls `fn` as a microtask. What it throws is reported as an uncaught exception.
 * @param {() => void} fn
 */
async function soon(fn) {
  await undefined; // no `then`, which a program may replace
  attempt(fn);
}

/** Keeps the process alive until `unrefProcess` has been called as often. */
function refProcess() {
  // The count comes last: the end of the stack may interrupt the call.
  if (target.refs === 0) keepAlive(true);
  target.refs++;
}

function unrefProcess() {
  if (target.refs === 1) keepAlive(false);
  target.refs--;
}

/** The native timer, for deadline-timer.js. It calls `onTimeout` at the time that was armed last. */
const timer = {
  __proto__: null,
  arm,
  disarm,
  /** @param {() => void} fn */
  set onTimeout(fn) {
    target.timeout = fn;
  },
};

module.exports = { now, attempt, later, soon, raise, refProcess, unrefProcess, timer };
