'use strict';

// The clock and the turns of the event loop for the rest of the package. They come from the addon, since programs replace
// JavaScript's timers and clocks by fake ones, often before this package is loaded. No other file uses JavaScript's. The timers
// are in deadline-timer.js.

const addon = require('./addon');
const { IS_LOOP_OF_NODE } = require('./runtime');
const { weakCallback } = require('./weak-callback');

/** Functions to be called in the next turn. */
let waiting = [];
/** The functions of the current turn, and how many of them were called. */
let due = [];
let called = 0;

/** What the addon calls. It keeps this alive only while a call is requested, so that a context can be collected. */
const target = {
  __proto__: null,
  turn,
  timeout() {},
  /** How many callers keep the process alive, not counting functions that wait for a turn. */
  refs: 0,
};

const { now, next, rest, keepAlive, arm, disarm } = new addon.EventLoop(
  target,
  weakCallback(target, 'turn'),
  weakCallback(target, 'timeout'),
  IS_LOOP_OF_NODE,
).functions({ __proto__: null });

// The end of the stack or a time limit of node:vm may interrupt any call. So the next turn is requested before anything is
// recorded: a turn without a function does no harm, a function without a turn would be lost.

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
  else if (waiting.length === 0) rest(); // else `later` has requested the next turn
  return isMore;
}

/** Calls a function, and reports what it throws as an uncaught exception. */
function attempt(fn) {
  try {
    fn();
  } catch (error) {
    raise(error);
  }
}

/** Reports an uncaught exception: 'uncaughtException' is emitted, or the process ends. */
function raise(error) {
  addon.raise(error);
}

/** Calls `fn` in the next turn of the event loop, as `setImmediate` does. */
function later(fn) {
  if (waiting.length === 0) next(); // it may have been requested already
  waiting[waiting.length] = fn;
}

/** Calls `fn` as a microtask. */
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

/** The native timer, for deadline-timer.js: it calls `onTimeout` at the time that was armed last. */
const timer = {
  __proto__: null,
  arm,
  disarm,
  set onTimeout(fn) {
    target.timeout = fn;
  },
};

module.exports = { now, attempt, later, soon, raise, refProcess, unrefProcess, timer };
