'use strict';

// The pool that this package replaces: worker_threads with an array as the queue. It reimplements pool.js of the
// project's document, with its structure and its faults. The tests of the document's promises must fail against it, and
// bench/ uses it as the baseline.
//
// The faults are intentional. Do not fix them: each is marked with a FAULT comment.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

class WorkerThreadsPool {
  #closing = false;

  constructor(size, workerFile, { maxQueue = Number.POSITIVE_INFINITY } = {}) {
    if (!Number.isInteger(size) || size < 1) throw new Error(`Invalid pool size: ${size}`);
    this.size = size;
    this.workerFile = path.resolve(workerFile);
    this.maxQueue = maxQueue;
    this.idle = []; // threads without a task, the one that is idle longest first
    this.queue = []; // { data, resolve, reject }
    this.all = new Set(); // all threads
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
    // FAULT: this waits for running tasks only if tasks are queued. With an empty queue, the threads of running tasks
    // are terminated, and their promises never settle.
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
    // FAULT: a thread that crashes in a task is not distinguished from one that cannot start, so a file that does not
    // load is retried without end.
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
      // FAULT: 'exit' follows every 'error' and starts a thread, too, so each crash adds one.
      if (!this.#closing) this.#start();
      this.#drain();
    });

    thread.on('exit', (code) => {
      this.all.delete(thread);
      // FAULT: after an exit with code 0, the task never settles and the thread is not replaced.
      if (code === 0) return;
      this.#settle(thread, 'reject', new Error(`Worker exited with code ${code}`));
      if (!this.#closing) this.#start();
    });
  }

  #drain() {
    while (this.idle.length > 0 && this.queue.length > 0) {
      // FAULT: removing the first entry of a long array moves all others.
      this.#give(this.idle.shift(), this.queue.shift());
    }
  }

  #give(thread, task) {
    thread.task = task;
    // FAULT: this throws if the data cannot be cloned, and the thread is neither idle nor busy afterwards.
    thread.postMessage(task.data);
  }

  #settle(thread, how, value) {
    thread.task?.[how](value);
    thread.task = null;
  }
}

module.exports = { WorkerPool: WorkerThreadsPool };
