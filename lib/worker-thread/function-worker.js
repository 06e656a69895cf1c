'use strict';

// Runs tasks with a worker file of function style: each task is a call of an exported function.

const { now, since } = require('../platform/clock');
const { encode } = require('../link/error-codec');
const { COMPLETED, FAILED, PROGRESS } = require('../link/protocol');
const { taskNotFound } = require('./task-not-found');
const { isThenable } = require('./thenable');

/** @typedef {{ [name: string]: unknown }} NamedFunctions Exported functions by name. The object has no prototype. */
/** @typedef {import('node:worker_threads').MessagePort} MessagePort */
/** @typedef {import('node:worker_threads').TransferListItem} TransferListItem */
/** @typedef {InstanceType<typeof import('./printing').Printing>} Printing */
/** @typedef {InstanceType<typeof import('./turns').Turns>} Turns */

// Before a worker file can replace them.
const { AbortController } = globalThis;
const { keys } = Object;

/** A result with a transfer list. */
class Transfer {
  /** @type {unknown} */
  #value;
  /** @type {TransferListItem[]} */
  #list;

  /**
   * @param {unknown} value
   * @param {TransferListItem[]} list
   */
  constructor(value, list) {
    this.#value = value;
    this.#list = list;
  }

  /**
   * Splits any result into value and transfer list, without calling traps of a proxy.
   * @param {unknown} result
   * @returns {{ value: unknown, list: TransferListItem[] | undefined }}
   */
  static of(result) {
    const isOne = typeof result === 'object' && result !== null && #list in result;
    return isOne ? { value: result.#value, list: result.#list } : { value: result, list: undefined };
  }
}

/** The second argument of the function; see `WorkerContext` in index.d.ts. */
class Context {
  /** @type {MessagePort} */
  #port;
  /** @type {Printing} */
  #printing;
  /** @type {number} */
  #number;
  /** @type {AbortController | undefined} */
  #controller;
  #ended = false;
  #workerId;

  /**
   * @param {MessagePort} port Leads to the pool.
   * @param {Printing} printing
   * @param {number} number The number of the task.
   * @param {number} workerId
   */
  constructor(port, printing, number, workerId) {
    this.#workerId = workerId;
    this.#port = port;
    this.#printing = printing;
    this.#number = number;
  }

  // Getters, since most functions use none of these, and others may destructure the context.

