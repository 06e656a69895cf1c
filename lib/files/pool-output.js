'use strict';

// A stream of what the threads of a worker file print, for the caller of the pool to read. Until somebody has asked for
// the stream, the output is discarded: nobody could read it.

const { Readable } = require('node:stream');

class PoolOutput {
  /** @type {Readable | undefined} */
  #stream;
  #isFull = false;
  #hasEnded = false;
  /**
   * The functions to call when the stream is read.
   * @type {(() => void)[]}
   */
  #waiting = [];

  /** @returns {Readable} */
  get stream() {
    if (this.#stream !== undefined) return this.#stream;
    const resume = () => this.#resume();
    this.#stream = new Readable({
      read: resume,
      destroy(error, callback) {
        resume();
        callback(error);
      },
    });
    if (this.#hasEnded) this.#stream.push(null);
    return this.#stream;
  }

  /** @param {string | Uint8Array} piece */
  write(piece) {
    if (this.#stream === undefined || this.#stream.destroyed || this.#hasEnded) return;
    this.#isFull = !this.#stream.push(piece);
  }

  /**
   * Calls `fn` when the stream accepts more, or will accept nothing any more.
   * @param {() => void} fn
   */
  whenWritable(fn) {
    if (this.#isFull && this.#stream?.destroyed === false) this.#waiting.push(fn);
    else fn();
  }

  /** Called when no thread is left. */
  end() {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream?.push(null);
  }

  #resume() {
    this.#isFull = false;
    for (const fn of this.#waiting.splice(0)) fn();
  }
}

module.exports = { PoolOutput };
