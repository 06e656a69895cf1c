'use strict';

// How tasks are given to a pool's native side: by way of memory, or with a call for each.

const { Inbox } = require('./inbox');

/** With a call: for a pool with a limit, which has to be asked whether there is room. */
class Direct {
  #submit;
  #inFlight;

  constructor(submit, inFlight) {
    this.#submit = submit;
    this.#inFlight = inFlight;
  }

  /** Gives the pool a task. @returns {string | null} the code of the error if it is not admitted. */
  post(number, input) {
    const refusal = this.#submit(number, input);
    // No call of JavaScript comes between the call and this, see inbox.js.
    const inFlight = this.#inFlight;
    if (refusal === null && inFlight.count++ === 0) {
      inFlight.hold.owner = inFlight.owner;
      inFlight.keepAlive(true);
    }
    return refusal;
  }
}

/**
 * There is no inbox when the pool has a limit, or in a runtime where JavaScript may not see memory that
 * is not its own.
 * @returns {{ post(number: number, input: number): string | null }}
 */
function wayIn({ inbox, look, submit }, inFlight) {
  return inbox === undefined ? new Direct(submit, inFlight) : new Inbox(inbox, look, inFlight);
}

module.exports = { wayIn };
