'use strict';

// Writes what the threads of worker files print, at once: to `process.stdout` and `process.stderr`, or to the pool's own
// streams. So the output of a task precedes whatever is printed when the task has settled, even if the process exits then.

const { raise } = require('../platform/event-loop');

/** @typedef {0 | 1} StreamNumber A stream, as numbered in protocol.js. */
/** @typedef {StreamNumber | string | Uint8Array} Piece The number of a stream, or what follows for that stream. */

/**
 * The pool's own streams, by number. `undefined` stands for a stream of the process.
 * @typedef {(InstanceType<typeof import('./pool-output').PoolOutput> | undefined)[]} Outputs
 */

/**
 * The names of the streams, by number.
 * @type {readonly ['stdout', 'stderr']}
 */
const NAMES = ['stdout', 'stderr'];

/**
 * The functions to call when a stream accepts more, by number.
 * @type {(() => void)[][]}
 */
const waiting = [[], []];

/**
 * @param {Piece[]} pieces Pairs of a stream and a piece for it.
 * @param {Outputs} outputs
 */
function write(pieces, outputs) {
  for (let i = 0; i < pieces.length; i += 2) {
    const number = /** @type {StreamNumber} */ (pieces[i]);
    let piece = /** @type {string | Uint8Array} */ (pieces[i + 1]);
    // Strings are joined, since each write occupies space of its own in a pipe, however short it is.
    while (pieces[i + 2] === number && typeof piece === 'string' && typeof pieces[i + 3] === 'string') {
      piece += pieces[i + 3];
      i += 2;
    }
    const output = outputs[number];
    if (output === undefined) writeTo(process[NAMES[number]], piece);
    else output.write(piece);
  }
}

/**
 * @param {NodeJS.WritableStream} stream
 * @param {string | Uint8Array} piece
 */
function writeTo(stream, piece) {
  try {
    stream.write(piece);
  } catch (error) {
    raise(error); // The program has replaced `write`. The messages that follow must still be received.
  }
}

/**
 * Calls `fn` when a stream accepts more, or will accept nothing any more.
 * @param {StreamNumber} number
 * @param {Outputs} outputs
 * @param {() => void} fn
 */
function whenWritable(number, outputs, fn) {
  const output = outputs[number];
  if (output !== undefined) {
    output.whenWritable(fn);
    return;
  }
  const stream = process[NAMES[number]];
  if (!stream.writable || !stream.writableNeedDrain || stream.writableLength === 0) {
    fn();
    return;
  }
  waiting[number].push(fn);
  if (waiting[number].length > 1) return;
  const done = () => {
    stream.off('drain', done);
    stream.off('close', done);
    drained(number);
  };
  stream.on('drain', done);
  stream.on('close', done); // its reader has gone
}

/** @param {StreamNumber} number */
function drained(number) {
  const due = waiting[number];
  waiting[number] = [];
  for (const fn of due) fn();
}

module.exports = { whenWritable, write };
