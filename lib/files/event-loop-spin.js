'use strict';

// Keeps the event loop from sleeping while an answer is expected soon: waking it takes longer than a short task. Each
// turn is an ordinary `later`, so timers and I/O are still served.

const { SPIN_PAYS } = require('../platform/cores');
const { later, now } = require('../platform/event-loop');

/** How long to spin, in milliseconds: about as long as it takes to fall asleep and wake up. */
const SPIN_TIME = 0.1;

class EventLoopSpin {
  #isUseful;
  #end = 0;
  #isSpinning = false;

  /** @param {() => boolean} isUseful Whether an answer may still arrive. */
  constructor(isUseful) {
    this.#isUseful = isUseful;
  }

  /** Spins for `SPIN_TIME` from now on. */
  extend() {
    if (!SPIN_PAYS) return;
    this.#end = now() + SPIN_TIME;
    if (this.#isSpinning) return;
    this.#isSpinning = true;
    later(this.#turn);
  }

  #turn = () => {
    if (this.#isUseful() && now() < this.#end) later(this.#turn);
    else this.#isSpinning = false;
  };
}

module.exports = { EventLoopSpin };
