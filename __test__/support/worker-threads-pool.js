'use strict';

// The pool that this package replaces: worker_threads, an array as the queue, and the structure and
// the faults of the pool.js that the project's document gives, in our own words. It is what the
// tests of the document's promises are shown to fail against, and the baseline in bench/.
//
// Its faults are the point. Do not mend them: each is marked with a FAULT comment.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

class WorkerThreadsPool {
  #closing = false;

  constructor(size, workerFile, { maxQueue = Number.POSITIVE_INFINITY } = {}) {
    if (!Number.isInteger(size) || size < 1) throw new Error(`Invalid pool size: ${size}`);
    this.size = size;
    this.workerFile = path.resolve(workerFile);
    this.maxQueue = maxQueue;
    this.idle = []; // threads without a task, the longest idle first
    this.queue = []; // { data, resolve, reject }
    this.all = new Set(); // every thread
    while (this.all.size < size) this.#start();
  }

  run(data) {
    if (this.#closing) return Promise.reject(new Error('Pool is closing'));
    if (this.idle.length === 0 && this.queue.length >= this.maxQueue) {
      return Promise.reject(new Error('Backpressure: task queue is full'));
    }
    return new Promise((resolve, reject) => {
      const task = { data, resolve, reject };
      const thread = this.idle.shift();
      if (thread === undefined) this.queue.push(task);
      else this.#give(thread, task);
    });
  }

  async close() {
    this.#closing = true;
    // FAULT: running tasks count only if something is queued as well. With an empty queue their
    // threads are terminated under them, and their promises never settle.
    if (this.queue.length > 0) {
      while (this.queue.length > 0 || [...this.all].some((thread) => thread.task)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    await Promise.allSettled(Array.from(this.all, (thread) => thread.terminate()));
    this.all.clear();
    this.idle = [];
  }

  #start() {
    // FAULT: nothing tells a thread that dies of its work from one that cannot start at all, so a
    // file that does not load is tried again and again.
    const thread = new Worker(this.workerFile);
    thread.task = null;
    this.all.add(thread);
    this.idle.push(thread);

    thread.on('message', (result) => {
      this.#settle(thread, 'resolve', result);
      this.idle.push(thread);
      this.#drain();
    });

    thread.on('error', (error) => {
      this.#settle(thread, 'reject', error);
      this.all.delete(thread);
      thread.terminate();
      // FAULT: the 'exit' that follows every 'error' starts a thread too, so each crash adds one.
      if (!this.#closing) this.#start();
      this.#drain();
    });

    thread.on('exit', (code) => {
      this.all.delete(thread);
      // FAULT: an exit with code 0 leaves the task unsettled, and the thread without a successor.
      if (code === 0) return;
      this.#settle(thread, 'reject', new Error(`Worker exited with code ${code}`));
      if (!this.#closing) this.#start();
    });
  }

  #drain() {
    while (this.idle.length > 0 && this.queue.length > 0) {
      // FAULT: taking the first entry of a long array moves all the others.
      this.#give(this.idle.shift(), this.queue.shift());
    }
  }

  #give(thread, task) {
    thread.task = task;
    // FAULT: throws for what cannot be cloned, and then the thread is neither idle nor busy.
    thread.postMessage(task.data);
  }

  #settle(thread, how, value) {
    thread.task?.[how](value);
    thread.task = null;
  }
}

module.exports = { WorkerPool: WorkerThreadsPool };
