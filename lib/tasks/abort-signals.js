'use strict';

// The signals that abort a pool's tasks, maps and streams. All members of a signal share one listener: a thousand
// listeners would cost a thousand times as much, and Node.js warns of a leak above ten.
//
// A signal need not be one of Node.js, see options.js. Its methods and getters may be the caller's code, which may
// throw and may call the pool. They are called before a task takes its slot and after it has settled, never between.

const { addAbortListener } = require('node:events');
const { attempt, later } = require('../platform/event-loop');

const { AbortSignal } = globalThis; // before a program can replace it

/** @typedef {import('./task-options').TaskOptions} TaskOptions */

/**
 * @typedef {object} Signal
 * @property {boolean} aborted
 * @property {unknown} [reason]
 * @property {(type: 'abort', listener: () => void, options?: { once?: boolean }) => void} addEventListener
 * @property {(type: 'abort', listener: () => void) => void} removeEventListener
 */

/** @typedef {TaskOptions | (() => void)} Member The options of a task, or a function that aborts a map or a stream. */

/**
 * @param {Signal} signal
 * @returns {boolean} whether it has aborted.
 * @throws the error of a getter or method of the signal.
 */
const isAborted = (signal) => Boolean(signal.aborted);

/**
 * @param {Signal} signal
 * @returns {unknown} why it has aborted; `undefined` if that cannot be read.
 */
function reasonOf(signal) {
  try {
    return signal.reason;
  } catch {
    return undefined;
  }
}

/** One listener of a signal, and what it aborts. */
class Watch {
  /** @type {Signal} */
  signal;
  /** @type {() => void} */
  listener;
  /** @type {Set<Member>} */
  members = new Set();
  /** The listener was called, whatever the signal's `aborted` is. */
  isAborted = false;

  /**
   * @param {Signal} signal
   * @param {(watch: Watch) => void} aborted Called when the signal aborts.
   */
  constructor(signal, aborted) {
    this.signal = signal;
    this.listener = () => aborted(this);
  }
}

/** The options of a listener that no other one keeps from the event by `stopImmediatePropagation`, if the runtime can. */
const ALWAYS = Object.freeze({ __proto__: null, ...optionsOfAbortListener(), once: true });

/**
 * @returns {object | undefined} the options that `addAbortListener` passes, whose symbol has no other source. Calling
 *   it for each task would cost 20 to 30 us whenever its code is not in the caches.
 */
function optionsOfAbortListener() {
  /** @type {object | undefined} */
  let options;
  const recorder = {
    aborted: false,
    addEventListener(/** @type {unknown} */ _type, /** @type {unknown} */ _listener, /** @type {object} */ given) {
      options = given;
    },
  };
  try {
    addAbortListener?.(/** @type {AbortSignal} */ (/** @type {unknown} */ (recorder)), () => {});
  } catch {
    // A runtime that accepts only its own signals.
  }
  return options;
}

/**
 * Adds the listener of a watch.
 * @param {Watch} watch
 * @throws the error of a getter or method of the signal.
 */
function startListening({ signal, listener }) {
  const isBuiltIn = signal instanceof AbortSignal;
  const options = isBuiltIn ? ALWAYS : /** @type {object} */ ({ __proto__: null, once: true });
  signal.addEventListener('abort', listener, options);
}

/** @param {Watch} watch */
function stopListening({ signal, listener }) {
  try {
    signal.removeEventListener('abort', listener);
  } catch {
    // The signal keeps a listener that finds nothing to abort.
  }
}

class AbortSignals {
  /**
   * The watches that can be joined, by signal.
   * @type {Map<Signal, Watch>}
   */
  #watches = new Map();
  /**
   * Those whose signal has aborted in this turn of the event loop.
   * @type {Watch[]}
   */
  #aborting = [];
  #abort;
  #finish;

  /**
   * @param {(options: TaskOptions) => void} abort Called for each task of a signal that aborts.
   * @param {() => void} finish Called when all members of a signal have been aborted.
   */
  constructor(abort, finish) {
    this.#abort = abort;
    this.#finish = finish;
  }

  /**
   * Adds a member to those that a signal aborts.
   * @param {Signal} signal
   * @param {Member} member
   * @returns {Watch | undefined} what the member has to `leave`; `undefined` if the signal has aborted.
   * @throws the error of a getter or method of the signal.
   */
  watch(signal, member) {
    if (isAborted(signal)) return undefined;
    const watch = this.#watches.get(signal) ?? this.#listen(signal);
    watch.members.add(member);
    try {
      // The getter may have aborted the signal.
      if (!watch.isAborted && !isAborted(signal)) return watch;
    } catch (error) {
      this.leave(watch, member);
      throw error;
    }
    this.leave(watch, member);
    return undefined;
  }

  /**
   * Removes a member from those that the signal aborts.
   * @param {Watch} watch
   * @param {Member} member
   */
  leave(watch, member) {
    watch.members.delete(member);
    if (watch.members.size > 0) return;
    this.#forget(watch);
    stopListening(watch);
  }

  /** Removes all tasks. Called when no task has a slot. */
  leaveTasks() {
    const tasks = [];
    for (const { members } of this.#watches.values()) {
      for (const member of members) if (typeof member !== 'function' && member.slot !== undefined) tasks.push(member);
    }
    // `leave` may run code that submits others.
    for (const task of tasks) this.leave(/** @type {Watch} */ (task.watch), task);
  }

  /**
   * @param {Signal} signal
   * @returns {Watch}
   */
  #listen(signal) {
    const watch = new Watch(signal, this.#aborted);
    try {
      startListening(watch);
    } catch (error) {
      stopListening(watch);
      throw error;
    }
    // The signal may have run code that watches the same signal. Then both watches have a listener of their own.
    if (!watch.isAborted && !this.#watches.has(signal)) this.#watches.set(signal, watch);
    return watch;
  }

  /**
   * Prevents further members from joining a watch.
   * @param {Watch} watch
   */
  #forget(watch) {
    if (this.#watches.get(watch.signal) === watch) this.#watches.delete(watch.signal);
  }

  #aborted = (/** @type {Watch} */ watch) => {
    watch.isAborted = true;
    this.#forget(watch); // its listener is not called again
    if (watch.members.size === 0) return;
    try {
      // Once more in the next turn, in case the end of the stack or a time limit of node:vm interrupts this.
      if (this.#aborting.length === 0) later(this.#abortAgain);
      this.#aborting.push(watch);
      this.#abortAll(watch);
    } catch {
      // The stack is exhausted.
    }
  };

  #abortAgain = () => {
    for (const watch of this.#aborting.splice(0)) this.#abortAll(watch);
  };

  /** @param {Watch} watch */
  #abortAll(watch) {
    // Iterates over a copy: aborted members leave.
    for (const member of [...watch.members]) {
      if (typeof member === 'function') attempt(member);
      else this.#abort(member);
    }
    this.#finish();
  }
}

module.exports = { AbortSignals, reasonOf };
