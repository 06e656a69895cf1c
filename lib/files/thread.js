'use strict';

// The pool's side of a thread of `worker_threads` that runs a worker file. The other side is lib/worker-thread/main.js.

const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
const { isDetached } = require('../api/buffers');
const errors = require('../api/errors');
const addon = require('../platform/addon');
const { DeadlineTimer } = require('../platform/deadline-timer');
const { later } = require('../platform/event-loop');
const { NamedData } = require('./named-data');
const { whenWritable, write } = require('./printed');
const claims = require('../link/claims');
const { decode, encode, isEncodable } = require('../link/error-codec');
const { acceptMoves, move } = require('../link/moved');
const {
  RUN,
  ABORT,
  EXIT,
  GET_LAST_ENDED,
  WRITTEN,
  BROADCAST,
  READY,
  COMPLETED,
  FAILED,
  PROGRESS,
  LOAD_FAILED,
  UNCAUGHT,
  LAST_ENDED,
  PRINTED,
  NO_HANDLER,
  LISTENS,
  LOAD_STALLED,
  EARLY_OUTPUT,
  CAUGHT_UP,
  RETURNED,
  SURVIVED,
  TEARDOWN_FAILED,
  MESSAGE,
  NONE,
  BEGUN,
  EXITING,
  HEAVY,
  POSTED,
  OWN_LENGTH,
  SPINNER,
  NOBODY,
  COMMON_LENGTH,
} = require('../link/protocol');
const { IS_NODE } = require('../platform/runtime');

const MAIN = path.resolve(__dirname, '../worker-thread/main.js');

/** @typedef {import('../api/options').PoolOptions} PoolOptions */
/** @typedef {import('./printed').Outputs} Outputs */
/** @typedef {import('./printed').Piece} Piece */
/** @typedef {import('./printed').StreamNumber} StreamNumber */
/** @typedef {{ threadId: number, workerId: number }} Identity `threadId` is unique, `workerId` a seat's number from 1. */
/**
 * Emits an event that concerns a thread.
 * @typedef {(event: string, ...values: unknown[]) => void} Announce
 */
/** @typedef {{ thrown: unknown }} Thrown What was thrown, which may be `undefined`. */
/** @typedef {Parameters<typeof decode>[0]} Encoded */
/** @typedef {{ addEventListener(type: unknown, listener: unknown, options?: object): void }} ListenerTarget */
/** @typedef {import('node:worker_threads').MessagePort} MessagePort */
/** @typedef {[kind: number, number: number, took: number, value: unknown]} Message See protocol.js. */

/**
 * @typedef {object} ThreadFile
 * @property {string} file The path of the worker file.
 * @property {PoolOptions['workerOptions']} options The `workerOptions` of the pool.
 * @property {Outputs} outputs The pool's own streams.
 * @property {Announce} announce Emits an event of the pool.
 * @property {number} concurrency How many tasks a thread runs at a time.
 * @property {number} maxHeap The bytes that the heap of a thread may have after a task, see recycling.js.
 * @property {Int32Array} common The memory that all threads of the pool share.
 */

/**
 * What a thread reports. Tasks are known by their numbers, and times are in milliseconds.
 * @typedef {object} ThreadEvents
 * @property {(time: number) => void} ready The file is loaded, since a time on the clock of shared-clock.js.
 * @property {(number: number, took: number, result: unknown) => void} completed
 * @property {(number: number, took: number, error: unknown) => void} failed
 * @property {(number: number, value: unknown) => void} reported A task reports progress.
 * @property {(number: number, running: readonly number[]) => void} lost The tasks up to a number have ended, except for
 *   those that run. Messages about them could not be read, see `messageError`.
 * @property {(number: number, data: unknown, transfer: readonly unknown[]) => void} returned What was moved with a task
 *   that has not begun has come back.
 * @property {(error: unknown) => void} teardownFailed The `teardown` of the file has failed.
 * @property {() => void} survived The thread has run its exit handlers and continues.
 * @property {(code: number, error: Thrown | undefined) => void} ended The thread has ended with an exit code, because
 *   of an error if there is one. This is the last event.
 */

const ignored = () => {};

