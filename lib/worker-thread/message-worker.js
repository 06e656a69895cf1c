'use strict';

// Runs tasks with a worker file of message style, which listens on `parentPort`. Each task is a message to the file,
// and the next message from the file is its result. Further messages become the event 'message' of the pool.

const threads = require('node:worker_threads');
const { now, since } = require('../platform/clock');
const { encode } = require('../link/error-codec');
const { nextTurn } = require('./next-turn');
const { ParentPort } = require('./parent-port');
const { COMPLETED, FAILED, MESSAGE } = require('../link/protocol');
const { taskNotFound } = require('./task-not-found');
const { isThenable } = require('./thenable');

/** @typedef {import('node:worker_threads').MessagePort} MessagePort */
/** @typedef {InstanceType<typeof import('./printing').Printing>} Printing */
/** @typedef {InstanceType<typeof import('./turns').Turns>} Turns */
/** @typedef {Parameters<MessagePort['postMessage']>[1]} TransferList */

/**
 * A task that was dispatched.
 * @typedef {object} Current
 * @property {null} __proto__
 * @property {number} number
 * @property {number} started On the clock of `now()`, in milliseconds.
 * @property {boolean} isAsync Whether a listener has returned a promise.
 * @property {boolean} hasThrown Whether a listener has thrown or rejected.
 * @property {boolean} hasEnded
 */

const { apply } = Reflect;

const parentPort = /** @type {MessagePort} */ (threads.parentPort);

class MessageWorker {
  /** @type {MessagePort} */
  #port;
  /** @type {Turns} */
  #turns;
  /** @type {Printing} */
  #printing;
  /** @type {InstanceType<typeof ParentPort>} */
  #parent;
  /**
   * The task without an answer.
   * @type {Current | undefined}
   */
  #current;
  /**
   * The names of the exported functions of a file that is not expected to listen any more.
   * @type {string[] | undefined}
   */
  #neverListens;
  /** Whether the listening file keeps the event loop alive. */
  #isRef = true;
  /** Whether the listeners of the current task are being called. */
  #isDispatching = false;
  /**
   * Begins the next task, while the file has no listener.
   * @type {(() => void) | undefined}
   */
  #undelivered;
  /** @type {number | undefined} */
  #undeliveredNumber;

