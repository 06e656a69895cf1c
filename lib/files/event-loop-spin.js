'use strict';

// Keeps the event loop from sleeping while an answer is expected soon: waking it takes longer than a short task. Each turn
// is an ordinary `later`, so timers and I/O keep their turns.

const { SPIN_PAYS } = require('../platform/cores');
const { later, now } = require('../platform/event-loop');

/** How long to spin, in milliseconds: about what falling asleep and being woken takes. */
const LENGTH = 0.1;

class EventLoopSpin {
  #isUseful;
  #end = 0;
  #isSpinning = false;

  /** @param {() => boolean} isUseful Whether an answer may still arrive. */
  constructor(isUseful) {
    this.#isUseful = isUseful;
  }

  /** Spins for a while from now on. */
  extend() {
    if (!SPIN_PAYS) return;
    this.#end = now() + LENGTH;
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
