'use strict';

// A thread of `worker_threads` that runs a worker file, as the pool sees it; the other end is
// lib/worker-thread/main.js.

const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
const errors = require('../api/errors');
const { DeadlineTimer } = require('../platform/deadline-timer');
const { whenAccepted, write } = require('./printed');
const claims = require('../link/claims');
const { decode, encode, isEncodable } = require('../link/error-codec');
const { move } = require('../link/moved');
const {
  RUN,
  ABORT,
  EXIT,
  GET_LAST_ENDED,
  WRITTEN,
  READY,
  COMPLETED,
  FAILED,
  PROGRESS,
  LOAD_FAILED,
  UNCAUGHT,
  LAST_ENDED,
  PRINTED,
  NO_HANDLER,
  LOAD_STALLED,
  EARLY_OUTPUT,
  RETURNED,
  NONE,
  BEGUN,
  POSTED,
  OWN_LENGTH,
  SPINNER,
  NOBODY,
  COMMON_LENGTH,
} = require('../link/protocol');
const { IS_NODE } = require('../platform/runtime');

const MAIN = path.resolve(__dirname, '../worker-thread/main.js');

/** After how many milliseconds a thread is terminated once more at first, if it has not ended; then after twice as many. */
const INSIST_AFTER = 10;

/** How many messages of a thread are received in one go. */
const MOST_AT_ONCE = 1000;

const sharedNumbers = (length) => new Int32Array(new SharedArrayBuffer(4 * length));

class FileWorker {
  #worker;
  #port;
  #file;
  /** Which of its streams are kept back. */
  #isKeptBack;
  #isReading = false;
  /** The memory of this thread, and of all. */
  #own = sharedNumbers(OWN_LENGTH);
  #common;
  #me;
  /** The number of the task that was posted last. */
  #posted = claims.START;
  /** That of the task that was posted last of those at the beginning that were taken back. */
  #neverBegun = claims.START;
  #owner;
  /** Why it ends, as Node.js says it, and as the thread does itself. */
  #error;
  #thrown;
  /** It has said something. */
  #hasSpoken = false;
  /** Why something that it said could not be read, if so: the last of such errors. */
  unread;
  /** Its event loop ran empty while its file was still loading. */
  #isStalled = false;
  /** Terminates it once more, if it has not ended. */
  #patience = new DeadlineTimer(() => this.#insist());
  #insistsAfter = INSIST_AFTER;
  /** It is being ended by the pool. */
  isEnding = false;