  /**
   * @param {MessagePort} port Leads to the pool.
   * @param {Turns} turns
   * @param {Printing} printing
   * @param {() => void} listened Called when the file has added a listener.
   */
  constructor(port, turns, printing, listened) {
    this.#port = port;
    this.#turns = turns;
    this.#printing = printing;
    this.#parent = new ParentPort({
      added: () => {
        this.#neverListens = undefined;
        listened();
        if (this.#undelivered !== undefined) nextTurn(this.#deliver);
      },
      call: (listener, self, message) => this.#call(listener, self, message),
    });
    /**
     * @param {unknown} value
     * @param {TransferList} [transfer]
     */
    parentPort.postMessage = (value, transfer) => this.#answer(value, transfer);
  }

  /**
   * Whether the file listens for messages.
   * @returns {boolean}
   */
  get isListenedTo() {
    return this.#parent.isListenedTo;
  }

  /**
   * Whether the file does not listen for messages yet, but may do so later.
   * @returns {boolean}
   */
  get mayListen() {
    return !this.isListenedTo && this.#neverListens === undefined;
  }

  /**
   * Stops waiting until the file listens. Its tasks need names.
   * @param {string[]} names Of the functions that it exports.
   */
  expectNone(names) {
    this.#neverListens = names;
    if (this.#undelivered === undefined) return;
    this.#undelivered = undefined;
    this.#refuse(/** @type {number} */ (this.#undeliveredNumber), undefined);
  }

  /**
   * Fails a task that the file does not have.
   * @param {number} number
   * @param {string | undefined} name
   */
  #refuse(number, name) {
    if (this.#turns.begin(number)) {
      const error = taskNotFound(name, this.#neverListens ?? []);
      this.#port.postMessage([FAILED, number, 0, encode(error)]);
    }
    this.#turns.end(number);
  }

  /**
   * Emits the event 'broadcast' on the port of the file.
   * @param {unknown} value
   */
  broadcast(value) {
    this.#parent.broadcast(value);
  }

  /** Lets the event loop end, even if the file listens. */
  unref() {
    if (this.#isRef) parentPort.unref?.();
    this.#isRef = false;
  }

  /** Reverts `unref`. */
  ref() {
    if (!this.#isRef) parentPort.ref?.();
    this.#isRef = true;
  }

  /**
   * Runs a task, or waits until the file listens.
   * @param {number} number
   * @param {unknown} data
   * @param {string} [name] Must be undefined: the file exports no function.
   */
  run(number, data, name) {
    if (name !== undefined || this.#neverListens !== undefined) {
      this.#refuse(number, name);
      return;
    }
    // A file may listen for one message at a time, and again later. If it never does, nothing keeps this thread alive.
    this.#undelivered = () => this.#begin(number, data);
    this.#undeliveredNumber = number;
    this.#deliver();
  }

  /** Does nothing: the message style has no way to abort. */
  abort() {}

  #deliver = () => {
    if (this.#undelivered === undefined || !this.isListenedTo) return;
    const begin = this.#undelivered;
    this.#undelivered = undefined;
    begin();
  };

  /**
   * @param {number} number
   * @param {unknown} data
   */
  #begin(number, data) {
    if (!this.#turns.begin(number)) {
      this.#turns.end(number);
      return;
    }
    const current = { __proto__: null, number, started: now(), isAsync: false, hasThrown: false, hasEnded: false };
    this.#current = current;
    this.#isDispatching = true;
    try {
      this.#parent.dispatch(data);
    } finally {
      this.#isDispatching = false;
      if (this.#current !== current) this.#answered(current);
    }
  }

  /**
   * A task was answered while its listeners were called, and they have returned.
   * @param {Current} current
   */
  #answered(current) {
    if (current.isAsync) this.#endLater(current);
    else this.#end(current);
  }

  /**
   * Calls a listener of the file. If it throws, or its promise rejects, the task fails.
   * @param {Function} listener
   * @param {unknown} self
   * @param {unknown} message
   */
  #call(listener, self, message) {
    const current = this.#current;
    try {
      const returned = apply(listener, self, [message]);
      if (isThenable(returned)) {
        if (current !== undefined) current.isAsync = true;
        this.#watch(current, returned);
      }
      return returned;
    } catch (error) {
      this.#failLater(current, error);
      throw error;
    }
  }

  /**
   * @param {Current | undefined} current
   * @param {PromiseLike<unknown>} promise
   */
  async #watch(current, promise) {
    try {
      await promise;
    } catch (error) {
      this.#failLater(current, error);
    }
  }

  /**
   * Fails a task in the next turn. An uncaught exception ends the thread before that, unless the file handles it. The
   * handler of the file may also answer.
   * @param {Current | undefined} current
   * @param {unknown} error
   */
  #failLater(current, error) {
    if (current === undefined) return;
    current.hasThrown = true;
    if (current !== this.#current) return;
    nextTurn(() => {
      this.#printing.flush();
      if (current !== this.#current) return;
      this.#current = undefined;
      this.#port.postMessage([FAILED, current.number, since(current.started), encode(error)]);
      this.#turns.end(current.number);
    });
  }

  /**
   * Completes the current task. A message that answers no task is for the listeners of the pool. Throws if the value
   * cannot be cloned.
   * @param {unknown} value
   * @param {TransferList} transfer
   */
  #answer(value, transfer) {
    this.#printing.flush();
    const current = this.#current; // a callback of the output may have answered
    if (current === undefined) {
      this.#port.postMessage([MESSAGE, 0, 0, value], transfer);
      return;
    }
    // If the file runs foreign code, a time limit of node:vm may interrupt any call. The file may answer again then.
    if (!this.#isDispatching) this.#endLater(current);
    this.#port.postMessage([COMPLETED, current.number, since(current.started), value], transfer);
    if (this.#current === current) this.#current = undefined; // else a getter of the value has answered first
  }

  /**
   * Ends a task as a microtask, since the file may have more to do after it answers.
   * @param {Current} current
   */
  async #endLater(current) {
    await undefined;
    if (this.#current !== current) this.#end(current); // else the answer was interrupted
  }

  /**
   * Ends a task, which lets the next one begin. If a listener has thrown after it answered, the next task begins only
   * if the thread survives.
   * @param {Current} current
   */
  #end(current) {
    if (current.hasEnded) return;
    current.hasEnded = true;
    if (current.hasThrown) nextTurn(() => this.#turns.end(current.number));
    else this.#turns.end(current.number);
  }
}

module.exports = { MessageWorker };
