'use strict';

// Code of a caller that runs within calls of the pool, and calls the pool again.

const { createHook } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');

/** The limits for such calls: how deeply they nest, and how many a schedule makes. */
const DEEPEST = 3;
const MOST = 80;

/** A custom signal. Every access runs `act`, and it may call its listeners at any time. */
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
    // A listener that is kept may be called later, which must have no effect.
    if (!this.#random.chance(0.1)) this.#listeners.delete(listener);
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
 * @param {ReturnType<typeof import('./random').random>} random
 * @param {(() => void)[]} calls The calls of the pool, of which `act` chooses one at random.
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

    /** Replaces options by getters, one of which may throw. */
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

    /** Makes data that runs code when a codec or the structured clone reads it. */
    data: (input, { isFile }) => {
      const read = () => {
        act();
        return input;
      };
      return isFile ? Object.defineProperty({}, 'input', { enumerable: true, get: read }) : { valueOf: read };
    },

    /** Runs `body`, and calls the pool whenever it creates a promise or another resource. */
    hooked(body) {
      const hook = createHook({ init: act, promiseResolve: act });
      hook.enable();
      try {
        body();
      } finally {
        hook.disable();
      }
    },

    /** Calls the pool for each message of its tracing channel. @returns a function that unsubscribes. */
    subscribe() {
      const channel = diagnostics.tracingChannel('native-worker-pool:run');
      const subscribers = { start: act, end: act, asyncStart: act, asyncEnd: act, error: act };
      channel.subscribe(subscribers);
      return () => channel.unsubscribe(subscribers);
    },
  };
}

module.exports = { hostility };
