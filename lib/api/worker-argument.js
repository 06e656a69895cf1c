'use strict';

// The second argument of the constructor, which selects the worker of a pool.

const fs = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { describe, messageOf } = require('./describe');
const { nativeDirective } = require('./directive');
const errors = require('./errors');
const { whyUnread } = require('./permission');
const { propertyOf } = require('./properties');

const SCHEME = 'native:';
const DEFAULT = 'native:fib';
const ALL = 'native';
/** The process or the system has too many open files, so the worker file may exist. */
const OUT_OF_DESCRIPTORS = ['EMFILE', 'ENFILE'];
const TASK = `'${SCHEME}NAME' or a native task of an addon`;
const EXPECTED = `'${SCHEME}NAME', '${ALL}', a native task of an addon, an object of tasks, a path or a file: URL`;

/**
 * What the addon knows.
 * @typedef {object} NativeNames
 * @property {string[]} numeric The names of numeric workers: `native:fib` and so on.
 * @property {string[]} tasks The names of built-in tasks: `hash` and so on.
 * @property {(value: unknown) => string | null} userTaskName Returns the name of a native task of another addon; an empty
 *   text for another External, and null for what is none. Throws if it is a task that cannot run.
 */

/**
 * What runs the tasks of a pool: a numeric worker, native tasks, or a worker file.
 * @typedef {object} ResolvedWorker
 * @property {string} workerFile The value of `pool.workerFile`.
 * @property {string} [numeric] The name of the numeric worker.
 * @property {TaskTable} [tasks]
 */

/**
 * Tasks by the names that callers give them: the name of a built-in one, or an External of another addon. The object has
 * no prototype.
 * @typedef {{ [name: string]: unknown }} TaskTable
 */

/**
 * Resolves the argument. Throws `ERR_INVALID_ARG_TYPE`, or `ERR_POOL_WORKER_NOT_FOUND` for an unknown built-in worker
 * or a file that cannot be read.
 * @param {unknown} worker The argument.
 * @param {NativeNames} names
 * @returns {ResolvedWorker}
 */
function resolveWorker(worker, names) {
  const given = worker ?? DEFAULT;
  if (given === ALL) return { workerFile: ALL, tasks: tableOf(names.tasks, (name) => name) };
  if (typeof given === 'string' && given.startsWith(SCHEME)) return { workerFile: given, ...builtIn(given, '', names) };
  const task = typeof given === 'object' ? nameOfUserTask(given, 'worker', EXPECTED, names) : null;
  if (task !== null) return { workerFile: task, tasks: tableOf([task], () => given) };
  if (isPlainObject(given)) return { workerFile: ALL, tasks: selection(given, names) };
  const workerFile = filePath(given);
  const name = nativeDirective(read(workerFile, builtInLike(given, names)));
  return { workerFile, ...(name !== undefined && builtIn(SCHEME + name, ` (named by ${workerFile})`, names)) };
}

/**
 * @param {string} name
 * @param {string} origin Where the name is from, for the message.
 * @param {NativeNames} names
 * @returns {Pick<ResolvedWorker, 'numeric' | 'tasks'>}
 */
function builtIn(name, origin, names) {
  if (names.numeric.includes(name)) return { numeric: name };
  return { tasks: tableOf([name.slice(SCHEME.length)], () => taskOf(name, origin, names)) };
}

/**
 * @param {string} name `native:hash`, say.
 * @param {string} origin Where the name is from, for the message.
 * @param {NativeNames} names
 */
function taskOf(name, origin, { numeric, tasks }) {
  const task = name.slice(SCHEME.length);
  if (tasks.includes(task)) return task;
  const all = new Set([...numeric, ...tasks.map((known) => SCHEME + known)]);
  throw errors.workerNotFound(`Unknown built-in worker ${describe(name)}${origin}; there are: ${[...all].join(', ')}`);
}

/**
 * @param {unknown} given
 * @param {string} argument What it is, for the message.
 * @param {string} expected What it could be.
 * @param {NativeNames} names
 * @returns {string | null} the name of a native task of another addon; null if the value is no External.
 */
