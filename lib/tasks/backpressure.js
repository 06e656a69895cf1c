'use strict';

// Who waits for room in a pool with a limit: `ready()` and the event 'drain'.
//
// What `ready` tells its caller must still be true when that calls `run`, though many may wait and as
// many be told in the same turn. So each is promised a room of its own, which nobody else is told of
// until it was taken, or for two turns of the event loop if its caller did something else.

const errors = require('../api/errors');
const { hold, later, release, soon } = require('../platform/event-loop');
const { NativePromise, resolved } = require('../platform/promise');

/** Those for which somebody waits: they and their pools stay. */
const awaited = new Set();

class Room {
  #free;
  #drained;
  /** What settles the promises of those that wait, first come first. */
  #waiting = new Set();
  /** Rooms that were promised and not taken, and how many of them lapse next. */
  #promised = 0;
  #lapsing = 0;
  #isLapseDue = false;
  /** A task was refused since there was room last. */
  #refused = false;

  /**
   * @param {() => number} free How many tasks would be admitted now.
   * @param {() => void} drained Called when there is room after a task was refused.
   */
  constructor(free, drained) {
    this.#free = free;
    this.#drained = drained;
  }

  /** Whether a task is admitted now, be it that its room was promised to another. */
  get isThere() {
    return this.#free() > 0;
  }

  /** @returns {boolean} whether there is room, which is promised to the caller then. */
  claim() {
    const isThere = this.#waiting.size === 0 && this.#hasRoom();
    if (isThere) this.#promise();
    return isThere;
  }

  /** @returns {Promise<void>} resolved when there is room, which is promised to the caller then. */
  ready() {
    if (this.claim()) return resolved();
    return new NativePromise((resolve, reject) => {
      this.#waiting.add({ resolve, reject });
      this.#updateHold();
    });
  }

  /** A task was admitted. */
  taken() {
    if (this.#promised > 0) this.#promised--;
    if (this.#lapsing > 0) this.#lapsing--;
  }

  /** A task was refused for want of room. */
  refused() {
    this.#refused = true;
    this.#updateHold();
  }

  /** There may be room again. */
  vacated() {
    if (this.#waiting.size === 0 && !this.#refused) return;
    for (const caller of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#waiting.delete(caller);
      this.#updateHold();
      this.#promise();
      caller.resolve(); // a hook of async_hooks may call the pool
    }
    if (!this.#refused || !this.#hasRoom()) return;
    this.#refused = false;
    this.#updateHold();
    this.#drained();
  }

  /** There never will be. */
  close() {
    this.#refused = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#updateHold();
    for (const { reject } of waiting) reject(errors.refused('ERR_POOL_CLOSED'));
  }

  /** Keeps the process alive while somebody is to be told: there may be no task in flight, but a worker that stops. */
  #updateHold() {
    const isNeeded = this.#waiting.size > 0 || this.#refused;
    if (isNeeded === awaited.has(this)) return;
    if (isNeeded) {
      awaited.add(this);
      hold();
    } else {
      awaited.delete(this);
      release();
    }
  }

  #hasRoom() {
    return this.#free() > this.#promised;
  }

  #promise() {
    this.#promised++;
    if (this.#isLapseDue) return;
    later(this.#lapseSoon);
    this.#isLapseDue = true;
  }

  /** Not in the turn itself: some runtimes have not settled all promises then. */
  #lapseSoon = () => {
    soon(this.#lapse);
  };

  /** Drops the promises that were there when this was called last. */
  #lapse = () => {
    this.#promised -= this.#lapsing;
    this.#lapsing = this.#promised;
    this.#isLapseDue = this.#promised > 0;
    if (this.#isLapseDue) later(this.#lapseSoon);
    this.vacated();
  };
}

/** For a pool that refuses nothing. */
const ENDLESS = {
  isThere: true,
  claim: () => true,
  ready: resolved,
  taken() {},
  refused() {},
  vacated() {},
  close() {},
};

module.exports = { Room, ENDLESS };
