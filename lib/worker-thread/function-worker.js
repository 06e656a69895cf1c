'use strict';

// A worker file that exports a function: a task is a call of it.

const { now, since } = require('../platform/clock');
const { encode } = require('../link/error-codec');
const { COMPLETED, FAILED, PROGRESS } = require('../link/protocol');
const { isThenable } = require('./thenable');

const { AbortController } = globalThis; // before a worker file can replace it

/** A result, and what of it is to be moved instead of copied. */
class Transfer {
  #value;
  #list;

  constructor(value, list) {
    this.#value = value;
    this.#list = list;
  }

  /** The two of a result, whatever that is: no trap of a proxy is asked. */
  static of(result) {
    const isOne = typeof result === 'object' && result !== null && #list in result;
    return isOne ? { value: result.#value, list: result.#list } : { value: result, list: undefined };
  }
}

/** What the function is given beside the data; see `WorkerContext` in index.d.ts. */
class Context {
  #port;
  #printing;
  #number;
  #controller;
  #ended = false;

  constructor(port, printing, number) {
    this.#port = port;
    this.#printing = printing;
    this.#number = number;
  }

  // Getters, since most functions ask for none of these, and those that do may take them apart.

  get signal() {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get progress() {
    return (value, transfer) => {
      if (this.#ended) return;
      this.#printing.flush();
      this.#port.postMessage([PROGRESS, this.#number, 0, value], transfer);
    };
  }

  get transfer() {
    return (value, list) => new Transfer(value, list);
  }

  static isOf(context, number) {
    return context !== undefined && context.#number === number;
  }

  static abort(context, reason) {
    context.#controller ??= new AbortController();
    context.#controller.abort(reason);
  }

  /** Nothing that the function does from now on counts. */
  static end(context) {
    context.#ended = true;
  }
}

class FunctionWorker {
  #function;
  #port;
  #turns;
  #printing;
  /** Of the task that runs. */
  #context;
  /** The abort of a task that had not begun, if there was one. */
  #early;

  constructor(run, port, turns, printing) {
    this.#function = run;
    this.#port = port;
    this.#turns = turns;
    this.#printing = printing;
  }

  /** The turn of a task has come. */
  run(number, data) {
    if (!this.#turns.begin(number)) {
      this.#turns.end(number);
      return;
    }
    const context = new Context(this.#port, this.#printing, number);
    this.#context = context;
    if (this.#early?.number === number) Context.abort(context, this.#early.reason);
    const started = now();
    let result;
    let isPromise;
    try {
      const call = this.#function; // and not a method of this
      result = call(data, context);
      isPromise = isThenable(result);
    } catch (error) {
      this.#fail(number, since(started), error);
      return;
    }
    if (isPromise) this.#settle(number, started, result);
    else this.#complete(number, since(started), result);
  }

  /** The task of that number is not wanted any more. It may have ended, or not begun. */
  abort(number, reason) {
    if (Context.isOf(this.#context, number)) Context.abort(this.#context, reason);
    else this.#early = { number, reason };
  }

  async #settle(number, started, promise) {
    let result;
    try {
      result = await promise;
    } catch (error) {
      this.#fail(number, since(started), error);
      return;
    }
    this.#complete(number, since(started), result);
  }

  #complete(number, took, result) {
    const { value, list } = Transfer.of(result);
    this.#printing.flush();
    try {
      this.#port.postMessage([COMPLETED, number, took, value], list);
    } catch (error) {
      this.#fail(number, took, error); // it cannot be cloned
      return;
    }
    Context.end(this.#context);
    this.#turns.end(number);
  }

  #fail(number, took, error) {
    Context.end(this.#context);
    this.#printing.flush();
    this.#port.postMessage([FAILED, number, took, encode(error)]);
    this.#turns.end(number);
  }
}

module.exports = { FunctionWorker };