  get signal() {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get workerId() {
    return this.#workerId;
  }

  get progress() {
    /**
     * @param {unknown} value
     * @param {TransferListItem[]} [transfer]
     */
    return (value, transfer) => {
      if (this.#ended) return;
      this.#printing.flush();
      this.#port.postMessage([PROGRESS, this.#number, 0, value], transfer);
    };
  }

  get transfer() {
    /**
     * @param {unknown} value
     * @param {TransferListItem[]} list
     */
    return (value, list) => new Transfer(value, list);
  }

  /**
   * Whether a context belongs to the task with this number.
   * @param {Context | undefined} context
   * @param {number} number
   * @returns {context is Context}
   */
  static isOf(context, number) {
    return context !== undefined && context.#number === number;
  }

  /**
   * @param {Context} context
   * @param {unknown} reason
   */
  static abort(context, reason) {
    context.#controller ??= new AbortController();
    context.#controller.abort(reason);
  }

  /**
   * Ends a context: it reports no progress any more.
   * @param {Context} context
   */
  static end(context) {
    context.#ended = true;
  }
}

class FunctionWorker {
  /** @type {Function | undefined} */
  #default;
  /** @type {NamedFunctions} */
  #named;
  /** @type {MessagePort} */
  #port;
  /** @type {Turns} */
  #turns;
  /** @type {Printing} */
  #printing;
  /**
   * The contexts of the tasks that run.
   * @type {Context[]}
   */
  #contexts = [];
  /**
   * The numbers of the tasks that were aborted before they have begun.
   * @type {number[]}
   */
  #early = [];
  #workerId;

  /**
   * @param {Function | undefined} run The function that the file exports as its default.
   * @param {NamedFunctions} named The other functions.
   * @param {MessagePort} port Leads to the pool.
   * @param {Turns} turns
   * @param {Printing} printing
   * @param {number} workerId The number of the worker in its pool, from 1.
   */
  constructor(run, named, port, turns, printing, workerId) {
    this.#workerId = workerId;
    this.#default = run;
    this.#named = named;
    this.#port = port;
    this.#turns = turns;
    this.#printing = printing;
  }

  /**
   * Runs a task, unless it was aborted before.
   * @param {number} number
   * @param {unknown} data
   * @param {string} [name] Of the function; the default export if undefined.
   */
  run(number, data, name) {
    if (!this.#turns.begin(number)) {
      this.#turns.end(number);
      return;
    }
    const context = new Context(this.#port, this.#printing, number, this.#workerId);
    this.#contexts[this.#contexts.length] = context;
    if (this.#early.length > 0 && this.#isAborted(number)) {
      this.#fail(context, number, 0, undefined); // the pool has settled it
      return;
    }
    const started = now();
    let result;
    let isPromise;
    try {
      const isDefault = name === undefined || name === 'default';
      const call = isDefault ? this.#default : this.#named[name]; // so that `this` is undefined in the call
      if (typeof call !== 'function') throw taskNotFound(name, this.#names());
      result = call(data, context);
      isPromise = isThenable(result);
    } catch (error) {
      this.#fail(context, number, since(started), error);
      return;
    }
    if (isPromise) this.#settle(context, number, started, result);
    else this.#complete(context, number, since(started), result);
  }

  #names() {
    const names = this.#default === undefined ? [] : ['default'];
    const named = keys(this.#named);
    for (let i = 0; i < named.length; i++) names[names.length] = named[i];
    return names;
  }

  /**
   * Aborts a task, which may have ended, or not begun.
   * @param {number} number
   * @param {unknown} reason
   */
  abort(number, reason) {
    for (let i = 0; i < this.#contexts.length; i++) {
      const context = this.#contexts[i];
      if (Context.isOf(context, number)) {
        Context.abort(context, reason);
        return;
      }
    }
    if (!this.#turns.hasBegun(number)) this.#early[this.#early.length] = number;
  }

  /**
   * @param {number} number Of a task that begins.
   * @returns {boolean} whether it was aborted before.
   */
  #isAborted(number) {
    const early = this.#early;
    this.#early = [];
    let isAborted = false;
    for (let i = 0; i < early.length; i++) {
      if (early[i] === number) isAborted = true;
      else if (!this.#turns.hasBegun(early[i])) this.#early[this.#early.length] = early[i];
    }
    return isAborted;
  }

  /**
   * @param {Context} context
   * @param {number} number
   * @param {number} started
   * @param {PromiseLike<unknown>} promise
   */
  async #settle(context, number, started, promise) {
    let result;
    try {
      result = await promise;
    } catch (error) {
      this.#fail(context, number, since(started), error);
      return;
    }
    this.#complete(context, number, since(started), result);
  }

  /**
   * @param {Context} context
   * @param {number} number
   * @param {number} took In milliseconds.
   * @param {unknown} result
   */
  #complete(context, number, took, result) {
    const { value, list } = Transfer.of(result);
    this.#printing.flush();
    try {
      this.#port.postMessage([COMPLETED, number, took, value], list);
    } catch (error) {
      this.#fail(context, number, took, error); // the result cannot be cloned
      return;
    }
    this.#end(context);
    this.#turns.end(number);
  }

  /**
   * @param {Context} context
   * @param {number} number
   * @param {number} took In milliseconds.
   * @param {unknown} error
   */
  #fail(context, number, took, error) {
    this.#end(context);
    this.#printing.flush();
    this.#port.postMessage([FAILED, number, took, encode(error)]);
    this.#turns.end(number);
  }

  /** @param {Context} context Of a task that has ended. */
  #end(context) {
    Context.end(context);
    const contexts = this.#contexts;
    for (let i = 0; i < contexts.length; i++) {
      if (contexts[i] !== context) continue;
      contexts[i] = contexts[contexts.length - 1];
      contexts.length--;
      return;
    }
  }
}

module.exports = { FunctionWorker };
