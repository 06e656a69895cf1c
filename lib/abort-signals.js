'use strict';

// The signals of a pool's tasks. Many tasks may share one, which gets a single listener all the same: a
// thousand would cost a thousand times as much, and have Node.js warn of a leak.

// A signal need not be one of Node.js, see options.js. What it throws must not cost other tasks their results.

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

class AbortSignals {
  /** The slots of the tasks that a signal is to abort, and what listens to it. */
  #watched = new Map();
  #abort;

  /** @param {(slot: number) => void} abort Called for each of a signal's tasks when it aborts. */
  constructor(abort) {
    this.#abort = abort;
  }

  /** Throws what the signal does; then nothing is watched. */
  watch(signal, slot) {
    const known = this.#watched.get(signal);
    if (known !== undefined) {
      known.slots.add(slot);
      return;
    }
    const slots = new Set([slot]);
    // Over a copy, from which those that end by it are not missing.
    const listener = () => [...slots].forEach(this.#abort);
    try {
      signal.addEventListener('abort', listener, { once: true });
    } catch (error) {
      slots.clear(); // should it call the listener all the same
      throw error;
    }
    this.#watched.set(signal, { slots, listener });
  }

  /** The task has ended. */
  leave(signal, slot) {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return; // it could not be
    const { slots, listener } = watched;
    slots.delete(slot);
    if (slots.size > 0) return;
    this.#watched.delete(signal);
    stopListening(signal, listener);
  }

  /** There are no tasks left. */
  leaveAll() {
    for (const [signal, { listener }] of this.#watched) stopListening(signal, listener);
    this.#watched.clear();
  }
}

module.exports = { AbortSignals, isAborted, reasonOf, stopListening };
