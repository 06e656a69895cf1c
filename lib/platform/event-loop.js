'use strict';

// The clock, timers and turns of the event loop for the rest of the package. They come from the addon: those
// of JavaScript are replaced by fake timers, often before this package is loaded, and may then never fire.
// No other file uses them.

const addon = require('./addon');
const { weakCallback } = require('./weak-callback');
const { IS_LOOP_OF_NODE } = require('./runtime');

/** Functions for the next turn of the loop. */
let waiting = [];
/** Those of the turn under way, and how many of them were called. */
let due = [];
let called = 0;
/** Alarms that will ring. */
const armed = new Set();
/** The time that the native timer will ring at. */
let armedFor = Infinity;

/** What the addon calls. While it is not asked to, it lets all of this be collected. */
const target = {
  __proto__: null,
  turn,
  look,
  /** What keeps the process alive, beside functions that wait for their turn. */
  holds: 0,
};

const { now, next, rest, keepAlive, arm, disarm } = new addon.EventLoop(
  target,
  weakCallback(target, 'turn'),
  weakCallback(target, 'look'),
  IS_LOOP_OF_NODE,
).functions({ __proto__: null });

// Calls may be interrupted at any point, by the end of the stack or by a time limit of node:vm. So the next turn is
// asked for, or the timer armed, before anything is noted: it may come for nothing, but never fails to.

// One function each time, so that promises are settled between two of them.
/** @returns {boolean} whether to call this again in the same turn. */
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
  if (isMore || waiting.length > 0) next();
  else rest();
  return isMore;
}

/** Calls a function. What it throws is reported as an exception that nobody has caught. */
function attempt(fn) {
  try {
    fn();
  } catch (error) {
    raise(error);
  }
}

/** Reports an exception that nobody has caught: 'uncaughtException', or the end of the process. */
function raise(error) {
  addon.raise(error);
}

/** Calls `fn` in a later turn of the event loop, as `setImmediate` does. */
function later(fn) {
  if (waiting.length === 0) next(); // which may have been asked for already
  waiting[waiting.length] = fn;
}

/** Calls `fn` when the code that runs now has ended, before the event loop goes on. */
async function soon(fn) {
  await undefined; // and no `then`, which a program may replace
  attempt(fn);
}

/** Keeps the process alive until `release` is called as often. */
function hold() {
  if (target.holds++ === 0) keepAlive(true);
}

function release() {
  if (--target.holds === 0) keepAlive(false);
}

/** A timer that rings at the earliest of the times that it was asked for. It does not keep the process alive. */
class Alarm {
  #ring;
  /** When it rings. */
  #at = Infinity;

  /**
   * @param {() => number | undefined} ring What is called then. It may return in how many milliseconds to ring again.
   */
  constructor(ring) {
    this.#ring = ring;
  }

  /** Rings in so many milliseconds, if it would not before. `Infinity` changes nothing. */
  within(milliseconds) {
    const at = now() + milliseconds;
    if (!(at < this.#at)) return;
    if (at < armedFor) {
      arm(at);
      armedFor = at;
    }
    armed.add(this);
    this.#at = at;
  }

  stop() {
    if (this.#at === Infinity) return;
    this.#at = Infinity;
    armed.delete(this);
    if (armed.size > 0) return;
    armedFor = Infinity;
    disarm();
  }

  /** When an alarm rings. */
  static timeOf(alarm) {
    return alarm.#at;
  }

  /** An alarm's time has come. */
  static ring(alarm) {
    alarm.stop();
    const again = alarm.#ring();
    if (again !== undefined) alarm.within(again);
  }
}

/** The native timer has rung. */
function look() {
  armedFor = Infinity;
  const time = now();
  for (const alarm of [...armed]) if (Alarm.timeOf(alarm) <= time) attempt(() => Alarm.ring(alarm));
  let first = Infinity;
  for (const alarm of armed) first = Math.min(first, Alarm.timeOf(alarm));
  if (armed.size === 0) disarm();
  if (first >= armedFor) return;
  armedFor = first;
  arm(first);
}

module.exports = { now, attempt, later, soon, raise, hold, release, Alarm };
