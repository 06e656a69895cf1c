'use strict';

// The second argument of the constructor: which worker a pool runs.

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

/**
 * @param {unknown} worker The argument.
 * @param {string[]} builtIns The names of the built-in workers.
 * @returns {{ workerFile: string, builtIn: string | undefined }} what `pool.workerFile` says, and the name
 *   of the built-in worker to run, if it is not the file that is to be run.
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

function known(name, origin, builtIns) {
  if (builtIns.includes(name)) return name;
  throw errors.workerNotFound(`Unknown built-in worker ${describe(name)}${origin}; there are: ${builtIns.join(', ')}`);
}

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

/** The text of a URL, of whatever realm or library. Like Node's own APIs, which ask for no class. */
function hrefOf(value) {
  try {
    const href = propertyOf(value, 'href');
    return typeof href === 'string' && typeof propertyOf(value, 'protocol') === 'string' ? href : undefined;
  } catch {
    return undefined; // a proxy that throws
  }
}

function read(workerFile) {
  try {
    return fs.readFileSync(workerFile, { __proto__: null, encoding: 'utf8' });
  } catch (cause) {
    throw notFound(workerFile, whyUnread(workerFile, cause), cause);
  }
}

function notFound(file, reason, cause) {
  return errors.workerNotFound(`Worker file not found: ${describe(file)} (${reason})`, cause);
}

module.exports = { resolveWorker };
