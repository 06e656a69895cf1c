'use strict';

// Looks up the jobs in flight whose outcome has not arrived, since messages can be lost: at once after a connection was
// opened again, otherwise after two seconds, and then whenever the time since has doubled, at most 5 seconds apart.

/** @typedef {import('./task').Task} Task */

const FIRST = 2000;
const LONGEST = 5000;

/** How often the tasks are checked for those whose time has come. */
const INTERVAL = 500;

/** How many jobs one pipeline looks up. */
const BATCH = 200;

class LookUps {
  #inFlight;
  #look;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isLooking = false;

  /**
   * @param {Map<string, Task>} inFlight
   * @param {(tasks: Task[]) => Promise<void>} look
   */
  constructor(inFlight, look) {
    this.#inFlight = inFlight;
    this.#look = look;
  }

  /**
   * Plans the first look-up of a task that was handed to Redis.
   * @param {Task} task
   */
  plan(task) {
    task.sentAt = performance.now();
    task.nextLook = task.sentAt + FIRST;
    this.#timer ??= setInterval(this.#pass, INTERVAL);
  }

  /**
   * Looks a task up soon.
   * @param {Task} task
   */
  hasten(task) {
    task.nextLook = 0;
    setImmediate(this.#pass);
  }

  hastenAll() {
    for (const task of this.#inFlight.values()) if (task.nextLook !== Infinity) task.nextLook = 0;
    setImmediate(this.#pass);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #pass = async () => {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (let due = this.#due(); due.length > 0; due = this.#due()) await this.#look(due);
    } catch {
      // Redis has refused the look-up. The next pass follows.
    } finally {
      this.#isLooking = false;
    }
  };

  /** @returns {Task[]} a batch of the tasks whose time has come. Plans their next look-up. */
  #due() {
    const now = performance.now();
    const due = [];
    for (const task of this.#inFlight.values()) {
      if (task.nextLook > now) continue;
      task.nextLook = now + Math.min(Math.max(now - task.sentAt, FIRST), LONGEST);
      due.push(task);
      if (due.length === BATCH) break;
    }
    return due;
  }
}

module.exports = { LookUps };
