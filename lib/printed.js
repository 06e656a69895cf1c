'use strict';

// Writes what the threads of worker files print to the streams of this thread, at once: so it stands before whatever is
// printed when a task has settled, also if the process exits then.

const { raise } = require('./event-loop');

/** By the numbers of protocol.js. */
const NAMES = ['stdout', 'stderr'];

/** The streams that threads print to, and those of them that the program has ended: they do not say so for long. */
const known = new WeakSet();
const ended = new WeakSet();

/** What to do when a stream accepts more. */
const waiting = [[], []];

/** A thread is about to be started, which may print to those streams that are not kept back. */
function prepare(isKeptBack) {
  for (let number = 0; number < NAMES.length; number++) {
    const stream = process[NAMES[number]];
    if (isKeptBack[number] || known.has(stream) || typeof stream?.once !== 'function') continue;
    known.add(stream);
    stream.once('finish', () => ended.add(stream));
  }
}

/**
 * @param {(number | string | Uint8Array)[]} pieces Each behind the number of its stream.
 * @param {boolean[]} isKeptBack Which streams are not to be written to.
 */
function write(pieces, isKeptBack) {
  for (let i = 0; i < pieces.length; i += 2) {
    const number = pieces[i];
    let piece = pieces[i + 1];
    // Every write takes room of its own in a pipe, however short it is.
    while (pieces[i + 2] === number && typeof piece === 'string' && typeof pieces[i + 3] === 'string') {
      piece += pieces[i + 3];
      i += 2;
    }
    if (!isKeptBack[number]) writeTo(process[NAMES[number]], piece);
  }
}

function writeTo(stream, piece) {
  try {
    // What comes when the program has ended its output is dropped, as what any `Worker` prints.
    if (!ended.has(stream)) stream.write(piece);
  } catch (error) {
    raise(error); // The program has replaced the function. It must not cost the messages that follow.
  }
}

/** Calls `fn` when a stream accepts more. */
function whenAccepted(number, fn) {
  const stream = process[NAMES[number]];
  if (!stream.writableNeedDrain || stream.writableLength === 0 || ended.has(stream)) {
    fn();
    return;
  }
  waiting[number].push(fn);
  if (waiting[number].length === 1) stream.once('drain', () => accepted(number));
}

function accepted(number) {
  const due = waiting[number];
  waiting[number] = [];
  for (const fn of due) fn();
}

module.exports = { prepare, whenAccepted, write };