/** @type {ThreadEvents} */
const NO_EVENTS = {
  ready: ignored,
  completed: ignored,
  failed: ignored,
  reported: ignored,
  lost: ignored,
  returned: ignored,
  teardownFailed: ignored,
  survived: ignored,
  ended: ignored,
};

/** Whether Node.js writes coverage or profiles of a thread as it ends. Another termination would interrupt that. */
const IS_PROFILED =
  process.env.NODE_V8_COVERAGE !== undefined ||
  /--(?:cpu|heap)-prof\b/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS}`);

/** The delay before a thread that has not ended is terminated again, in milliseconds. It doubles each time. */
const TERMINATE_AGAIN_AFTER = IS_PROFILED ? 1000 : 10;

/** The maximum number of messages of a thread that are received at once. */
const MAX_MESSAGES = 1000;

/** @param {number} length */
const sharedNumbers = (length) => new Int32Array(new SharedArrayBuffer(4 * length));

class FileThread {
  /** @type {Worker} */
  #worker;
  /** @type {MessagePort} */
  #port;
  #file;
  /** @type {Outputs} */
  #outputs;
  /** The streams of the `Worker` are being read. */
  #isDraining = false;
  /** The memory that the thread shares with the pool, and the memory that all threads share. */
  #own = sharedNumbers(OWN_LENGTH);
  /** @type {Int32Array} */
  #common;
  #me;
  #announce;
  /** @type {Identity} */
  #identity;
  /** The number of the task that was posted last. */
  #posted = claims.START;
  /** The highest task number that was recalled before the thread had begun any task. */
  #neverBegun = claims.START;
  /** @type {ThreadEvents | undefined} */
  #events;
  /**
   * Why the thread ends, according to Node.js.
   * @type {Thrown | undefined}
   */
  #error;
  /**
   * The uncaught exception that the thread itself has reported.
   * @type {Thrown | undefined}
   */
  #thrown;
  /** The thread has sent a message. */
  #hasReported = false;
  /**
   * The messages that wait until earlier output has been written.
   * @type {Message[] | undefined}
   */
  #held;
  /**
   * The last error of reading a message of the thread.
   * @type {unknown}
   */
  messageError;
  /** The event loop of the thread was empty before its file had finished loading. */
  #isStalled = false;
  /** Terminates the thread again, if it has not ended. */
  #terminateTimer = new DeadlineTimer(() => this.#requestTermination());
  #terminateAfter = TERMINATE_AGAIN_AFTER;
  /** The pool is ending the thread, or it has ended. */
  isEnding = false;

  /**
   * Starts the thread.
   * @param {ThreadFile} what
   * @param {number} me The number of the thread in the common memory, from 1.
   * @param {ThreadEvents} events
   * @throws the error of `Worker`.
   */
  constructor({ file, options, concurrency, outputs, announce, maxHeap, common }, me, events) {
    this.#common = common;
    this.#me = me;
    this.#events = events;
    this.#own.fill(claims.START);
    this.#own[HEAVY] = 0;
    this.#own[EXITING] = 0;
    this.#file = file;
    const { port1, port2 } = new MessageChannel();
    const { workerData, transferList } = options;
    this.#outputs = outputs;
    this.#announce = announce;
    const workerOptions = {
      __proto__: null,
      ...options,
      workerData: { file, port: port2, own: this.#own, common, me, concurrency, maxHeap, workerData },
      transferList: [...(transferList ?? []), port2],
    };
    this.#worker = new Worker(MAIN, /** @type {import('node:worker_threads').WorkerOptions} */ (workerOptions));
    this.#port = port1;
    shieldListenerOptions(port1);
    port1.on('message', this.#receive);
    port1.on('messageerror', this.#unreadable);
    this.#worker.on('error', (error) => {
      this.#error = { thrown: error };
    });
    this.#worker.on('exit', this.#exit);
    this.#worker.setMaxListeners?.(0); // each call of `terminate` adds one
    if (!IS_NODE) this.#drainEarly();
    // Tasks keep the process alive, threads do not.
    port1.unref();
    this.#worker.unref();
    this.#identity = { threadId: this.#worker.threadId, workerId: me };
    announce('workerCreate', { ...this.#identity });
  }

  get id() {
    return this.#identity.threadId;
  }

  /** The number of the task that was last begun or recalled. */
  get begun() {
    return Atomics.load(this.#own, BEGUN);
  }

  /**
   * @param {number} number
   * @returns {boolean} whether the thread has begun the task of this number.
   */
  hasBegun(number) {
    return !claims.isAfter(number, this.begun);
  }

  /** Whether the thread has ever begun a task. */
  get hasBegunAny() {
    return this.begun !== this.#neverBegun;
  }

  /** Whether the heap of the thread has exceeded `maxHeap` after a task. */
  get isHeavy() {
    return this.#own[HEAVY] === 1;
  }

  /** Whether the thread has exceeded its `resourceLimits`. */
  get isOutOfMemory() {
    return codeOf(this.#error) === 'ERR_WORKER_OUT_OF_MEMORY';
  }

  /** Whether the system has refused the thread after `Worker` was called. */
  get isRefused() {
    return !this.#hasReported && codeOf(this.#error) === 'ERR_WORKER_INIT_FAILED';
  }

  /**
   * Posts a task to the thread, which runs it in its turn.
   * @param {unknown} input The data, or a `NamedData`.
   * @param {Iterable<unknown>} [transfer] What to move with the data.
   * @returns {number | undefined} the number of the task; `undefined` if the thread exits, so that nothing can be moved
   *   to it.
   * @throws if the data cannot be cloned or moved. Then the thread does not have the task.
   */
  post(input, transfer) {
    const number = claims.next(this.#posted);
    if (transfer !== undefined) {
      if (!this.#move(number, input, [...transfer])) return undefined;
    } else if (input instanceof NamedData) {
      this.#port.postMessage([RUN, number, input.data, undefined, input.name]);
    } else {
      this.#port.postMessage([RUN, number, input]);
    }
    this.#posted = number;
    Atomics.store(this.#own, POSTED, number);
    return number;
  }

  /**
   * @param {number} number
   * @param {unknown} input
   * @param {unknown[]} list
   */
  #move(number, input, list) {
    // Node.js 20 moves a detached buffer as an empty one.
    for (let i = 0; i < list.length; i++) if (isDetached(list[i])) throw errors.detached();
    // Node.js cannot transfer the addon's memory. postMessage copies it, and then it is detached.
    const blocks = /** @type {ArrayBuffer[]} */ (list.filter((item) => addon.isBlock(item)));
    if (new Set(blocks).size < blocks.length) throw errors.transferredTwice();
    const others =
      blocks.length === 0 ? list : list.filter((item) => !(/** @type {unknown[]} */ (blocks).includes(item)));
    const transfer = /** @type {import('node:worker_threads').Transferable[]} */ (others);
    const { data, name } = input instanceof NamedData ? input : { data: input, name: undefined };
    const isPosted = move(this.#own, () => this.#port.postMessage([RUN, number, data, list, name], transfer));
    if (isPosted) for (const block of blocks) addon.detachBlock(block);
    return isPosted;
  }

  /**
   * Recalls all tasks that the thread has not begun.
   * @returns {number} the number of the task that was begun last.
   */
  recall() {
    const begun = claims.recall(this.#own, this.#posted);
    if (begun === this.#neverBegun) this.#neverBegun = this.#posted;
    return begun;
  }

  /**
   * Aborts the signal of a task in the thread.
   * @param {number} number
   * @param {unknown} reason
   */
  abort(number, reason) {
    this.#port.postMessage([ABORT, number, isEncodable(reason) ? encode(reason) : undefined]);
  }

  /**
   * Reports to others from now on.
   * @param {ThreadEvents} events
   */
  reportTo(events) {
    this.#events = events;
  }

  /**
   * Ends the thread, which has no task, once its exit handlers have run. There is no time limit.
   * @param {() => void} ended Called when it has ended. No other event is reported.
   */
  leave(ended) {
    this.reportTo({ ...NO_EVENTS, teardownFailed: this.#events?.teardownFailed ?? ignored, ended });
    this.exit();
  }

  /**
   * Posts a value to the file, which receives it as the event 'broadcast' of its `parentPort`.
   * @param {unknown} value
   * @throws if it cannot be cloned.
   */
  broadcast(value) {
    this.#port.postMessage([BROADCAST, 0, value]);
  }

  /** Terminates the thread. No further event is reported. */
  discard() {
    this.#events = undefined;
    this.terminate();
  }

  /** Ends the thread, which has no task, once its exit handlers have run. There is no time limit. */
  exit() {
    this.isEnding = true;
    this.#port.postMessage([EXIT]);
  }

  /** Ends the thread immediately, whatever it does. */
  terminate() {
    this.isEnding = true;
    this.#terminateTimer.cancel();
    this.#terminateTimer.schedule(this.#requestTermination());
  }

  /**
   * Terminates the thread. V8 can lose the request, see lost-termination.test.js.
   * @returns {number} after how many milliseconds to do so again, unless the thread has ended.
   */
  #requestTermination() {
    this.#worker.terminate();
    this.#worker.unref(); // a thread that cannot be terminated is left behind
    const after = this.#terminateAfter;
    this.#terminateAfter *= 2;
    return after;
  }

  #receive = (/** @type {Message} */ received) => {
    if (this.#events === undefined) return;
    const kind = received[0];
    if (kind === CAUGHT_UP) {
      // The output was sent earlier but through another port, which the event loop may serve after this one.
      later(() => this.#receiveHeld());
      return;
    }
    if (this.#held !== undefined) {
      this.#held.push(received);
      return;
    }
    const number = received[1];
    const took = received[2];
    const value = received[3];
    this.#hasReported = true;
    if (kind === PRINTED) {
      this.#print(/** @type {StreamNumber | typeof NONE} */ (took), /** @type {Piece[]} */ (value));
      return;
    }
    if (kind !== UNCAUGHT) this.#thrown = undefined; // the file has handled it
    this.#isStalled = kind === LOAD_STALLED;
    if (kind === MESSAGE) this.#announce('message', value, { ...this.#identity });
    else if (kind === READY) this.#ready(/** @type {number} */ (value));
    else if (kind === EARLY_OUTPUT) this.#holdMessages();
    else if (kind === LOAD_FAILED) this.#error = { thrown: decode(/** @type {Encoded} */ (value)) };
    else if (kind === LISTENS) this.#error = { thrown: errors.listens(this.#file) };
    else if (kind === NO_HANDLER) this.#error = { thrown: errors.noTask(this.#file, /** @type {string[]} */ (value)) };
    else if (kind === UNCAUGHT) this.#thrown = { thrown: decode(/** @type {Encoded} */ (value)) };
    else if (kind === COMPLETED) this.#events.completed(number, took, value);
    else if (kind === FAILED) this.#events.failed(number, took, decode(/** @type {Encoded} */ (value)));
    else if (kind === PROGRESS) this.#events.reported(number, value);
    else if (kind === LAST_ENDED) this.#events.lost(number, /** @type {number[]} */ (value));
    else if (kind === RETURNED) this.#returned(number, /** @type {[unknown, unknown[]]} */ (value));
    else if (kind === SURVIVED) this.#survived(number);
    else if (kind === TEARDOWN_FAILED) this.#events.teardownFailed(decode(/** @type {Encoded} */ (value)));
  };

  /**
   * @param {number} number
   * @param {[data: unknown, transfer: unknown[]]} moved
   */
  #returned(number, moved) {
    this.#events?.returned(number, moved[0], moved[1]);
  }

  /** @param {number} exit Which exit the thread has survived. */
  #survived(exit) {
    acceptMoves(this.#own, exit);
    this.#events?.survived();
  }

  /**
   * The streams of the `Worker` whose output goes to the pool's own streams. In Node.js they carry only what is printed
   * before the file is loaded.
   */
  #earlyStreams() {
    const { stdout, stderr } = this.#worker;
    return [stdout, stderr].filter((_, number) => this.#outputs[number] !== undefined);
  }

  /** Holds the following messages until the output of the `Worker` has been written. */
  #holdMessages() {
    this.#held = [];
    this.#drainEarly();
  }

  #receiveHeld() {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#receive(message);
  }

  /** Reads these streams, since Node.js makes the thread wait until they are read. */
  #drainEarly() {
    if (this.#isDraining) return;
    this.#isDraining = true;
    const { stdout, stderr } = this.#worker;
    for (const [number, stream] of [stdout, stderr].entries()) {
      const output = this.#outputs[number];
      if (output !== undefined) stream.on('data', (chunk) => output.write(chunk));
    }
  }

  /** @param {number} time */
  #ready(time) {
    // A stream that is being read keeps the process alive until it ends.
    if (this.#isDraining && IS_NODE) for (const stream of this.#earlyStreams()) stream.push(null);
    this.#announce('workerReady', { ...this.#identity });
    this.#events?.ready(time);
  }

  /**
   * @param {StreamNumber | typeof NONE} awaited The stream for which the thread expects an answer.
   * @param {Piece[]} pieces
   */
  #print(awaited, pieces) {
    write(pieces, this.#outputs);
    if (awaited === NONE) return;
    const number = /** @type {StreamNumber} */ (awaited);
    const written = () => this.#port.postMessage([WRITTEN, number]);
    whenWritable(number, this.#outputs, written);
  }

  /** Asks the thread which task has ended last, since the unreadable message may have been the end of a task. */
  #unreadable = (/** @type {unknown} */ error) => {
    this.messageError = error;
    this.#port.postMessage([GET_LAST_ENDED]);
  };

  /**
   * Receives the messages that wait while the event loop was blocked. A thread may send messages forever, so this
   * receives no more than Node.js delivers in one turn.
   */
  receiveWaiting() {
    this.#receiveHeld();
    for (let count = 0; count < MAX_MESSAGES; count++) {
      let received;
      try {
        received = receiveMessageOnPort(this.#port);
      } catch (error) {
        this.#unreadable(error);
        continue;
      }
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #exit = (/** @type {number} */ code) => {
    this.#terminateTimer.cancel();
    Atomics.compareExchange(this.#common, SPINNER, this.#me, NOBODY);
    this.#receiveHeld();
    this.#receiveRest();
    this.#port.close();
    this.#announce('workerExit', { ...this.#identity, exitCode: code });
    this.#events?.ended(code, this.#reason(code));
  };

  /** Receives the messages that the thread sent before it ended. */
  #receiveRest() {
    /** @type {Piece[]} */
    let pieces = [];
    for (;;) {
      let received;
      try {
        received = receiveMessageOnPort(this.#port);
      } catch (error) {
        this.messageError = error;
        continue;
      }
      // An exit handler sends each piece in a message of its own.
      if (received?.message[0] === PRINTED) {
        for (const piece of received.message[3]) pieces.push(piece);
        continue;
      }
      write(pieces, this.#outputs);
      pieces = [];
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  /**
   * @param {number} code The exit code.
   * @returns {Thrown | undefined} the error that has ended the thread. An error by which Node.js itself ends a thread
   *   was never thrown in the thread.
   */
  #reason(code) {
    if (codeOf(this.#error) === 'ERR_WORKER_OUT_OF_MEMORY') return this.#error;
    if (this.#error !== undefined) return this.#thrown ?? this.#error;
    return this.#isStalled ? { thrown: errors.crashed(code, errors.neverLoaded(this.#file)) } : undefined;
  }
}

/**
 * @param {Thrown | undefined} error
 * @returns {unknown} the `code` of what was thrown.
 */
const codeOf = (error) => /** @type {{ code?: unknown } | null | undefined} */ (error?.thrown)?.code;

/**
 * Keeps `on` of a port from reading options, such as `once`, from Object.prototype: Node.js adds the listener with a
 * plain object.
 * @param {MessagePort} port
 */
function shieldListenerOptions(port) {
  const { addEventListener } = /** @type {ListenerTarget} */ (/** @type {unknown} */ (port));
  /** @type {ListenerTarget['addEventListener']} */
  const value = (type, listener, options) =>
    addEventListener.call(port, type, listener, { __proto__: null, ...options });
  const property = { __proto__: null, value };
  Object.defineProperty(port, 'addEventListener', property);
}

/** Makes the memory that all threads of a pool share. */
const commonMemory = () => sharedNumbers(COMMON_LENGTH);

module.exports = { FileThread, NO_EVENTS, commonMemory };
