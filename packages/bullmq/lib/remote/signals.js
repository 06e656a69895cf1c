'use strict';

// The signals of tasks, maps and streams. All that share a signal share one listener: Node.js warns of a leak above ten.

class Signals {
  /** @type {Map<AbortSignal, { members: Set<() => void>, listener: () => void }>} */
  #watched = new Map();

  /**
   * @param {AbortSignal} signal It has not aborted.
   * @param {() => void} member Called once, when it aborts.
   */
  join(signal, member) {
    let watch = this.#watched.get(signal);
    if (watch === undefined) {
      const members = new Set();
      const listener = () => {
        this.#watched.delete(signal);
        for (const each of [...members]) each();
      };
      watch = { members, listener };
      this.#watched.set(signal, watch);
      signal.addEventListener('abort', listener, { once: true });
    }
    watch.members.add(member);
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => void} member
   */
  leave(signal, member) {
    const watch = this.#watched.get(signal);
    if (!watch?.members.delete(member) || watch.members.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  }
}

module.exports = { signals: new Signals() };
