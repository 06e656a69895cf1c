'use strict';

// The same service on piscina, sharp and bcrypt.

const path = require('node:path');
const { MAX_QUEUE, SIZE, start } = require('./start');

/** A pool of piscina, with the members of a `WorkerPool` that the service uses. */
class PiscinaPool {
  #piscina;
  #inFlight = 0;
  size = SIZE;
  maxQueue = MAX_QUEUE;

  /** @param {string} name Of the function in peers-worker.js. */
  constructor(name) {
    const { FixedQueue, Piscina } = require('piscina');
    this.#piscina = new Piscina({
      filename: path.join(__dirname, 'peers-worker.js'),
      name,
      minThreads: SIZE,
      maxThreads: SIZE,
      maxQueue: MAX_QUEUE,
      taskQueue: new FixedQueue(),
    });
  }

  get idle() {
    return { length: Math.max(0, this.size - this.#inFlight) };
  }

  get queue() {
    return { length: Math.max(0, this.#inFlight - this.size) };
  }

  stats() {
    return { size: this.size, queued: this.queue.length, runTime: { mean: this.#piscina.histogram.runTime.average } };
  }

  /** Without time limits, which piscina does not have. Copies bodies: Node.js cannot move memory of `allocate`. */
  async run(data, { signal }) {
    this.#inFlight++;
    try {
      return await this.#piscina.run(data, { signal });
    } catch (error) {
      if (error.message === 'Task queue is at limit') error.code = 'ERR_POOL_QUEUE_FULL';
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  close({ force = false } = {}) {
    return force ? this.#piscina.destroy() : this.#piscina.close();
  }
}

start({ images: new PiscinaPool('resize'), passwords: new PiscinaPool('verify') });
