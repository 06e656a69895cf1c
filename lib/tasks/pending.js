'use strict';

// How many tasks and other things are still to come back from the native side, and what has to stay while
// there are any: the process, and the pool itself.

/**
 * Leads from what the native side calls to the pool's owner. The native side holds on to that for ever:
 * were the owner always reachable from there, a pool that nobody uses any more could not be collected.
 */
class Hold {
  /** Set while anything is in flight. */
  owner;
  #collectable;

  /** The owner, unless nothing is in flight and it is gone. */
  find() {
    return this.owner ?? this.#collectable?.deref();
  }

  from(owner) {
    this.#collectable = new WeakRef(owner);
  }
}

class InFlight {
  /**
   * Raised where something is submitted. That is spelt out there, since no function of JavaScript may be called
   * between the count and what is counted: the stack could end there.
   */
  count = 0;
  owner;
  hold;
  keepAlive;

  /**
   * @param owner Who is held while anything is in flight, by way of
   * @param {Hold} hold
   * @param {(whether: boolean) => void} keepAlive Tells the native side whether the process has to stay.
   */
  constructor(owner, hold, keepAlive) {
    hold.from(owner);
    this.owner = owner;
    this.hold = hold;
    this.keepAlive = keepAlive;
  }

  /** One has come back. @returns {boolean} whether it was the last. */
  land() {
    if (--this.count > 0) return false;
    this.hold.owner = undefined;
    this.keepAlive(false);
    return true;
  }
}

module.exports = { Hold, InFlight };
