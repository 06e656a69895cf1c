'use strict';

// The main module of each thread of a pool. It restores the environment that the user's file expects in a thread of its
// own, loads the file, and runs tasks with it.

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
  GET_LAST_ENDED,
  WRITTEN,
  BROADCAST,
  READY,
  FAILED,
  LOAD_FAILED,
  UNCAUGHT,
  LAST_ENDED,
  NO_HANDLER,
  LISTENS,
  LOAD_STALLED,
  SURVIVED,
  TEARDOWN_FAILED,
} = require('../link/protocol');
const { setTimeout } = require('node:timers');
const { sharedNow } = require('../link/shared-clock');
const { Spin } = require('./spin');
const { Turns } = require('./turns');

/**
 * How long a loaded file may take to add a listener, in milliseconds, if it has exports but no function. Its event loop
 * may be busy.
 */
const LISTEN_WITHIN = 5_000;

/** @typedef {import('../link/moved').Unread} Unread */
/** @typedef {import('../link/protocol').MessageToThread} MessageToThread */
/** @typedef {import('../link/error-format').EncodedError} EncodedError */
/** @typedef {import('./loading').Loaded} Loaded */
/**
 * @typedef {object} Worker
 * @property {(number: number, data: unknown, name?: string) => void} run
 * @property {(number: number, reason: unknown) => void} abort
 */

/**
 * The `workerData` of this module.
 * @typedef {object} ThreadData
 * @property {string} file The worker file.
 * @property {threads.MessagePort} port Leads to the pool.
 * @property {Int32Array} own The thread's memory, see link/protocol.js.
 * @property {Int32Array} common The memory that all threads of the pool share.
 * @property {number} me The number of the thread among them.
 * @property {number} concurrency How many tasks the thread runs at a time.
 * @property {number} maxHeap The bytes that the heap may have after a task, before the thread is replaced.
 * @property {unknown} workerData The `workerData` of the worker file.
 */

const { file, port, own, common, me, concurrency, maxHeap, workerData } = /** @type {ThreadData} */ (
  threads.workerData
);
/** @type {{ workerData: unknown }} */ (threads).workerData = workerData;
syncBuiltinESMExports();
process.argv[1] = file;

// Before the file can replace them.
const { DOMException, RangeError: TooDeep } = globalThis;
const { keys } = Object;
const UNREADABLE = 'The data of the task could not be read in its thread; was a buffer of it moved before?';

const { postMessage } = port;
port.postMessage = postMessage; // an own property, since the file may replace that of the prototype

const printing = new Printing(port);
const turns = new Turns(own, new Spin(own, common, me), concurrency, maxHeap);
const message = new MessageWorker(port, turns, printing, listened);

/**
 * Runs the tasks. Undefined until the style of the file is known.
 * @type {Worker | undefined}
 */
let worker;
let isLoading = true;
/**
 * The function to call before the thread ends, if the file exports one.
 * @type {Function | undefined}
 */
let teardown;
/**
 * The names of the exports of a loaded file.
 * @type {string[]}
 */
let exportNames = [];
/**
 * The names of those that are functions and tasks, if there is no default one.
 * @type {string[]}
 */
let functionNames = [];
/** The number of the task that was posted last. */
let last = claims.START;
/**
 * The aborts that arrived before `worker` was set.
 * @type {MessageToThread[]}
 */
const early = [];
/**
 * What was broadcast before `worker` was set.
 * @type {unknown[]}
 */
const broadcasts = [];
/**
 * The numbers of the tasks whose objects were transferred back, until their turns.
 * @type {number[]}
 */
let returned = [];

// Tasks may arrive, and the thread may be ended, while the file is loading.
port.on('message', receive);

