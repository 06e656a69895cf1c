'use strict';

// Starts the backend of a pool: a numeric worker, native tasks, or the threads of a worker file.

const errors = require('./api/errors');
const { ofFile } = require('./files/named-data');
const { FilePool } = require('./files/pool');
const { codecOf } = require('./native/codecs');
const { Completions } = require('./native/completions');
const { ofNumericWorker, ofTasks } = require('./native/encoders');
const addon = require('./platform/addon');
const { NoInputs, Numbers, Values } = require('./tasks/inputs');
const { Tasks } = require('./tasks/tasks');

/** @typedef {import('./api/options').PoolOptions & { size: number }} SizedOptions */
/** @typedef {import('./api/worker-argument').ResolvedWorker} ResolvedWorker */
/** @typedef {import('./tasks/pool-state').Backend} Backend */
/** @typedef {import('./tasks/pool-state').BackendFunctions} BackendFunctions */
/** @typedef {import('./tasks/pool-state').NativeFunctions} NativeFunctions */
/** @typedef {InstanceType<typeof import('./tasks/pending').WeakOwner>} WeakOwner */

/**
 * @param {ResolvedWorker} worker
 * @param {SizedOptions} options
 * @param {WeakOwner} weakOwner Refers to the pool's state.
 * @returns {{ tasks: InstanceType<typeof Tasks>, backend: Backend, functions: BackendFunctions | NativeFunctions }}
 * @throws {Error} `ERR_WORKER_INIT_FAILED` if no thread can be started, or the error of `Worker`.
 */
function startBackend({ workerFile, numeric, tasks }, options, weakOwner) {
  if (numeric !== undefined) return numericWorkers(options, numeric, weakOwner);
  if (tasks !== undefined) return taskWorkers(options, workerFile, tasks, weakOwner);
  return fileWorkers(options, workerFile, weakOwner);
}

/**
 * Starts a numeric worker.
 * @param {SizedOptions} options
 * @param {string} name The worker's name.
 * @param {WeakOwner} weakOwner Refers to the pool's state.
 */
function numericWorkers(options, name, weakOwner) {
  const inputs = new Numbers();
  const tasks = new Tasks(ofNumericWorker(name), inputs, weakOwner);
  const completions = new Completions(tasks, inputs, codecOf(name).decode, weakOwner);
  return { tasks, ...startNative(name, null, options, completions) };
}

/**
 * Starts native tasks.
 * @param {SizedOptions} options
 * @param {string} name The name of the threads.
 * @param {import('./api/worker-argument').TaskTable} table The tasks by name.
 * @param {WeakOwner} weakOwner Refers to the pool's state.
 */
function taskWorkers(options, name, table, weakOwner) {
  const inputs = new NoInputs();
  const tasks = new Tasks(ofTasks(table), inputs, weakOwner);
  const completions = new Completions(tasks, inputs, (_input, output) => output, weakOwner);
  return { tasks, ...startNative(name, Object.values(table), options, completions) };
}

/**
 * Starts Rust threads.
 * @param {string} name The name of the threads.
 * @param {unknown[] | null} tasks Names of built-in tasks, and tasks of other addons; `null` for a numeric worker.
 * @param {SizedOptions} options
 * @param {InstanceType<typeof Completions>} completions
 * @returns {{ backend: Backend, functions: NativeFunctions }}
 * @throws {Error} `ERR_WORKER_INIT_FAILED` if a thread cannot be started.
 */
function startNative(name, tasks, options, { collect }) {
  let backend;
  try {
    const settings = { ...options, __proto__: null, hasLowPriority: options.threadPriority === 'below' };
    backend = new addon.WorkerPool(name, tasks, settings, collect);
  } catch (cause) {
    throw errors.threadNotStarted(cause);
  }
  return { backend, functions: /** @type {NativeFunctions} */ (backend.functions({ __proto__: null })) };
}

/**
 * Starts the threads of a worker file.
 * @param {SizedOptions} options
 * @param {string} file The path of the worker file.
 * @param {WeakOwner} weakOwner Refers to the pool's state.
 */
function fileWorkers(options, file, weakOwner) {
  const inputs = new Values();
  const tasks = new Tasks(ofFile, inputs, weakOwner);
  const backend = new FilePool({ ...options, file }, tasks, inputs, weakOwner);
  return { tasks, backend, functions: backend.functions() };
}

module.exports = { startBackend };
