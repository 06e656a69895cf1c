'use strict';

// Keeps the event loop from sleeping while an answer is expected soon: waking it takes longer than a short task. Each
// turn is an ordinary `later`, so timers and I/O are still served.

const { SPIN_PAYS } = require('../platform/cores');
const { later, now } = require('../platform/event-loop');
const { SpinBackoff } = require('../platform/spin-backoff');

/** How long to spin, in milliseconds: about as long as it takes to fall asleep and wake up. */
const SPIN_TIME = 0.1;

class EventLoopSpin {
  #isUseful;
  #backoff = new SpinBackoff();
  #end = 0;
  #isSpinning = false;
  /** An answer has arrived since the spin was last extended. */
  #hasAnswer = false;

  /** @param {() => boolean} isUseful Whether an answer may still arrive. */
  constructor(isUseful) {
    this.#isUseful = isUseful;
  }

  /** Spins for `SPIN_TIME` from now on, unless earlier spins have missed. */
  extend() {
    if (!SPIN_PAYS) return;
    const time = now();
    if (!this.#isSpinning) {
      if (!this.#backoff.allows()) return;
      this.#isSpinning = true;
      later(this.#turn);
    }
    this.#end = time + SPIN_TIME;
    this.#hasAnswer = false;
  }

  /** Records that an answer has arrived. */
  answered() {
    if (!this.#isSpinning || this.#hasAnswer) return;
    this.#hasAnswer = true;
    this.#backoff.hit();
  }

  #turn = () => {
    if (this.#isUseful()) {
      const time = now();
      if (time < this.#end) {
        later(this.#turn);
        return;
      }
      if (!this.#hasAnswer) this.#backoff.missed();
    }
    this.#isSpinning = false;
  };
}

module.exports = { EventLoopSpin };
