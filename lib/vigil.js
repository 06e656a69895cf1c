'use strict';

// Keeps the event loop from going to sleep while an answer may come any moment: to wake it takes longer
// than a short task. It turns as it does for any `setImmediate`, so nothing else has to wait.

// Not the global one, which tests replace with one of their own making.
const { setImmediate } = require('node:timers');
const { now } = require('./clock');
const { SPIN_PAYS } = require('./cores');

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
    setImmediate(this.#turn);
  }

  #turn = () => {
    if (this.#isNeeded() && now() < this.#end) setImmediate(this.#turn);
    else this.#isKept = false;
  };
}

module.exports = { Vigil };
