'use strict';

// Sends the output of the worker file through the pool's port: in order with the answers of its tasks, and in batches,
// since each message costs a write of the pool's thread. Node.js would use a second port, which an answer can overtake,
// with one message for each piece, and would lose what is pending when the thread ends.

const { Writable } = require('node:stream');
const { now } = require('../platform/clock');
const { nextTurn } = require('./next-turn');
const { PRINTED, EARLY_OUTPUT, CAUGHT_UP, STDOUT, STDERR, NONE } = require('../link/protocol');
const { IS_NODE } = require('../platform/runtime');

/** @typedef {import('node:worker_threads').MessagePort} MessagePort */

/** How much output of a stream may be in flight before the stream applies backpressure, in bytes or characters. */
const WINDOW = 64 * 1024;

/** Output within this time after a message is sent in one batch, in milliseconds, or when the event loop continues. */
const PAUSE = 5;

/**
 * Converts a chunk to a string or to exactly the printed bytes, without the rest of their buffer.
 * @param {{ chunk: any, encoding: BufferEncoding }} piece
 * @returns {string | Uint8Array}
 */
function portable({ chunk, encoding }) {
  if (typeof chunk !== 'string') return new Uint8Array(chunk);
  return encoding === 'utf8' || encoding === 'utf-8' ? chunk : new Uint8Array(Buffer.from(chunk, encoding));
}

/** One of the two streams. */
class Outlet {
  /** @type {Printing} */
  #printing;
  /** @type {number} */
  #number;
  /** How much output was sent and not acknowledged. */
  #sent = 0;
  /**
   * Ends the backpressure of the stream, if it is applied.
   * @type {(() => void) | undefined}
   */
  #release;
  /**
   * Resolves when earlier output has been written. Undefined if there was none.
   * @type {Promise<void> | undefined}
   */
  caughtUp;

  /**
   * @param {Printing} printing
   * @param {number} number `STDOUT` or `STDERR`.
   * @param {Writable} stream
   */
  constructor(printing, number, stream) {
    this.#printing = printing;
    this.#number = number;
    /** @type {(() => void) | undefined} */
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
    // Queued behind earlier output, this makes the stream call the function above when that has been written.
    if (resolve !== undefined) /** @type {Function} */ (Writable.prototype.write).call(stream, '');
  }

  /** Ends the backpressure of the stream. */
  release() {
    const release = this.#release;
    if (release === undefined) return;
    this.#release = undefined;
    try {
      release();
    } catch (error) {
      // The file's callback of `write` has thrown, which does not concern the caller that flushes.
      nextTurn(() => {
        throw error;
      });
    }
  }

  /** The pool has written the output that was sent. */
  written() {
    this.#sent = 0;
    this.release();
  }

  /**
   * @param {{ chunk: any, encoding: BufferEncoding }[]} pieces
   * @param {() => void} release
   */
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
  /** @type {MessagePort} */
  #port;
  /** @type {Outlet | undefined} */
  #stdout;
  /** @type {Outlet | undefined} */
  #stderr;
  /**
   * The pending batch: numbers of streams and pieces in alternation.
   * @type {(number | string | Uint8Array)[]}
   */
  #pieces = [];
  /** Until this time output is added to the batch. */
  #batchUntil = 0;
  #isScheduled = false;
  /** Whether the thread exits. No microtask runs any more, so all output is sent at once. */
  isExiting = false;

  /** @param {MessagePort} port Leads to the pool. */
  constructor(port) {
    this.#port = port;
    if (!IS_NODE) return; // in other runtimes the output of a thread does not pass through the thread of the pool
    this.#stdout = new Outlet(this, STDOUT, process.stdout);
    this.#stderr = new Outlet(this, STDERR, process.stderr);
    process.on('exit', () => {
      this.isExiting = true;
      this.flush();
    });
  }

  /** Sends all output. To be called before any message about a task, so that the output arrives first. */
  flush() {
    if (this.#stdout === undefined) return;
    this.#stdout.release();
    /** @type {Outlet} */ (this.#stderr).release();
    this.send(NONE);
  }

  /**
   * The pool has written the output of a stream that was sent.
   * @param {number} number `STDOUT` or `STDERR`.
   */
  written(number) {
    /** @type {Outlet} */ (number === STDOUT ? this.#stdout : this.#stderr).written();
  }

  /**
   * Notifies the pool if modules of `--require` and `--import` have printed, and again when their output has been
   * written. Tasks do not wait for that, since the pool's event loop may be blocked.
   */
  async reportEarly() {
    const stdout = this.#stdout?.caughtUp;
    const stderr = this.#stderr?.caughtUp;
    if (stdout === undefined && stderr === undefined) return;
    this.#port.postMessage([EARLY_OUTPUT]);
    await stdout;
    await stderr;
    this.#port.postMessage([CAUGHT_UP]);
  }

  /**
   * Adds a piece to the batch. `added` must follow.
   * @param {number} number `STDOUT` or `STDERR`.
   * @param {string | Uint8Array} piece
   */
  add(number, piece) {
    const pieces = this.#pieces;
    pieces[pieces.length] = number;
    pieces[pieces.length] = piece;
  }

  /** Sends the batch, now or with later output. */
  added() {
    if (this.isExiting || !(now() < this.#batchUntil)) this.send(NONE);
    else if (!this.#isScheduled) this.#sendSoon();
  }

  /**
   * Sends the batch.
   * @param {number} awaited The stream for which the pool acknowledges that all output is written, or `NONE`.
   */
  send(awaited) {
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#batchUntil = now() + PAUSE;
    this.#port.postMessage([PRINTED, 0, awaited, pieces]);
  }

  async #sendSoon() {
    this.#isScheduled = true;
    await undefined;
    this.#isScheduled = false;
    this.send(NONE);
  }
}

module.exports = { Printing };
