'use strict';

// The signals of a pool's tasks. Many tasks may share one, which gets a single listener all the same: a
// thousand would cost a thousand times as much, and have Node.js warn of a leak.

class AbortSignals {
  /** The slots of the tasks that a signal is to abort, and what listens to it. */
  #watched = new Map();
  #abort;

  /** @param {(slot: number) => void} abort Called for each of a signal's tasks when it aborts. */
  constructor(abort) {
    this.#abort = abort;
  }

  watch(signal, slot) {
    const known = this.#watched.get(signal);
    if (known !== undefined) {
      known.slots.add(slot);
      return;
    }
    const slots = new Set([slot]);
    // Over a copy, from which those that end by it are not missing.
    const listener = () => [...slots].forEach(this.#abort);
    this.#watched.set(signal, { slots, listener });
    signal.addEventListener('abort', listener, { once: true });
  }

  /** The task has ended. */
  leave(signal, slot) {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return; // it was not yet, when a call of `run` was interrupted
    const { slots, listener } = watched;
    slots.delete(slot);
    if (slots.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', listener);
  }

  /** There are no tasks left. */
  leaveAll() {
    for (const [signal, { listener }] of this.#watched) signal.removeEventListener('abort', listener);
    this.#watched.clear();
  }
}

module.exports = { AbortSignals };
