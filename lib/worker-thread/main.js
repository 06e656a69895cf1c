'use strict';

// What each thread of a pool runs: it sees to it that the user's file finds what it would find in a thread
// of its own, loads it, and has tasks run by it.

const { syncBuiltinESMExports } = require('node:module');
const path = require('node:path');
const { setInterval, clearInterval } = require('node:timers');
const { pathToFileURL } = require('node:url');
const threads = require('node:worker_threads');
const claims = require('./claims');
const { decode, encode } = require('./error-codec');
const { FunctionWorker } = require('./function-worker');
const { MessageWorker } = require('./message-worker');
const { isMove, moveBack } = require('./moved');
const { isListenedTo } = require('./parent-port');
const { RUN, ABORT, EXIT, ENDED, READY, FAILED, BROKEN, THROWN, LAST_ENDED } = require('./protocol');
const { Printing } = require('./printing');
const { sharedNow } = require('./shared-clock');
const { Spin } = require('./spin');
const { Turns } = require('./turns');

const { file, port, own, common, me, workerData } = threads.workerData;
threads.workerData = workerData;
syncBuiltinESMExports();
process.argv[1] = file;

// Node.js tells the pool too, but loses much of what an error says.
process.on('uncaughtExceptionMonitor', (error) => port.postMessage([THROWN, 0, 0, encode(error)]));

/** How often to look whether a file that is being loaded listens already, in milliseconds. */
const LOOK_EVERY = 5;

/** What the module exports, if that is a function or a promise of one. */
async function load() {
  let exported;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    // A loader that knows it may have been given by `--require`, and so be one for `require` only.
    const isForRequire = path.extname(file) in require.extensions;
    if (error?.code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !isForRequire) throw error;
    exported = { default: require(file) };
  }
  const made = await exported.default;
  const candidates = [made, made?.default]; // the second is what compilers make
  return candidates.find((candidate) => typeof candidate === 'function');
}

/** Has the worker run the tasks that come. */
function serve(worker, turns) {
  let last = claims.START;
  port.on('message', (message) => {
    const [kind, number, value] = message;
    switch (kind) {
      case RUN:
        last = number;
        if (isMove(message)) turns.moved = message;
        turns.enter(() => worker.run(number, value));
        break;
      case ABORT:
        worker.abort(number, value && decode(value));
        break;
      case EXIT:
        process.exit();
        break;
      case ENDED:
        port.postMessage([LAST_ENDED, turns.lastEnded]);
    }
  });
  // The data of a task that cannot be had here, though it could be posted: of a buffer that was moved before.
  port.on('messageerror', (error) => {
    const number = claims.next(last);
    last = number;
    turns.enter(() => {
      if (turns.begin(number)) port.postMessage([FAILED, number, 0, encode(error)]);
      turns.end(number);
    });
  });
  port.postMessage([READY, 0, 0, sharedNow()]);
}

async function main() {
  const turns = new Turns(own, new Spin(own, common, me));
  process.on('exit', () => moveBack(own, port, turns.moved));
  const printing = new Printing(port);
  const message = new MessageWorker(port, turns, printing);
  let isServed = false;
  const serveListeners = () => {
    isServed = true;
    serve(message, turns);
    port.unref(); // the file's own listener keeps the thread alive
  };
  // A module may await something for long, or for ever, when it listens already.
  const looking = setInterval(() => {
    if (!isListenedTo()) return;
    clearInterval(looking);
    serveListeners();
  }, LOOK_EVERY).unref();
  let run;
  try {
    run = await load();
  } catch (error) {
    port.postMessage([BROKEN, 0, 0, encode(error)]);
    process.exit();
  }
  clearInterval(looking);
  if (isServed) return;
  if (run === undefined) serveListeners();
  else serve(new FunctionWorker(run, port, turns, printing), turns);
}

main();
