'use strict';

// The signals of a pool's tasks. Tasks that share a signal share one listener: a thousand listeners would cost a
// thousand times as much, and Node.js warns of a leak above ten.
//
// A signal need not be one of Node.js, see options.js: its methods and getters may be the caller's code, which may
// throw and may call the pool. They are called before a task takes its slot and after it has settled, never between.

const { later } = require('./event-loop');

/** Whether it has aborted. Throws what the signal does. */
const isAborted = (signal) => signal !== undefined && Boolean(signal.aborted);

/** Why it has, as far as it says. */
function reasonOf(signal) {
  try {
    return signal.reason;
  } catch {
    return undefined;
  }
}

function stopListening(signal, listener) {
  try {
    signal.removeEventListener('abort', listener);
  } catch {
    // It keeps a listener that finds nothing to abort.
  }
}

/** One listener of a signal, and the slots of the tasks that it aborts. */
class Watch {
  signal;
  slots = new Set();
  /** The listener was called, whatever the signal says of itself. */
  isAborted = false;
  listener;

  constructor(signal) {
    this.signal = signal;
  }
}

class AbortSignals {
  /** The watches that tasks can share, by signal. */
  #watches = new Map();
  #abort;
  #finish;

  /**
   * @param {(slot: number, watch: Watch) => void} abort Called for each of a signal's tasks when it aborts.
   * @param {() => void} finish Called when that has been done for all of them.
   */
  constructor(abort, finish) {
    this.#abort = abort;
    this.#finish = finish;
  }

  /**
   * Listens to a signal for a task that is about to be submitted. Throws what the signal does.
   * @returns {Watch} to `enter` with the task's slot, or to `leave` without.
   */
  watch(signal) {
    const known = this.#watches.get(signal);
    if (known !== undefined) return known;
    const watch = new Watch(signal);
    watch.listener = () => this.#aborted(watch);
    signal.addEventListener('abort', watch.listener, { __proto__: null, once: true });
    // The signal may have run code that watches it too: then the two have a listener each.
    if (!this.#watches.has(signal)) this.#watches.set(signal, watch);
    return watch;
  }

  /** The task in `slot` is aborted with the signal from now on. */
  enter(watch, slot) {
    watch.slots.add(slot);
  }

  /** The task in `slot`, if it ever entered, has ended. */
  leave(watch, slot) {
    watch.slots.delete(slot);
    if (watch.slots.size > 0) return;
    if (this.#watches.get(watch.signal) === watch) this.#watches.delete(watch.signal);
    stopListening(watch.signal, watch.listener);
  }

  /** There are no tasks left. */
  leaveAll() {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    for (const { signal, listener } of watches) stopListening(signal, listener);
  }

  #aborted(watch) {
    watch.isAborted = true;
    // Nobody joins it any more: its listener is not called again.
    if (this.#watches.get(watch.signal) === watch) this.#watches.delete(watch.signal);
    if (watch.slots.size === 0) return;
    try {
      // Once more in the next turn, if this is interrupted by the end of the stack or by a time limit of node:vm.
      later(() => this.#abortAll(watch));
      this.#abortAll(watch);
    } catch {
      // The stack is exhausted.
    }
  }

  #abortAll(watch) {
    // Over a copy: those that end by it leave.
    for (const slot of [...watch.slots]) this.#abort(slot, watch);
    this.#finish();
  }
}

module.exports = { AbortSignals, isAborted, reasonOf, stopListening };
