'use strict';

// Writes what the threads of worker files print to the streams of this thread, at once: so it stands before whatever is
// printed when a task has settled, also if the process exits then.

const { raise } = require('../platform/event-loop');

/** By the numbers of protocol.js. */
const NAMES = ['stdout', 'stderr'];

/** What to do when a stream accepts more. */
const waiting = [[], []];

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
    stream.write(piece);
  } catch (error) {
    raise(error); // The program has replaced the function. It must not cost the messages that follow.
  }
}

/** Calls `fn` when a stream accepts more. */
function whenAccepted(number, fn) {
  const stream = process[NAMES[number]];
  if (!stream.writableNeedDrain || stream.writableLength === 0) {
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

module.exports = { whenAccepted, write };
