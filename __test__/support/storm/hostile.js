'use strict';

// Code of a caller's that runs in the middle of the pool's own, and calls the pool from there.

const { createHook } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');

/** So deep do calls from such code nest, and so many are made in a schedule. */
const DEEPEST = 3;
const MOST = 80;

/** A signal of a caller's own making. What it is asked runs `act`; it may call its listener whenever it likes. */
class HostileSignal {
  #act;
  #random;
  #listeners = new Set();
  #isAborted = false;

  constructor(act, random) {
    this.#act = act;
    this.#random = random;
  }

  get aborted() {
    this.#act();
    return this.#isAborted;
  }

  get reason() {
    this.#act();
    return 'hostile';
  }

  addEventListener(_type, listener) {
    this.#act();
    if (this.#random.chance(0.1)) this.abort();
    this.#listeners.add(listener);
    if (this.#random.chance(0.1)) this.abort();
    this.#act();
  }

  removeEventListener(_type, listener) {
    this.#act();
    if (!this.#random.chance(0.1)) this.#listeners.delete(listener); // and calls it later, in vain
  }

  abort() {
    this.#isAborted = true;
    for (const listener of [...this.#listeners]) listener();
    this.#act();
  }

  hasAborted() {
    return this.#isAborted;
  }
}

/**
 * @param random See random.js.
 * @param {(() => void)[]} calls What such code does, one of them at a time.
 */
function hostility(random, calls) {
  let depth = 0;
  let made = 0;
  const act = () => {
    if (depth === DEEPEST || made === MOST || !random.chance(0.3)) return;
    depth++;
    made++;
    try {
      random.pick(calls)();
    } finally {
      depth--;
    }
  };

  return {
    act,

    signal: () => new HostileSignal(act, random),

    /** The same options by getters, one of which may throw. */
    options(plain, { isUnreadable }) {
      const options = {};
      const names = Object.keys(plain);
      const bad = isUnreadable ? random.pick(names) : undefined;
      for (const name of names) {
        Object.defineProperty(options, name, {
          enumerable: true,
          get() {
            act();
            if (name === bad) throw new Error('not to be read');
            return plain[name];
          },
        });
      }
      return options;
    },

    /** Data that runs code when a codec reads it, or the structured clone. */
    data: (input, { isFile }) => {
      const read = () => {
        act();
        return input;
      };
      return isFile ? Object.defineProperty({}, 'input', { enumerable: true, get: read }) : { valueOf: read };
    },

    /** Calls the pool whenever a promise or another resource is made while `body` runs. */
    hooked(body) {
      const hook = createHook({ init: act, promiseResolve: act });
      hook.enable();
      try {
        body();
      } finally {
        hook.disable();
      }
    },

    /** Calls the pool whenever its tracing channel says something. @returns what ends that. */
    subscribe() {
      const channel = diagnostics.tracingChannel('native-worker-pool:run');
      const subscribers = { start: act, end: act, asyncStart: act, asyncEnd: act, error: act };
      channel.subscribe(subscribers);
      return () => channel.unsubscribe(subscribers);
    },
  };
}

module.exports = { hostility };
