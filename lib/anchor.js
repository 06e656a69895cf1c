'use strict';

// Keeps the process alive while anybody needs that.

const { setInterval, clearInterval } = require('node:timers');

/** As long as a timer of Node.js can wait, in milliseconds. */
const FOR_EVER = 2 ** 31 - 1;

class Anchor {
  #timer = setInterval(() => {}, FOR_EVER).unref();
  #needing = new Set();

  /** @param {object} who needs the process, or does so no more. */
  set(who, isNeeding) {
    if (isNeeding) this.#needing.add(who);
    else this.#needing.delete(who);
    if (this.#needing.size > 0) this.#timer.ref();
    else this.#timer.unref();
  }

  /** It is of no use any more. */
  drop() {
    clearInterval(this.#timer);
  }
}

module.exports = { Anchor };
