'use strict';

// Callers that wait for room in a pool with a limit: `ready()`, `map`, `stream` and the event 'drain'.
//
// After `ready` has resolved, its caller's `run` must be admitted, even if many callers wait and several are notified
// in the same turn. So room is reserved for each. A reservation ends when a task is admitted, or after two turns of the
// event loop if the caller did something else.

const errors = require('../api/errors');
const { later, refProcess, soon, unrefProcess } = require('../platform/event-loop');
const { NativePromise, resolved } = require('../platform/promise');

/**
 * Instances with callers to notify. This set keeps them and their pools alive.
 * @type {Set<Backpressure>}
 */
const awaited = new Set();

/**
 * What a pool uses of its backpressure.
 * @typedef {Pick<Backpressure, keyof Backpressure>} Permits
 */

class Backpressure {
  #free;
  #drained;
  #isDrainAwaited;
  /**
   * What settles the promises of waiters, by waiter, in the order of their calls.
   * @type {Map<object, { resolve: () => void, reject: (error: unknown) => void }>}
   */
  #waiting = new Map();
  /** How many reservations there are, and how many of them expire next. */
  #reserved = 0;
  #expiring = 0;
  #isExpiryDue = false;
  /** A task was refused since there was last room. */
  #refused = false;
  #isProcessHeld = false;

  /**
   * @param {() => number} free How many tasks would be admitted now.
   * @param {() => void} drained Called when there is room after a task was refused.
   * @param {() => boolean} isDrainAwaited Whether anybody listens to 'drain'.
   */
  constructor(free, drained, isDrainAwaited) {
    this.#free = free;
    this.#drained = drained;
    this.#isDrainAwaited = isDrainAwaited;
  }

  /** Whether a task would be admitted now, even if its room is reserved for another. */
  get hasRoom() {
    return this.#free() > 0;
  }

  /**
   * Reserves room for the caller.
   * @returns {boolean} false if there is none.
   */
  tryReserve() {
    const isPossible = this.#waiting.size === 0 && this.#hasUnreserved();
    if (isPossible) this.#reserve();
    return isPossible;
  }

  /**
   * @param {object} [waiter] Identifies the caller in a later call of `withdraw`.
   * @returns {Promise<void>} resolves when room is reserved for the caller. Rejects when the pool closes.
   */
  ready(waiter = {}) {
    if (this.tryReserve()) return resolved();
    return new NativePromise((resolve, reject) => {
      this.#waiting.set(waiter, { resolve, reject });
      this.#updateRefs();
    });
  }

  /**
   * Removes a waiter. Its promise resolves without room.
   * @param {object} waiter
   */
  withdraw(waiter) {
    const settle = this.#waiting.get(waiter);
    if (settle === undefined) return;
    this.#waiting.delete(waiter);
    this.#updateRefs();
    settle.resolve();
  }

  /** A task was admitted. */
  admitted() {
    if (this.#reserved > 0) this.#reserved--;
    if (this.#expiring > 0) this.#expiring--;
  }

  /** A task was refused because the queue is full. */
  refused() {
    this.#refused = true;
    this.#updateRefs();
  }

  /** Notifies waiters. Called when there may be room again. */
  roomFreed() {
    if (this.#waiting.size === 0 && !this.#refused) return;
    for (const waiter of this.#waiting.keys()) {
      if (!this.#hasUnreserved()) return;
      this.#reserve();
      this.withdraw(waiter); // a hook of async_hooks may call the pool
    }
    if (!this.#refused || !this.#hasUnreserved()) return;
    this.#refused = false;
    this.#updateRefs();
    this.#drained();
  }

  /** Rejects all waiters. Called when the pool closes. */
  close() {
    this.#refused = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#updateRefs();
    for (const { reject } of waiting) reject(errors.refused('ERR_POOL_CLOSED'));
  }

  /** Somebody listens to 'drain', or no longer. */
  drainListenersChanged() {
    if (this.#refused) this.#updateRefs();
  }

  /** Keeps the process alive while somebody waits for a notification. A stopping worker alone does not. */
  #updateRefs() {
    const isNeeded = this.#waiting.size > 0 || (this.#refused && this.#isDrainAwaited());
    if (isNeeded === this.#isProcessHeld) return;
    // The flag is set last: the end of the stack may interrupt each call.
    if (isNeeded) {
      awaited.add(this);
      refProcess();
    } else {
      unrefProcess();
    }
    this.#isProcessHeld = isNeeded;
    if (!isNeeded) awaited.delete(this);
  }

  #hasUnreserved() {
    return this.#free() > this.#reserved;
  }

  #reserve() {
    if (!this.#isExpiryDue) later(this.#expireSoon); // first: the end of the stack may interrupt the call
    this.#isExpiryDue = true;
    this.#reserved++;
  }

  /** Waits for a microtask, since some runtimes have not settled all promises in the turn itself. */
  #expireSoon = () => {
    soon(this.#expire);
  };

  /** Drops the reservations that existed at the last call. */
  #expire = () => {
    this.#reserved -= this.#expiring;
    this.#expiring = this.#reserved;
    this.#isExpiryDue = this.#reserved > 0;
    if (this.#isExpiryDue) later(this.#expireSoon);
    this.roomFreed();
  };
}

/**
 * For a pool without a limit.
 * @type {Permits}
 */
const UNBOUNDED = {
  hasRoom: true,
  tryReserve: () => true,
  ready: resolved,
  withdraw() {},
  admitted() {},
  refused() {},
  roomFreed() {},
  drainListenersChanged() {},
  close() {},
};

module.exports = { Backpressure, UNBOUNDED };
