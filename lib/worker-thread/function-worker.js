'use strict';

// A worker file that exports a function: a task is a call of it.

const { now } = require('../clock');
const { encode } = require('./error-codec');
const { COMPLETED, FAILED, PROGRESS } = require('./protocol');

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
    return isOne ? { value: result.#value, list: result.#list } : { value: result };
  }
}

/** What the function is given beside the data; see `WorkerContext` in index.d.ts. */
class Context {
  #port;
  #number;
  #controller;
  #ended = false;

  constructor(port, number) {
    this.#port = port;
    this.#number = number;
  }

  // Getters, since most functions ask for none of these, and those that do may take them apart.

  get signal() {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get progress() {
    return (value, transfer) => {
      if (!this.#ended) this.#port.postMessage([PROGRESS, this.#number, 0, value], transfer);
    };
  }

  get transfer() {
    return (value, list) => new Transfer(value, list);
  }

  /** Ends the task of that number, if it is this one. */
  static abort(context, number, reason) {
    if (context?.#number !== number) return;
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
    const context = new Context(this.#port, number);
    this.#context = context;
    const started = now();
    const completed = (result) => this.#complete(number, now() - started, result);
    const failed = (error) => this.#fail(number, now() - started, error);
    let result;
    try {
      const call = this.#function; // and not a method of this
      result = call(data, context);
      if (typeof result?.then === 'function') {
        // Only a promise is one: what else has a `then` may call both, or throw.
        Promise.resolve(result).then(completed, failed);
        return;
      }
    } catch (error) {
      failed(error);
      return;
    }
    completed(result);
  }

  abort(number, reason) {
    Context.abort(this.#context, number, reason);
  }

  #complete(number, took, result) {
    const { value, list } = Transfer.of(result);
    this.#printing.check();
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
    this.#printing.check();
    this.#port.postMessage([FAILED, number, took, encode(error)]);
    this.#turns.end(number);
  }
}

module.exports = { FunctionWorker };