/** @param {MessageToThread} received */
function receive(received) {
  const number = /** @type {number} */ (received[1]);
  const value = received[2];
  switch (received[0]) {
    case RUN:
      last = number;
      if (isMove(received) && !isReturned(number)) turns.moved[turns.moved.length] = received;
      turns.enqueue(number, () => {
        const runner = /** @type {Worker} */ (worker);
        if (!isReturned(number)) {
          runner.run(number, value, received[4]);
          return;
        }
        forgetReturned(number);
        turns.end(number);
      });
      break;
    case ABORT:
      if (worker === undefined) early[early.length] = received;
      else abort(received);
      break;
    case EXIT:
      tearDown();
      break;
    case GET_LAST_ENDED:
      port.postMessage([LAST_ENDED, turns.lastEnded, 0, turns.running()]);
      break;
    case WRITTEN:
      printing.written(number);
      break;
    case BROADCAST:
      if (worker === undefined) broadcasts[broadcasts.length] = value;
      else message.broadcast(value);
  }
}

// The data of a task was posted but cannot be received, such as a view of a buffer that was transferred before.
port.on('messageerror', receiveError);

/** @param {unknown} cause */
function receiveError(cause) {
  const number = claims.next(last);
  last = number;
  turns.enqueue(number, () => {
    // The error for data that is nested too deeply says so itself.
    const error =
      cause instanceof TooDeep
        ? cause
        : new DOMException(UNREADABLE, /** @type {object} */ ({ __proto__: null, name: 'DataCloneError', cause }));
    if (turns.begin(number)) port.postMessage([FAILED, number, 0, encode(error)]);
    turns.end(number);
  });
}

port.unref(); // a file of message style keeps the thread alive itself

// Node.js also reports uncaught errors to the pool, but loses most of their properties.
process.on('uncaughtExceptionMonitor', (error) => {
  printing.flush();
  port.postMessage([UNCAUGHT, 0, 0, encode(error)]);
});

process.on('exit', () => {
  /** @type {Unread[]} */
  const unread = [];
  const { exit, numbers } = moveBack(own, port, turns.moved, unread);
  // At once, since a task may have its turn before `survive` is called.
  turns.moved = [];
  for (let i = 0; i < numbers.length; i++) returned[returned.length] = numbers[i];
  nextTurn(() => survive(unread, exit));
});

/**
 * Called if the thread continues after its exit handlers: one of them threw, or the file itself emitted 'exit'.
 * @param {Unread[]} unread The messages that the exit handler has read from the port.
 * @param {number} exit Which exit this was, from 1.
 */
function survive(unread, exit) {
  printing.isExiting = false;
  port.postMessage([SURVIVED, exit]);
  for (let i = 0; i < unread.length; i++) {
    const next = unread[i];
    if ('message' in next) receive(next.message);
    else receiveError(next.error);
  }
}

/** @param {number} number Of a task. */
function isReturned(number) {
  for (let i = 0; i < returned.length; i++) if (returned[i] === number) return true;
  return false;
}

/** @param {number} number Of a task. */
function forgetReturned(number) {
  const others = [];
  for (let i = 0; i < returned.length; i++) if (returned[i] !== number) others[others.length] = returned[i];
  returned = others;
}

// The event loop is empty, so the thread is about to end.
process.on('beforeExit', () => {
  if (worker !== undefined) expectNoListener();
  else if (message.isListenedTo)
    serveMessages(); // the module awaits a message before it finishes loading
  else if (isLoading) port.postMessage([LOAD_STALLED]);
  else refuse();
});

/** @param {MessageToThread} received An `ABORT`. */
function abort(received) {
  const number = /** @type {number} */ (received[1]);
  const reason = /** @type {EncodedError | undefined} */ (received[2]);
  /** @type {Worker} */ (worker).abort(number, reason && decode(reason));
}

/**
 * Called when the file has added a listener. A module that exports no function may load forever, so tasks do not wait
 * for it.
 */
function listened() {
  if (worker === undefined) nextTurn(serveListeners);
}

