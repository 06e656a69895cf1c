'use strict';

// Whether the pool has a task of a job's name. A pool does not list its tasks, so each name is tried once.

/** Names come from jobs, so their number is bounded. */
const MAX_NAMES = 1000;

class TaskNames {
  /** @type {Map<string, boolean>} */
  #known = new Map();

  /**
   * @template Result
   * @param {string} name The job's.
   * @param {(name: string | undefined) => Promise<Result>} run Runs the task of that name, or the default.
   * @returns {Promise<Result>}
   */
  async run(name, run) {
    const isTask = this.#known.get(name);
    if (isTask !== undefined) return run(isTask ? name : undefined);
    try {
      const result = await run(name);
      this.#learn(name, true);
      return result;
    } catch (error) {
      if (/** @type {{ code?: unknown }} */ (error)?.code !== 'ERR_POOL_TASK_NOT_FOUND') throw error;
      this.#learn(name, false);
      return run(undefined);
    }
  }

  /**
   * @param {string} name
   * @param {boolean} isTask
   */
  #learn(name, isTask) {
    if (this.#known.size < MAX_NAMES) this.#known.set(name, isTask);
  }
}

module.exports = { TaskNames };
