'use strict';

// Pollutes Object.prototype as an attacker would, and records the behaviour of a pool.

const path = require('node:path');

const EVIL = path.join(__dirname, '../fixtures/evil.cjs');

/** Harmful values, by the name of an option, of a descriptor or of an internal property of the package. */
const HARMFUL = {
  maxQueue: 0,
  workerOptions: { execArgv: ['--require', EVIL] },
  abortTimeout: 1e6,
  signal: AbortSignal.abort('evil'),
  timeout: 0,
  queueTimeout: 0,
  priority: 'evil',
  transfer: 'evil',
  onProgress: 'evil',
  ordered: 'evil',
  force: true,
  drop: true,
  // Options of Worker.
  argv: ['evil'],
  env: { NODE_OPTIONS: `--require ${EVIL}` },
  eval: true,
  execArgv: ['--require', EVIL],
  maxOldGenerationSizeMb: 1,
  name: 5,
  resourceLimits: { maxOldGenerationSizeMb: 1 },
  stderr: true,
  stdin: true,
  stdout: true,
  trackUnmanagedFds: false,
  transferList: ['evil'],
  workerData: 'evil',
  NODE_OPTIONS: `--require ${EVIL}`,
  // Options of listeners, errors and files.
  capture: true,
  cause: 'evil',
  encoding: 'hex',
  flag: 'w',
  once: true,
  passive: true,
  // Property descriptors.
  configurable: false,
  enumerable: false,
  get: () => 'evil',
  set: () => {},
  value: 'evil',
  writable: false,
  // Option tables and tasks.
  abandon: 'evil',
  accepts: 'evil',
  admitted: 'evil',
  admitting: 'evil',
  backend: 'evil',
  callSubmitter: 'evil',
  default: 'evil',
  done: true,
  error: 'evil',
  errors: 'evil',
  expected: 'evil',
  expire: 'evil',
  functions: 'evil',
  hasEnded: true,
  interrupted: 'evil',
  isAborted: true,
  isCancelled: true,
  isClosing: true,
  isLanded: true,
  isType: 'evil',
  keepAlive: 'evil',
  length: 3,
  n: 5,
  owner: 'evil',
  pending: 'evil',
  poll: 'evil',
  return: 'evil',
  ring: 'evil',
  slot: 0,
  source: 'evil',
  stopCancelled: 'evil',
  submitInvalid: 'evil',
  submitter: 'evil',
  watch: 'evil',
  weakOwner: 'evil',
  withdraw: 'evil',
};

const trap = (name) => () => {
  throw new Error(`${name} was read from Object.prototype`);
};

/** Makes the descriptor of a name, by the kind of pollution. */
const KINDS = {
  value: (name) => ({ __proto__: null, value: HARMFUL[name], writable: true, enumerable: true, configurable: true }),
  setter: (name) => ({ __proto__: null, get() {}, set: trap(name), configurable: true }),
  getter: (name) => ({ __proto__: null, get: trap(name), set() {}, configurable: true }),
};

/** The names that Node.js itself reads when it starts a thread. They get no traps. */
const READ_BY_NODE = {
  value: [],
  setter: ['length'],
  getter: ['length', 'signal', 'once', 'capture', 'passive', 'writable'],
};

/** Pollutes Object.prototype. @returns a function that restores it. */
function pollute(kind) {
  const names = Object.keys(HARMFUL).filter((name) => !READ_BY_NODE[kind].includes(name));
  for (const name of names) Object.defineProperty(Object.prototype, name, KINDS[kind](name));
  return () => {
    for (const name of names) delete Object.prototype[name];
  };
}

/** Calls every method of a pool. @returns {Promise<string[]>} a line for each outcome. */
async function behaviour(WorkerPool, { worker, endless, bad }) {
  const lines = [];
  const note = async (what, promise) => {
    lines.push(`${what}: ${await outcomeOf(promise)}`);
  };
  const pool = new WorkerPool(1, worker, {});
  await note('ready', pool.ready());
  await note('run', pool.run(7));
  await note('run with no options', pool.run(7, {}));
  await note('map', pool.map([7, 8], {}));
  await note('stream', gather(pool.stream([7, 8], {})));
  const controller = new AbortController();
  const { signal } = controller;
  await note('run with options', pool.run(7, { signal, priority: 1, timeout: 1e6, queueTimeout: 1e6 }));
  await note('map with options', pool.map([7, 8], { signal, priority: 1, timeout: 1e6, onProgress() {} }));
  await note('stream with options', gather(pool.stream([7, 8], { signal, ordered: false, onProgress() {} })));
  await note('bad data', pool.run(bad));
  await note('bad option', pool.run(7, { timeout: 'x' }));
  await note('unknown option', pool.run(7, { timeOut: 1 }));
  lines.push(`fields: ${[pool.size, pool.maxQueue, pool.idle.length, pool.queue.length, pool.all.size]}`);
  const { submitted, completed, failed, waitTime } = pool.stats();
  lines.push(`stats: ${[submitted, completed, failed, typeof waitTime.p99]}`);
  const aborted = pool.run(endless, { signal });
  controller.abort('why');
  await note('abort', aborted);
  await note('timeout', pool.run(endless, { timeout: 1 }));
  await note('close', pool.close({}));
  await note('run after close', pool.run(7));
  const second = new WorkerPool(1, worker);
  await note('run in a second pool', second.run(7));
  await note('dispose', second[Symbol.asyncDispose]());
  return lines;
}

async function gather(stream) {
  const results = [];
  for await (const result of stream) results.push(result);
  return results;
}

async function outcomeOf(promise) {
  try {
    return JSON.stringify(await promise);
  } catch (error) {
    const cause = Object.hasOwn(error, 'cause') ? error.cause : 'no cause';
    return [error.name, error.message, error.code, cause].join('; ');
  }
}

module.exports = { EVIL, KINDS, behaviour, pollute };
