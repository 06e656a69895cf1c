'use strict';

// What the worker file prints. Node.js sends that to the pool's thread by a port of its own and a piece at a time: an
// answer would overtake it, and the rest is lost when the thread ends. So here it goes by the pool's port, in order with
// everything else that the pool receives, and many pieces at once: each takes a write of the pool's thread.

const { Writable } = require('node:stream');
const { now } = require('../platform/clock');
const { nextTurn } = require('./next-turn');
const { PRINTED, BEHIND, STDOUT, STDERR, NONE } = require('../link/protocol');
const { IS_NODE } = require('../platform/runtime');

/** How much of a stream may be on its way before the file is asked to wait, in bytes or characters. */
const WINDOW = 64 * 1024;

/** What is printed within so many milliseconds is sent together, if the file does not return to its event loop before. */
const PAUSE = 5;

/** A string, or exactly the bytes that were printed, whatever memory they are a part of. */
function portable({ chunk, encoding }) {
  if (typeof chunk !== 'string') return new Uint8Array(chunk);
  return encoding === 'utf8' || encoding === 'utf-8' ? chunk : new Uint8Array(Buffer.from(chunk, encoding));
}

/** One of the two streams. */
class Outlet {
  #printing;
  #number;
  /** How much the pool has not said to be written. */
  #sent = 0;
  /** Releases what the stream keeps back, while too much is on its way. */
  #release;
  /** Resolves when what was printed before this was made has been written, if there was any. */
  caughtUp;

  constructor(printing, number, stream) {
    this.#printing = printing;
    this.#number = number;
    let resolve;
    if (stream.writableLength > 0) {
      this.caughtUp = new Promise((settle) => {
        resolve = settle;
      });
    }
    stream._writev = (pieces, release) => {
      resolve?.();
      this.#write(pieces, release);
    };
    if (resolve !== undefined) Writable.prototype.write.call(stream, ''); // it comes to the function above then
  }

  /** Takes what the stream keeps back. */
  release() {
    const release = this.#release;
    if (release === undefined) return;
    this.#release = undefined;
    try {
      release();
    } catch (error) {
      // It is from the file's own callback of `write`, and not for whoever flushes.
      nextTurn(() => {
        throw error;
      });
    }
  }

  /** The pool has written what was sent. */
  written() {
    this.#sent = 0;
    this.release();
  }

  #write(pieces, release) {
    for (let i = 0; i < pieces.length; i++) {
      const piece = portable(pieces[i]);
      this.#sent += piece.length;
      this.#printing.add(this.#number, piece);
    }
    if (this.#sent < WINDOW || this.#printing.isExiting) {
      this.#printing.added();
      release();
    } else {
      this.#release = release;
      this.#printing.send(this.#number);
    }
  }
}

class Printing {
  #port;
  #stdout;
  #stderr;
  /** What is to be sent: each piece behind the number of its stream. */
  #pieces = [];
  /** What is printed before that time is kept for a while. */
  #keepUntil = 0;
  #isKept = false;
  /** No microtask runs any more, so nothing is kept. */
  isExiting = false;

  constructor(port) {
    this.#port = port;
    if (!IS_NODE) return; // in other runtimes a thread prints by itself
    this.#stdout = new Outlet(this, STDOUT, process.stdout);
    this.#stderr = new Outlet(this, STDERR, process.stderr);
    process.on('exit', () => {
      this.isExiting = true;
      this.flush();
    });
  }

  /** Sends all that was printed until now. To be called before the pool is told anything about a task. */
  flush() {
    if (this.#stdout === undefined) return;
    this.#stdout.release();
    this.#stderr.release();
    this.send(NONE);
  }

  /** The pool has written what was sent of a stream. */
  written(number) {
    (number === STDOUT ? this.#stdout : this.#stderr).written();
  }

  /** Resolves when what modules of `--require` and `--import` have printed is written. */
  async caughtUp() {
    const stdout = this.#stdout?.caughtUp;
    const stderr = this.#stderr?.caughtUp;
    if (stdout === undefined && stderr === undefined) return;
    this.#port.postMessage([BEHIND]);
    await stdout;
    await stderr;
  }

  add(number, piece) {
    const pieces = this.#pieces;
    pieces[pieces.length] = number;
    pieces[pieces.length] = piece;
  }

  added() {
    if (this.isExiting || !(now() < this.#keepUntil)) this.send(NONE);
    else if (!this.#isKept) this.#sendSoon();
  }

  /** Sends what was added. The pool says when that of a stream is written, unless it is `NONE`. */
  send(awaited) {
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#keepUntil = now() + PAUSE;
    this.#port.postMessage([PRINTED, 0, awaited, pieces]);
  }

  async #sendSoon() {
    this.#isKept = true;
    await undefined;
    this.#isKept = false;
    this.send(NONE);
  }
}

module.exports = { Printing };
