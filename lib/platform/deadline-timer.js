'use strict';

// Timers for deadlines. They share the addon's timer, which no program can replace.

const { attempt, now, timer } = require('./event-loop');

/**
 * The timers that will fire.
 * @type {Set<DeadlineTimer>}
 */
const armed = new Set();
/** When the native timer fires, in milliseconds on the clock of `now()`. */
let armedFor = Infinity;

/** A timer that fires at the earliest of the times it was scheduled for. It does not keep the process alive. */
class DeadlineTimer {
  #onFire;
  /** When it fires, in milliseconds on the clock of `now()`. */
  #at = Infinity;

  /**
   * @param {() => number | void} onFire Called when it fires. It may return after how many milliseconds to fire again.
   */
  constructor(onFire) {
    this.#onFire = onFire;
  }

  /**
   * Fires in `milliseconds`, unless it is due earlier anyway.
   * @param {number} milliseconds `Infinity` changes nothing.
   */
  schedule(milliseconds) {
    const at = now() + milliseconds;
    if (!(at < this.#at)) return;
    // The end of the stack may interrupt this. A native timer that fires too early does no harm.
    if (at < armedFor) {
      timer.arm(at);
      armedFor = at;
    }
    armed.add(this);
    this.#at = at;
  }

  cancel() {
    if (this.#at === Infinity) return;
    this.#at = Infinity;
    armed.delete(this);
    if (armed.size > 0) return;
    armedFor = Infinity;
    timer.disarm();
  }

  /**
   * @param {DeadlineTimer} timer
   * @returns {number} when it fires, in milliseconds on the clock of `now()`.
   */
  static timeOf(timer) {
    return timer.#at;
  }

  /** @param {DeadlineTimer} timer */
  static fire(timer) {
    timer.cancel();
    const again = timer.#onFire();
    if (typeof again === 'number') timer.schedule(again);
  }
}

timer.onTimeout = () => {
  armedFor = Infinity;
  const time = now();
  for (const due of [...armed]) if (DeadlineTimer.timeOf(due) <= time) attempt(() => DeadlineTimer.fire(due));
  let first = Infinity;
  for (const each of armed) first = Math.min(first, DeadlineTimer.timeOf(each));
  if (armed.size === 0) timer.disarm();
  if (first >= armedFor) return;
  armedFor = first;
  timer.arm(first);
};

module.exports = { DeadlineTimer };