function nameOfUserTask(given, argument, expected, { userTaskName }) {
  let name;
  try {
    name = userTaskName(given);
  } catch (cause) {
    throw errors.invalidTask(argument, messageOf(cause), cause);
  }
  if (name === '') throw errors.foreignExternal(argument, expected);
  return name;
}

/**
 * @param {object} given Tasks by name: `{ checksum: 'native:hash', blur }`.
 * @param {NativeNames} names
 */
function selection(given, names) {
  const tasks = fieldsOf(given);
  const own = Object.keys(tasks ?? {});
  if (tasks === undefined || own.length === 0) throw errors.invalidType('worker', EXPECTED, given);
  return tableOf(own, (name) => {
    const task = tasks[name];
    if (typeof task === 'string' && task.startsWith(SCHEME)) return taskOf(task, ` (worker.${name})`, names);
    if (nameOfUserTask(task, `worker.${name}`, TASK, names) !== null) return task;
    throw errors.invalidType(`worker.${name}`, `${TASK} (options are the third argument)`, task);
  });
}

/**
 * @param {object} object
 * @returns {{ [name: string]: unknown } | undefined} a copy of its own properties; undefined if one cannot be read.
 */
function fieldsOf(object) {
  try {
    return { ...object, __proto__: null };
  } catch {
    return undefined;
  }
}

/**
 * @param {string[]} names
 * @param {(name: string) => unknown} taskOf
 * @returns {TaskTable}
 */
function tableOf(names, taskOf) {
  const table = /** @type {TaskTable} */ (/** @type {object} */ ({ __proto__: null }));
  for (const name of names) table[name] = taskOf(name);
  return table;
}

/**
 * Whether the argument is an object without a class: no URL.
 * @param {unknown} value
 * @returns {value is object}
 */
function isPlainObject(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype = Object.getPrototypeOf(value);
    return (prototype === null || Object.getPrototypeOf(prototype) === null) && hrefOf(value) === undefined;
  } catch {
    return false; // a proxy that throws
  }
}

/** @param {unknown} given */
function filePath(given) {
  const text = typeof given === 'string' ? given : hrefOf(given);
  if (text === undefined) throw errors.invalidType('worker', EXPECTED, given);
  try {
    const isPath = typeof given === 'string' && !/^file:/i.test(given);
    return isPath ? path.resolve(given) : fileURLToPath(text);
  } catch (cause) {
    throw notFound(given, messageOf(cause), cause);
  }
}

/**
 * The text of a URL of any realm or library. Like the APIs of Node.js, this does not check the class.
 * @param {unknown} value
 */
function hrefOf(value) {
  try {
    const href = propertyOf(value, 'href');
    return typeof href === 'string' && typeof propertyOf(value, 'protocol') === 'string' ? href : undefined;
  } catch {
    return undefined; // a proxy that throws
  }
}

/**
 * The name of a built-in worker that was given without its scheme, or in capitals.
 * @param {unknown} given
 * @param {NativeNames} names
 */
function builtInLike(given, { numeric, tasks }) {
  if (typeof given !== 'string') return undefined;
  const written = given.toLowerCase();
  const all = [ALL, ...numeric, ...tasks.map((task) => SCHEME + task)];
  return all.find((name) => [written, SCHEME + written].includes(name.toLowerCase()));
}

/**
 * @param {string} workerFile
 * @param {string | undefined} meant What the caller meant if there is no such file.
 */
function read(workerFile, meant) {
  try {
    return fs.readFileSync(workerFile, /** @type {{ encoding: 'utf8' }} */ ({ __proto__: null, encoding: 'utf8' }));
  } catch (cause) {
    const reason = whyUnread(workerFile, cause);
    if (!OUT_OF_DESCRIPTORS.includes(reason)) throw notFound(workerFile, reason, cause, meant);
    throw errors.workerNotFound(`Worker file cannot be opened: ${describe(workerFile)} (${reason})`, cause);
  }
}

/**
 * @param {unknown} file
 * @param {string} reason
 * @param {unknown} cause
 * @param {string} [meant]
 */
function notFound(file, reason, cause, meant) {
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return errors.workerNotFound(`Worker file not found: ${describe(file)} (${reason})${hint}`, cause);
}

module.exports = { resolveWorker };
