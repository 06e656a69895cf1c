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

/**
 * Resolves the argument. Throws `ERR_INVALID_ARG_TYPE`, or `ERR_POOL_WORKER_NOT_FOUND` for an unknown built-in worker
 * or a file that cannot be read.
 * @param {unknown} worker The argument.
 * @param {string[]} builtIns The names of the built-in workers.
 * @returns {{ workerFile: string, builtIn: string | undefined }} the value of `pool.workerFile`, and the name of the
 *   built-in worker to run. `builtIn` is undefined if the file itself is to be run.
 */
function resolveWorker(worker, builtIns) {
  const given = worker ?? DEFAULT;
  if (typeof given === 'string' && given.startsWith(SCHEME)) {
    return { workerFile: given, builtIn: known(given, '', builtIns) };
  }
  const workerFile = filePath(given);
  const name = nativeDirective(read(workerFile));
  if (name === undefined) return { workerFile, builtIn: undefined };
  return { workerFile, builtIn: known(SCHEME + name, ` (named by ${workerFile})`, builtIns) };
}

/**
 * @param {string} name
 * @param {string} origin Where the name is from, for the message.
 * @param {string[]} builtIns
 */
function known(name, origin, builtIns) {
  if (builtIns.includes(name)) return name;
  throw errors.workerNotFound(`Unknown built-in worker ${describe(name)}${origin}; there are: ${builtIns.join(', ')}`);
}

/** @param {unknown} given */
function filePath(given) {
  const text = typeof given === 'string' ? given : hrefOf(given);
  if (text === undefined) throw errors.invalidType('worker', `'${SCHEME}NAME', a path or a file: URL`, given);
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

/** @param {string} workerFile */
function read(workerFile) {
  try {
    return fs.readFileSync(workerFile, /** @type {{ encoding: 'utf8' }} */ ({ __proto__: null, encoding: 'utf8' }));
  } catch (cause) {
    throw notFound(workerFile, whyUnread(workerFile, cause), cause);
  }
}

/**
 * @param {unknown} file
 * @param {string} reason
 * @param {unknown} cause
 */
function notFound(file, reason, cause) {
  return errors.workerNotFound(`Worker file not found: ${describe(file)} (${reason})`, cause);
}

module.exports = { resolveWorker };
