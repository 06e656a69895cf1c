'use strict';

// Keeps the event loop from going to sleep while an answer may come any moment: to wake it takes longer
// than a short task. It turns as it does for any `later`, so nothing else has to wait.

const { SPIN_PAYS } = require('../platform/cores');
const { later, now } = require('../platform/event-loop');

/** How long to stay awake, in milliseconds: about what it takes to fall asleep and be woken. */
const LENGTH = 0.1;

class Vigil {
  #isNeeded;
  #end = 0;
  #isKept = false;

  /** @param {() => boolean} isNeeded Whether anything may come. */
  constructor(isNeeded) {
    this.#isNeeded = isNeeded;
  }

  /** Stays awake for a while from now on. */
  keep() {
    if (!SPIN_PAYS) return;
    this.#end = now() + LENGTH;
    if (this.#isKept) return;
    this.#isKept = true;
    later(this.#turn);
  }

  #turn = () => {
    if (this.#isNeeded() && now() < this.#end) later(this.#turn);
    else this.#isKept = false;
  };
}

module.exports = { Vigil };