function serveListeners() {
  if (worker !== undefined || !message.isListenedTo) return;
  if (isLoading && mayExport(file))
    message.unref(); // so that 'beforeExit' is emitted if the module awaits only a message
  else serveMessages();
}

/** @param {Worker} [chosen] Runs the tasks. */
function serveMessages(chosen = message) {
  if (concurrency > 1) {
    end([LISTENS]);
    return;
  }
  message.ref();
  serve(chosen);
}

/**
 * Begins to run tasks.
 * @param {Worker} chosen Runs the tasks.
 */
function serve(chosen) {
  worker = chosen;
  printing.reportEarly();
  for (let i = 0; i < early.length; i++) abort(early[i]);
  early.length = 0;
  port.postMessage([READY, 0, 0, sharedNow()]);
  for (let i = 0; i < broadcasts.length; i++) message.broadcast(broadcasts[i]);
  broadcasts.length = 0;
  turns.open();
}

/**
 * Begins to run tasks with a file that has loaded.
 * @param {Loaded} loaded
 */
function serveLoaded({ run, named, teardown: tear, names }) {
  teardown = tear;
  const functions = new FunctionWorker(run, named, port, turns, printing, me);
  if (run !== undefined) {
    if (worker !== undefined) return;
    port.ref();
    serve(functions);
    return;
  }
  exportNames = names;
  functionNames = keys(named);
  if (functionNames.length > 0) serveBoth(functions);
  else if (worker === undefined && message.isListenedTo) serveMessages();
  // The file may listen later, after an asynchronous start. Without exports it may take any time for that.
  if (names.length > 0 && !message.isListenedTo) setTimeout(stopWaiting, LISTEN_WITHIN).unref();
}

/**
 * Runs tasks with a name by the exported functions, and tasks without one by the listeners.
 * @param {InstanceType<typeof FunctionWorker>} functions
 */
function serveBoth(functions) {
  /** @type {Worker} */
  const both = {
    run(number, data, name) {
      if (name !== undefined) {
        functions.run(number, data, name);
        return;
      }
      if (message.mayListen) port.unref(); // so that 'beforeExit' is emitted if nothing can make the file listen
      message.run(number, data);
    },
    abort: (number, reason) => functions.abort(number, reason),
  };
  port.ref();
  // Only the functions can run several tasks at a time.
  if (concurrency > 1 && !message.isListenedTo) serve(functions);
  else if (worker !== undefined) worker = both;
  else if (message.isListenedTo) serveMessages(both);
  else serve(both);
}

/** Called some time after the file has loaded. */
function stopWaiting() {
  if (message.isListenedTo) return;
  if (worker === undefined) refuse();
  else expectNoListener();
}

/** Tasks without a name are refused from now on, if the file exports functions and does not listen. */
function expectNoListener() {
  if (functionNames.length === 0 || message.isListenedTo) return;
  port.ref();
  message.expectNone(functionNames);
}

/** Ends the thread in the orderly way, which the pool has requested. */
async function tearDown() {
  const call = teardown; // so that `this` is undefined in the call
  if (call !== undefined) {
    teardown = undefined;
    port.ref(); // the promise alone would not keep the thread alive
    try {
      await call();
    } catch (error) {
      printing.flush();
      port.postMessage([TEARDOWN_FAILED, 0, 0, encode(error)]);
    }
  }
  endThread();
}

/** Ends the thread, since the file cannot run tasks. */
function refuse() {
  end([NO_HANDLER, 0, 0, exportNames]);
}

/** @param {import('../link/protocol').MessageToPool} reason Tells the pool why the thread ends. */
function end(reason) {
  printing.flush();
  port.postMessage(reason);
  endThread();
}

async function main() {
  let loaded;
  try {
    loaded = await load(file);
  } catch (error) {
    end([LOAD_FAILED, 0, 0, encode(error)]);
    return;
  }
  isLoading = false;
  serveLoaded(loaded);
}

main();
