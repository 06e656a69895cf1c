'use strict';

// How many tasks and closes are pending. While any is, the process and the pool itself stay alive.

/** @typedef {InstanceType<typeof import('./pool-state').PoolState>} PoolState */

/**
 * A reference from the backend, which lives as long as the environment, to the pool's state. It is weak while nothing
 * is pending, so that a pool that is no longer used can be collected.
 */
class WeakOwner {
  /**
   * Set while anything is pending.
   * @type {PoolState | undefined}
   */
  owner;
  /** @type {WeakRef<PoolState> | undefined} */
  #collectable;

  /** @returns {PoolState | undefined} the state; `undefined` if nothing is pending and it was collected. */
  find() {
    return this.owner ?? this.#collectable?.deref();
  }

  /** @param {PoolState} owner */
  set(owner) {
    this.#collectable = new WeakRef(owner);
  }
}

class PendingCount {
  /**
   * Where this is incremented, the code is inlined: a call of a JavaScript function between the submission and the
   * count could be interrupted by the end of the stack.
   */
  count = 0;
  /** @type {PoolState} */
  owner;
  /** @type {WeakOwner} */
  weakOwner;
  /** @type {(isNeeded: boolean) => void} */
  keepAlive;

  /**
   * @param {PoolState} owner Kept alive, through `weakOwner`, while the count is above zero.
   * @param {WeakOwner} weakOwner
   * @param {(isNeeded: boolean) => void} keepAlive Keeps the process alive, or lets it end.
   */
  constructor(owner, weakOwner, keepAlive) {
    weakOwner.set(owner);
    this.owner = owner;
    this.weakOwner = weakOwner;
    this.keepAlive = keepAlive;
  }

  /** @returns {boolean} whether the count has reached zero. */
  decrement() {
    if (--this.count > 0) return false;
    this.weakOwner.owner = undefined;
    this.keepAlive(false);
    return true;
  }
}

module.exports = { WeakOwner, PendingCount };
