'use strict';

// The command line of native-worker-pool-serve.

const os = require('node:os');
const { parseArgs } = require('node:util');

const DEFAULT_REDIS = 'redis://127.0.0.1:6379';

const USAGE = `usage: native-worker-pool-serve --queue NAME [options] WORKER

Runs the tasks of a queue of BullMQ on this machine.

  WORKER             native (all built-in tasks), native:NAME (one of them), or the path of a worker file
  --queue NAME       the queue, as in new RemotePool(NAME)
  --redis URL        redis:// or rediss:// (TLS), with user and password if needed. Other users of the machine can
                     read the arguments of a program: put a password into the environment variable REDIS_URL instead.
                     Default: REDIS_URL, or ${DEFAULT_REDIS}
  --prefix TEXT      the prefix of BullMQ's keys; default: bull
  --size N           threads; default: the number of cores
  --concurrency N    jobs that this server holds at once; default: --size
  --timeout MS       the longest time that a task may run; default: none
  --max-payload N    the largest result in bytes of JSON; default: 67108864 (64 MiB)
  --files DIR        permits native tasks to read (file) and write (output) files below DIR; relative paths start
                     there. Without it, they are refused, since whoever can add a job could read and write any file.
  --port N           serves /health and /metrics (Prometheus) over HTTP; default: no HTTP server
  --host ADDRESS     the address of that server; default: 127.0.0.1
  --help, --version  print this, or the version

SIGTERM or SIGINT: takes no more jobs, finishes those that run, and exits with 0. A second one exits at once with 1;
another server then runs the unfinished jobs within half a minute. Exit code 2: wrong arguments.
Events are logged to stdout, as one line of JSON each.`;

/** What a caller has done wrong. */
class UsageError extends Error {}

const OPTIONS = {
  queue: { type: 'string' },
  redis: { type: 'string' },
  prefix: { type: 'string', default: 'bull' },
  size: { type: 'string' },
  concurrency: { type: 'string' },
  timeout: { type: 'string' },
  'max-payload': { type: 'string' },
  files: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
};

/**
 * @param {string[]} args
 * @param {{ [name: string]: string | undefined }} environment
 * @throws {UsageError}
 */
function readArguments(args, environment) {
  const { values, positionals } = parsed(args);
  const { help = false, version = false } = values;
  if (help || version) return { help, version };
  const { queue, prefix, host, files } = values;
  if (positionals.length !== 1) throw new UsageError('WORKER is required: native, native:NAME or one path');
  if (!queue) throw new UsageError('--queue is required');
  if (queue.includes(':')) throw new UsageError('--queue must not contain a colon');
  const size = integer(values, 'size', 1, 1024) ?? os.availableParallelism();
  return {
    help,
    version,
    worker: positionals[0],
    queue,
    prefix,
    host,
    files,
    size,
    redis: redisUrl(values.redis ?? environment.REDIS_URL ?? DEFAULT_REDIS),
    concurrency: integer(values, 'concurrency', 1, 100_000) ?? size,
    timeout: integer(values, 'timeout', 1, 2 ** 31 - 1),
    maxPayload: integer(values, 'max-payload', 1, 256 * 2 ** 20),
    port: integer(values, 'port', 0, 65_535),
  };
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({ args, options: /** @type {any} */ (OPTIONS), allowPositionals: true });
  } catch (cause) {
    throw new UsageError(/** @type {Error} */ (cause).message);
  }
}

/**
 * @param {{ [name: string]: any }} values
 * @param {string} name
 * @param {number} min
 * @param {number} max
 * @returns {number | undefined}
 */
function integer(values, name, min, max) {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be an integer from ${min} to ${max}; got ${text}`);
}

/** @param {string} url It may contain a password, which no message shows. */
function redisUrl(url) {
  if (/^rediss?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError('--redis must be a URL that begins with redis:// or rediss://');
}

module.exports = { readArguments, USAGE, UsageError };
