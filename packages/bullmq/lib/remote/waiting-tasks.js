'use strict';

// The tasks that wait in the process of a RemotePool: higher priorities first, equal ones in call order.

/** @typedef {import('./task').Task} Task */

class WaitingTasks {
  /**
   * Sets keep their order of insertion and remove a task in constant time.
   * @type {Map<number, Set<Task>>}
   */
  #byPriority = new Map();
  /**
   * Highest first.
   * @type {number[]}
   */
  #priorities = [];
  size = 0;

  /** @param {Task} task */
  add(task) {
    let tasks = this.#byPriority.get(task.priority);
    if (tasks === undefined) {
      tasks = new Set();
      this.#byPriority.set(task.priority, tasks);
      const at = this.#priorities.findIndex((priority) => priority < task.priority);
      this.#priorities.splice(at === -1 ? this.#priorities.length : at, 0, task.priority);
    }
    tasks.add(task);
    this.size++;
  }

  /** @param {Task} task */
  delete(task) {
    const tasks = this.#byPriority.get(task.priority);
    if (!tasks?.delete(task)) return;
    this.size--;
    if (tasks.size > 0) return;
    this.#byPriority.delete(task.priority);
    this.#priorities.splice(this.#priorities.indexOf(task.priority), 1);
  }

  /** @returns {Task | undefined} */
  shift() {
    if (this.size === 0) return undefined;
    const [task] = /** @type {Set<Task>} */ (this.#byPriority.get(this.#priorities[0]));
    this.delete(task);
    return task;
  }

  *[Symbol.iterator]() {
    for (const tasks of [...this.#byPriority.values()]) yield* [...tasks];
  }
}

module.exports = { WaitingTasks };
