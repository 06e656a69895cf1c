'use strict';

// What each thread of a pool runs: it sees to it that the user's file finds what it would find in a thread of its own,
// loads it, and runs the tasks that are posted to the thread with it.

const { syncBuiltinESMExports } = require('node:module');
const threads = require('node:worker_threads');
const claims = require('../link/claims');
const { endThread } = require('./ending');
const { decode, encode } = require('../link/error-codec');
const { FunctionWorker } = require('./function-worker');
const { load, mayExport } = require('./loading');
const { MessageWorker } = require('./message-worker');
const { isMove, moveBack } = require('../link/moved');
const { nextTurn } = require('./next-turn');
const { Printing } = require('./printing');
const {
  RUN,
  ABORT,
  EXIT,
  ENDED,
  WRITTEN,
  READY,
  FAILED,
  BROKEN,
  THROWN,
  LAST_ENDED,
  USELESS,
  STALLED,
} = require('../link/protocol');
const { sharedNow } = require('../link/shared-clock');
const { Spin } = require('./spin');
const { Turns } = require('./turns');

const { file, port, own, common, me, workerData } = threads.workerData;
threads.workerData = workerData;
syncBuiltinESMExports();
process.argv[1] = file;

const { DOMException, RangeError: TooDeep } = globalThis; // before the file can replace them
const UNREADABLE = 'The data of the task could not be read in its thread; was a buffer of it moved before?';

const { postMessage } = port;
port.postMessage = postMessage; // of its own, since the file may replace that of all ports

const printing = new Printing(port);
const turns = new Turns(own, new Spin(own, common, me));
const message = new MessageWorker(port, turns, printing, listened);

/** What runs the tasks, once that is known. */
let worker;
let isLoading = true;
/** The number of the task that was posted last. */
let last = claims.START;
/** Says that a task is not wanted any more, if that was said before `worker` is known. */
let early;

// Tasks may come, and the thread may be ended, while the file is being loaded.
port.on('message', (received) => {
  const number = received[1];
  const value = received[2];
  switch (received[0]) {
    case RUN:
      last = number;
      if (isMove(received)) turns.moved = received;
      turns.enter(number, () => worker.run(number, value));
      break;
    case ABORT:
      if (worker === undefined) early = received;
      else abort(received);
      break;
    case EXIT:
      endThread();
      break;
    case ENDED:
      port.postMessage([LAST_ENDED, turns.lastEnded]);
      break;
    case WRITTEN:
      printing.written(number);
  }
});

// The data of a task that cannot be had here, though it could be posted: of a buffer that was moved before.
port.on('messageerror', (cause) => {
  const number = claims.next(last);
  last = number;
  turns.enter(number, () => {
    // Of data that is too deep the error says so.
    const error =
      cause instanceof TooDeep
        ? cause
        : new DOMException(UNREADABLE, { __proto__: null, name: 'DataCloneError', cause });
    if (turns.begin(number)) port.postMessage([FAILED, number, 0, encode(error)]);
    turns.end(number);
  });
});

port.unref(); // what keeps the thread alive is the file, as long as it exports no function

// Node.js tells the pool too, but loses much of what an error says.
process.on('uncaughtExceptionMonitor', (error) => {
  printing.flush();
  port.postMessage([THROWN, 0, 0, encode(error)]);
});

process.on('exit', () => moveBack(own, port, turns.moved));

// The thread is about to end by itself.
process.on('beforeExit', () => {
  if (worker !== undefined) return;
  if (isLoading) port.postMessage([STALLED]);
  else refuse([]);
});

function abort(received) {
  const reason = received[2];
  worker.abort(received[1], reason && decode(reason));
}

/** The file has added a listener. A module that exports nothing may be loading for ever, so it is not waited for. */
function listened() {
  if (worker === undefined) nextTurn(serveListeners);
}

function serveListeners() {
  if (worker !== undefined || !message.isListenedTo) return;
  if (!isLoading || !mayExport(file)) serve(message);
}

/** Runs tasks with that worker from now on. */
async function serve(chosen) {
  worker = chosen;
  await printing.caughtUp();
  if (early !== undefined) abort(early);
  port.postMessage([READY, 0, 0, sharedNow()]);
  turns.open();
}

/** The file takes no tasks. */
function refuse(names) {
  printing.flush();
  port.postMessage([USELESS, 0, 0, names]);
  endThread();
}

async function main() {
  let loaded;
  try {
    loaded = await load(file);
  } catch (error) {
    printing.flush();
    port.postMessage([BROKEN, 0, 0, encode(error)]);
    endThread();
  }
  isLoading = false;
  if (worker !== undefined) return;
  if (loaded.run !== undefined) {
    port.ref();
    serve(new FunctionWorker(loaded.run, port, turns, printing));
  } else if (message.isListenedTo) {
    serve(message);
  } else if (loaded.names.length > 0) {
    refuse(loaded.names);
  }
  // A file that exports nothing at all may listen later.
}

main();
