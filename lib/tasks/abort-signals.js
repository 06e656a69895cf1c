'use strict';

// The signals that a pool's tasks, maps and streams are aborted by. All that share a signal share one listener: a
// thousand listeners would cost a thousand times as much, and Node.js warns of a leak above ten.
//
// A signal need not be one of Node.js, see options.js: its methods and getters may be the caller's code, which may
// throw and may call the pool. They are called before a task takes its slot and after it has settled, never between.

const { attempt, later } = require('../platform/event-loop');

/** Whether it has aborted. Throws what the signal does. */
const isAborted = (signal) => Boolean(signal.aborted);

/** Why it has, as far as it says. */
function reasonOf(signal) {
  try {
    return signal.reason;
  } catch {
    return undefined;
  }
}

/** One listener of a signal, and what it aborts. */
class Watch {
  signal;
  listener;
  /** The task of tasks, and functions that abort a map or a stream. */
  members = new Set();
  /** The listener was called, whatever the signal says of itself. */
  isAborted = false;

  constructor(signal) {
    this.signal = signal;
  }
}

function stopListening({ signal, listener }) {
  try {
    signal.removeEventListener('abort', listener);
  } catch {
    // It keeps a listener that finds nothing to abort.
  }
}

class AbortSignals {
  /** The watches that can be joined, by signal. */
  #watches = new Map();
  /** Those whose signal has aborted in this turn of the event loop. */
  #aborting = [];
  #abort;
  #finish;

  /**
   * @param {(task: object) => void} abort Called with the task of each of a signal's tasks when it aborts.
   * @param {() => void} finish Called when all that a signal aborts has been aborted.
   */
  constructor(abort, finish) {
    this.#abort = abort;
    this.#finish = finish;
  }

  /**
   * From now on a signal aborts `member`, which is the task of a task or a function. Throws what the signal does.
   * @returns {Watch | undefined} what it has to `leave`, or undefined if the signal has aborted.
   */
  watch(signal, member) {
    if (isAborted(signal)) return undefined;
    const watch = this.#watches.get(signal) ?? this.#listen(signal);
    watch.members.add(member);
    try {
      // It may have aborted while it was asked.
      if (!watch.isAborted && !isAborted(signal)) return watch;
    } catch (error) {
      this.leave(watch, member);
      throw error;
    }
    this.leave(watch, member);
    return undefined;
  }

  /** The signal does not abort `member` any more. */
  leave(watch, member) {
    watch.members.delete(member);
    if (watch.members.size > 0) return;
    this.#forget(watch);
    stopListening(watch);
  }

  /** No task has a slot any more. */
  leaveTasks() {
    const left = [];
    for (const { members } of this.#watches.values()) {
      for (const member of members) if (typeof member !== 'function' && member.slot !== undefined) left.push(member);
    }
    // To leave may run code that submits others.
    for (const task of left) this.leave(task.watch, task);
  }

  #listen(signal) {
    const watch = new Watch(signal);
    watch.listener = () => this.#aborted(watch);
    try {
      signal.addEventListener('abort', watch.listener, { __proto__: null, once: true });
    } catch (error) {
      stopListening(watch);
      throw error;
    }
    // The signal may have run code that watches it too: then the two have a listener each.
    if (!watch.isAborted && !this.#watches.has(signal)) this.#watches.set(signal, watch);
    return watch;
  }

  /** Nobody can join it any more. */
  #forget(watch) {
    if (this.#watches.get(watch.signal) === watch) this.#watches.delete(watch.signal);
  }

  #aborted(watch) {
    watch.isAborted = true;
    this.#forget(watch); // its listener is not called again
    if (watch.members.size === 0) return;
    try {
      // Once more in the next turn, if this is interrupted by the end of the stack or by a time limit of node:vm.
      if (this.#aborting.length === 0) later(this.#abortAgain);
      this.#aborting.push(watch);
      this.#abortAll(watch);
    } catch {
      // The stack is exhausted.
    }
  }

  #abortAgain = () => {
    for (const watch of this.#aborting.splice(0)) this.#abortAll(watch);
  };

  #abortAll(watch) {
    // Over a copy: those that end by it leave.
    for (const member of [...watch.members]) {
      if (typeof member === 'function') attempt(member);
      else this.#abort(member);
    }
    this.#finish();
  }
}

module.exports = { AbortSignals, reasonOf };
