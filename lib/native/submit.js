'use strict';

// How tasks are given to a pool's native side with a call for each: those on special terms, and all tasks
// of a pool with a limit, which has to be asked whether there is room. Others go by way of memory, see
// inbox.js.

const { Inbox } = require('./submission-ring');

class Direct {
  #submit;
  #submitWith;
  #submitInvalid;
  #admitting;
  #admitted;
  #inFlight;
  #room;

  /** @param {import('../tasks/backpressure').Room} room Is told of each task that is admitted. */
  constructor({ submit, submitWith, submitInvalid, admitting = () => {}, admitted = () => {} }, inFlight, room) {
    this.#submit = submit;
    this.#submitWith = submitWith;
    this.#submitInvalid = submitInvalid;
    this.#admitting = admitting;
    this.#admitted = admitted;
    this.#inFlight = inFlight;
    this.#room = room;
  }

  /** To be called before the slot of a task is taken. */
  prepare() {
    this.#admitting();
  }

  /** Submits a task. @returns {string | null} the code of the error if it is not admitted. */
  post(slot, input) {
    const refusal = this.#submit(slot, input);
    // No function of JavaScript is called between the call and this, see inbox.js.
    const inFlight = this.#inFlight;
    if (refusal === null && inFlight.count++ === 0) {
      inFlight.hold.owner = inFlight.owner;
      inFlight.keepAlive(true);
    }
    if (refusal === null) {
      this.#room.taken();
      this.#admitted(0);
    }
    return refusal;
  }

  /** The same with terms, or with data that no worker takes. */
  postWith(slot, input, { priority, timeout, queueTimeout }, isInvalid) {
    const submit = isInvalid ? this.#submitInvalid : this.#submitWith;
    const refusal = submit(slot, input, priority, timeout, queueTimeout);
    const inFlight = this.#inFlight;
    if (refusal === null && inFlight.count++ === 0) {
      inFlight.hold.owner = inFlight.owner;
      inFlight.keepAlive(true);
    }
    if (refusal === null) {
      this.#room.taken();
      this.#admitted(priority);
    }
    return refusal;
  }
}

/**
 * There is no inbox when the pool has a limit, or in a runtime where JavaScript may not see memory that
 * is not its own.
 * @returns {{ direct: Direct, wayIn: { post(slot: number, input: number): string | null } }}
 */
function waysIn(functions, size, inFlight, room) {
  const direct = new Direct(functions, inFlight, room);
  return { direct, wayIn: functions.inbox === undefined ? direct : new Inbox(functions, size, inFlight) };
}

module.exports = { waysIn };
