'use strict';

// What each thread of a pool runs: it sees to it that the user's file finds what it would find in a thread
// of its own, loads it, and has tasks run by it.

const { syncBuiltinESMExports } = require('node:module');
const { pathToFileURL } = require('node:url');
const threads = require('node:worker_threads');
const { encode } = require('./error-codec');
const { FunctionWorker } = require('./function-worker');
const { MessageWorker } = require('./message-worker');
const { RUN, ABORT, EXIT, READY, FAILED, BROKEN, THROWN } = require('./protocol');
const { Spin } = require('./spin');
const { Turns } = require('./turns');

const { file, port, own, common, me, workerData } = threads.workerData;
threads.workerData = workerData;
syncBuiltinESMExports();
process.argv[1] = file;

// Node.js tells the pool too, but loses much of what an error says.
process.on('uncaughtExceptionMonitor', (error) => port.postMessage([THROWN, 0, 0, encode(error, isCloneable)]));

/** What the module exports, if that is a function. */
async function load() {
  let exported;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error?.code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    // A loader that knows it may have been given by `--require`, and so be one for `require` only.
    exported = { default: require(file) };
  }
  const candidates = [exported.default, exported.default?.default]; // the second is what compilers make
  return candidates.find((candidate) => typeof candidate === 'function');
}

function isCloneable(value) {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

async function main() {
  const turns = new Turns(own, new Spin(own, common, me));
  const message = new MessageWorker(port, turns);
  let run;
  try {
    run = await load();
  } catch (error) {
    port.postMessage([BROKEN, 0, 0, encode(error, isCloneable)]);
    process.exit();
  }
  const worker = run === undefined ? message : new FunctionWorker(run, port, turns, isCloneable);
  let last = 0;
  port.on('message', ([kind, number, value]) => {
    switch (kind) {
      case RUN:
        last = number;
        turns.enter(() => worker.run(number, value));
        break;
      case ABORT:
        worker.abort(number, value);
        break;
      case EXIT:
        process.exit();
    }
  });
  // The data of a task that cannot be had here, though it could be posted: of a buffer that was moved before.
  port.on('messageerror', (error) => {
    const number = ++last;
    turns.enter(() => {
      if (turns.begin(number)) port.postMessage([FAILED, number, 0, encode(error, isCloneable)]);
      turns.end(number);
    });
  });
  // A message style worker is kept alive by its own listener.
  if (worker === message) port.unref();
  port.postMessage([READY]);
}

main();
