'use strict';

// A worker file that listens on `parentPort`: a task is a message to it, and its next message the result.

const { parentPort } = require('node:worker_threads');
const { now, since } = require('../platform/clock');
const { encode } = require('../link/error-codec');
const { nextTurn } = require('./next-turn');
const { ParentPort } = require('./parent-port');
const { COMPLETED, FAILED } = require('../link/protocol');
const { isThenable } = require('./thenable');

const { apply } = Reflect;

class MessageWorker {
  #port;
  #turns;
  #printing;
  #parent;
  /** The task that has no answer yet. */
  #current;
  /** Its listeners are being called. */
  #isTelling = false;
  /** Begins the task whose turn has come while nobody listened. */
  #unheard;

  /** @param {() => void} listened Is called whenever the file has added a listener. */
  constructor(port, turns, printing, listened) {
    this.#port = port;
    this.#turns = turns;
    this.#printing = printing;
    this.#parent = new ParentPort({
      added: () => {
        listened();
        if (this.#unheard !== undefined) nextTurn(this.#hear);
      },
      call: (listener, self, message) => this.#call(listener, self, message),
    });
    parentPort.postMessage = (value, transfer) => this.#answer(value, transfer);
  }

  get isListenedTo() {
    return this.#parent.isListenedTo;
  }

  /** The turn of a task has come. */
  run(number, data) {
    // A file may listen for one message at a time, and again later. If it never does, nothing keeps this thread alive.
    this.#unheard = () => this.#begin(number, data);
    this.#hear();
  }

  /** There is no way to tell it. */
  abort() {}

  #hear = () => {
    if (this.#unheard === undefined || !this.isListenedTo) return;
    const begin = this.#unheard;
    this.#unheard = undefined;
    begin();
  };

  #begin(number, data) {
    if (!this.#turns.begin(number)) {
      this.#turns.end(number);
      return;
    }
    const current = { __proto__: null, number, started: now(), isAsync: false, hasThrown: false, hasEnded: false };
    this.#current = current;
    this.#isTelling = true;
    try {
      this.#parent.tell(data);
    } finally {
      this.#isTelling = false;
      if (this.#current !== current) this.#answered(current);
    }
  }

  /** A task has its answer, and its listeners have returned. */
  #answered(current) {
    if (current.isAsync) this.#endLater(current);
    else this.#end(current);
  }

  /** Calls a listener of the file. If it throws, or its promise rejects, there will be no answer. */
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

  async #watch(current, promise) {
    try {
      await promise;
    } catch (error) {
      this.#failLater(current, error);
    }
  }

  /** The exception ends the thread before this does anything, unless the file sees to it; which may answer then. */
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

  /** Answers that nothing was asked for are left alone. Throws what cannot be cloned. */
  #answer(value, transfer) {
    if (this.#current === undefined) return;
    this.#printing.flush();
    const current = this.#current;
    if (current === undefined) return; // a callback of what was printed has answered
    // A time limit of node:vm may interrupt this at any call, if the file runs foreign code: then it may answer once more.
    if (!this.#isTelling) this.#endLater(current);
    this.#port.postMessage([COMPLETED, current.number, since(current.started), value], transfer);
    if (this.#current === current) this.#current = undefined; // else a getter of the value has answered before
  }

  /** Not from where the file answers, which may have more to do. */
  async #endLater(current) {
    await undefined;
    if (this.#current !== current) this.#end(current); // else it has not been answered after all
  }

  /** The next task may begin; when a listener has thrown after it answered, only if the thread survives that. */
  #end(current) {
    if (current.hasEnded) return;
    current.hasEnded = true;
    if (current.hasThrown) nextTurn(() => this.#turns.end(current.number));
    else this.#turns.end(current.number);
  }
}

module.exports = { MessageWorker };