  /**
   * Throws what `Worker` does.
   * @param {{ file: string, options: object, common: Int32Array, me: number }} what The file, the pool's
   *   `workerOptions`, and the memory of all its threads, of which this one has a number from 1.
   * @param owner Whose functions are called: `ready(time)` when it is, since then, see shared-clock.js; `completed(number,
   *   took, result)` and `failed(number, took, error)` when the task of a number has; `reported(number, value)` for what
   *   that reports; `lost(number)` when the ends of the tasks up to a number, where they were not told, cannot be read, see
   *   `unread`; `returned(number, data, transfer)` with what was posted with a task that was not begun; and `ended(code,
   *   error)` when the thread has, with what was `thrown` if anything was. No call follows that.
   */
  constructor({ file, options, common, me }, owner) {
    this.#common = common;
    this.#me = me;
    this.#owner = owner;
    this.#own.fill(claims.START);
    this.#file = file;
    const { port1, port2 } = new MessageChannel();
    const { workerData, transferList, stdout, stderr } = options;
    this.#isKeptBack = [stdout, stderr];
    this.#worker = new Worker(MAIN, {
      __proto__: null,
      ...options,
      workerData: { file, port: port2, own: this.#own, common, me, workerData },
      transferList: [...(transferList ?? []), port2],
    });
    this.#port = port1;
    listensAlone(port1);
    port1.on('message', this.#receive);
    port1.on('messageerror', this.#unreadable);
    this.#worker.on('error', (error) => {
      this.#error = { thrown: error };
    });
    this.#worker.on('exit', this.#exit);
    this.#worker.setMaxListeners?.(0); // each call of `terminate` adds one
    if (!IS_NODE) this.#readKeptBack();
    // What keeps the process alive are the tasks.
    port1.unref();
    this.#worker.unref();
  }

  /** The number of the task that it has begun last, or that was taken back last. */
  get begun() {
    return Atomics.load(this.#own, BEGUN);
  }

  /** Whether it has begun the task of that number. */
  hasBegun(number) {
    return !claims.isAfter(number, this.begun);
  }

  /** Whether it has ever begun a task. */
  get hasWorked() {
    return this.begun !== this.#neverBegun;
  }

  /** Whether the system has refused the thread after `Worker` was called. */
  get isRefused() {
    return !this.#hasSpoken && this.#error?.thrown?.code === 'ERR_WORKER_INIT_FAILED';
  }

  /**
   * Posts a task to it, which it runs when those have ended that it has.
   * @returns {number | undefined} the task's number; none if something should be moved to a thread that exits.
   * @throws what cannot be cloned or transferred; then it does not have the task.
   */
  post(data, transfer) {
    const number = claims.next(this.#posted);
    if (transfer === undefined) this.#port.postMessage([RUN, number, data]);
    else if (!this.#move(number, data, [...transfer])) return undefined;
    this.#posted = number;
    Atomics.store(this.#own, POSTED, number);
    return number;
  }

  #move(number, data, list) {
    return move(this.#own, () => this.#port.postMessage([RUN, number, data, list], list));
  }

  /** Takes back all tasks that it has not begun. @returns {number} the number of the one that was begun last. */
  recall() {
    const begun = claims.recall(this.#own, this.#posted);
    if (begun === this.#neverBegun) this.#neverBegun = this.#posted;
    return begun;
  }

  /** Says that the task of that number is not wanted any more. */
  abort(number, reason) {
    this.#port.postMessage([ABORT, number, isEncodable(reason) ? encode(reason) : undefined]);
  }

  /** Ends it, and tells nobody of anything from now on. */
  discard() {
    this.#owner = undefined;
    this.terminate();
  }

  /** Ends the thread, which has no task, when its exit handlers have run. They may take as long as they need. */
  exit() {
    this.isEnding = true;
    this.#port.postMessage([EXIT]);
  }

  /** Ends the thread at once, whatever it does. */
  terminate() {
    this.isEnding = true;
    this.#patience.cancel();
    this.#patience.schedule(this.#insist());
  }

  /**
   * Terminates the thread. V8 can lose that: see lost-termination.test.js.
   * @returns {number} in how many milliseconds to do so again, unless the thread has ended.
   */
  #insist() {
    this.#worker.terminate();
    this.#worker.unref(); // a thread that cannot be terminated is left behind
    const after = this.#insistsAfter;
    this.#insistsAfter *= 2;
    return after;
  }

  #receive = (received) => {
    if (this.#owner === undefined) return;
    const kind = received[0];
    const number = received[1];
    const took = received[2];
    const value = received[3];
    this.#hasSpoken = true;
    if (kind === PRINTED) {
      this.#print(took, value);
      return;
    }
    if (kind !== UNCAUGHT) this.#thrown = undefined; // the file has seen to it
    this.#isStalled = kind === LOAD_STALLED;
    if (kind === READY) this.#ready(value);
    else if (kind === EARLY_OUTPUT) this.#readKeptBack();
    else if (kind === LOAD_FAILED) this.#error = { thrown: decode(value) };
    else if (kind === NO_HANDLER) this.#error = { thrown: errors.noTask(this.#file, value) };
    else if (kind === UNCAUGHT) this.#thrown = { thrown: decode(value) };
    else if (kind === COMPLETED) this.#owner.completed(number, took, value);
    else if (kind === FAILED) this.#owner.failed(number, took, decode(value));
    else if (kind === PROGRESS) this.#owner.reported(number, value);
    else if (kind === LAST_ENDED) this.#owner.lost(number);
    else if (kind === RETURNED) this.#owner.returned(number, value[0], value[1]);
  };

  /** The streams of the `Worker` that are kept back, by which only comes what is printed before the file is loaded. */
  #keptBack() {
    const { stdout, stderr } = this.#worker;
    return [stdout, stderr].filter((_, number) => this.#isKeptBack[number]);
  }

  /** Node.js's thread waits until that is read. */
  #readKeptBack() {
    this.#isReading = true;
    for (const stream of this.#keptBack()) stream.resume();
  }

  #ready(time) {
    // A stream that is being read keeps the process alive until its end.
    if (this.#isReading && IS_NODE) for (const stream of this.#keptBack()) stream.push(null);
    this.#owner.ready(time);
  }

  #print(awaited, pieces) {
    write(pieces, this.#isKeptBack);
    if (awaited === NONE) return;
    const written = () => this.#port.postMessage([WRITTEN, awaited]);
    if (this.#isKeptBack[awaited]) written();
    else whenAccepted(awaited, written);
  }

  /** Of which task that was, and whether its end, the thread has to say. */
  #unreadable = (error) => {
    this.unread = error;
    this.#port.postMessage([GET_LAST_ENDED]);
  };

  /**
   * Receives what the thread has said and the event loop, which was blocked, has not come to. A thread may go on to say
   * things for ever, so not more than Node.js passes on in one turn.
   */
  receiveWaiting() {
    for (let count = 0; count < MOST_AT_ONCE; count++) {
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

  #exit = (code) => {
    this.#patience.cancel();
    Atomics.compareExchange(this.#common, SPINNER, this.#me, NOBODY);
    this.#receiveRest();
    this.#port.close();
    this.#owner?.ended(code, this.#reason(code));
  };

  /** What the thread said before it ended may not have been told yet. */
  #receiveRest() {
    let pieces = [];
    for (;;) {
      let received;
      try {
        received = receiveMessageOnPort(this.#port);
      } catch (error) {
        this.unread = error;
        continue;
      }
      // An exit handler sends each piece by itself.
      if (received?.message[0] === PRINTED) {
        for (const piece of received.message[3]) pieces.push(piece);
        continue;
      }
      write(pieces, this.#isKeptBack);
      pieces = [];
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  /** Why it has ended, if for an error. What Node.js itself ends a thread for was never thrown in it. */
  #reason(code) {
    if (this.#error?.thrown?.code === 'ERR_WORKER_OUT_OF_MEMORY') return this.#error;
    if (this.#error !== undefined) return this.#thrown ?? this.#error;
    return this.#isStalled ? { thrown: errors.crashed(code, errors.neverLoaded(this.#file)) } : undefined;
  }
}

/** Has `on` of a port read no options, like `once`, from Object.prototype: Node.js adds its listener with a plain object. */
function listensAlone(port) {
  const { addEventListener } = port;
  const value = (type, listener, options) =>
    addEventListener.call(port, type, listener, { __proto__: null, ...options });
  Object.defineProperty(port, 'addEventListener', { __proto__: null, value });
}

/** Memory that all threads of a pool see. */
const commonMemory = () => sharedNumbers(COMMON_LENGTH);

module.exports = { FileWorker, commonMemory };
