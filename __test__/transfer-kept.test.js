'use strict';

// Objects that were transferred with a task are not lost if the thread ends before it begins the task.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

// Indices in shared memory: whether a thread waits at the gate, and whether the gate is open.
const WAITS = 0;
const OPEN = 1;

/** The source of a worker file. It runs the code `end` after it has answered a task of kind 'end'. */
const sourceOf = (end, more = '') => `
  const { workerData: memory } = require('node:worker_threads');
  const gate = () => {
    Atomics.store(memory, ${WAITS}, 1);
    Atomics.notify(memory, ${WAITS});
    Atomics.wait(memory, ${OPEN}, 0);
  };
  ${more}
  module.exports = ({ kind, bytes, port }) => {
    if (kind === 'end') setImmediate(() => { ${end} });
    port?.postMessage('hello');
    port?.close();
    return bytes === undefined ? 0 : bytes.length + bytes[7];
  };`;

class Gate {
  memory = new Int32Array(new SharedArrayBuffer(8));

  async reached() {
    while (Atomics.load(this.memory, WAITS) === 0) await turn();
  }

  open() {
    Atomics.store(this.memory, OPEN, 1);
    Atomics.notify(this.memory, OPEN);
  }
}

/** A task that transfers `length` bytes, and its expected answer. */
function moved(length = 1e5) {
  const bytes = new Uint8Array(length).fill(5);
  return { data: { bytes }, options: { transfer: [bytes.buffer] }, answer: length + 5 };
}

const ENDS = {
  'that exits': sourceOf('gate(); process.exit(0);'),
  'that throws': sourceOf("gate(); throw new Error('late');"),
  'that waits in an exit handler': sourceOf('process.exit(3);', "process.on('exit', gate);"),
};

for (const [how, source] of Object.entries(ENDS)) {
  test(`a task with transfer that was posted to a thread ${how} runs on the next thread`, async (t) => {
    const gate = new Gate();
    const pool = new WorkerPool(1, fileOf(t, source), { workerOptions: { workerData: gate.memory } });
    const crashed = once(pool, 'crash');
    assert.equal(await pool.run({ kind: 'end' }), 0);
    await gate.reached();
    const { data, options, answer } = moved();
    const task = pool.run(data, options);
    const { port1, port2 } = new MessageChannel();
    const greeting = once(port1, 'message');
    const other = pool.run({ port: port2 }, { transfer: [port2] });
    gate.open();
    assert.equal(await task, answer);
    assert.equal(await other, 0);
    assert.deepEqual(await greeting, ['hello']);
    await crashed;
    const { completed, failed, crashes } = pool.stats();
    assert.deepEqual({ completed, failed, crashes }, { completed: 3, failed: 0, crashes: 1 });
    await pool.close();
  });
}

const SURVIVALS = {
  "that emits 'exit' itself": sourceOf("gate(); process.emit('exit', 0);"),
  "that emits 'exit' itself and waits in an exit handler": sourceOf(
    "process.emit('exit', 0);",
    "process.on('exit', gate);",
  ),
  'whose exit handler throws': sourceOf(
    'gate(); process.exit(3);',
    "process.on('exit', () => { throw 'late'; }); process.on('uncaughtException', () => {});",
  ),
};

for (const [how, source] of Object.entries(SURVIVALS)) {
  test(`tasks that were posted to a thread ${how} run on that thread, which continues`, async (t) => {
    const gate = new Gate();
    const pool = new WorkerPool(1, fileOf(t, source), { workerOptions: { workerData: gate.memory } });
    assert.equal(await pool.run({ kind: 'end' }), 0);
    await gate.reached();
    const first = moved();
    const second = moved(50);
    const tasks = [
      pool.run(first.data, first.options),
      pool.run({ bytes: new Uint8Array(9) }),
      pool.run(second.data, second.options),
      pool.run({}),
    ];
    gate.open();
    assert.deepEqual(await Promise.all(tasks), [first.answer, 9, second.answer, 0]);
    const { completed, crashes } = pool.stats();
    assert.deepEqual({ completed, crashes }, { completed: 5, crashes: 0 });
    await pool.close();
  });
}

test('a task without transfer is not lost if the thread reads it in an exit handler and continues', async (t) => {
  const gate = new Gate();
  const source = sourceOf("gate(); process.emit('exit', 0);");
  const pool = new WorkerPool(1, fileOf(t, source), { workerOptions: { workerData: gate.memory }, abortTimeout: 1e9 });
  assert.equal(await pool.run({ kind: 'end' }), 0);
  await gate.reached();
  const controller = new AbortController();
  const aborted = pool.run({}, { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  const task = pool.run({ bytes: new Uint8Array(9) });
  gate.open();
  assert.equal(await task, 9);
  await pool.close();
});

test('no task with transfer is lost if the thread exits after each answer', async (t) => {
  const pool = new WorkerPool(2, fileOf(t, sourceOf('process.exit(0);')));
  const tasks = Array.from({ length: 40 }, (_, i) => {
    const { data, options, answer } = moved(1000 + i);
    return { promise: pool.run({ ...data, kind: 'end' }, options), answer };
  });
  for (const { promise, answer } of tasks) assert.equal(await promise, answer);
  assert.equal(pool.stats().failed, 0);
  await pool.close();
});

test('a buffer that a thread sends back for an aborted task is discarded', async (t) => {
  const gate = new Gate();
  const file = fileOf(t, ENDS['that exits']);
  const pool = new WorkerPool(1, file, { workerOptions: { workerData: gate.memory }, abortTimeout: 1e9 });
  await pool.run({ kind: 'end' });
  await gate.reached();
  const controller = new AbortController();
  const { data, options } = moved();
  const aborted = pool.run(data, { ...options, signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { code: 'ABORT_ERR' });
  const next = moved(50);
  const task = pool.run(next.data, next.options);
  gate.open();
  assert.equal(await task, next.answer);
  await pool.close();
});

test('the buffer of a task that has begun is not sent back', async (t) => {
  const file = fileOf(t, 'module.exports = ({ bytes, exits }) => (exits ? process.exit(4) : bytes.length);');
  const pool = new WorkerPool(1, file);
  const { data, options } = moved();
  await assert.rejects(pool.run({ ...data, exits: true }, options), { code: 'ERR_POOL_CRASH' });
  const next = moved(10);
  assert.equal(await pool.run(next.data, next.options), 10);
  await pool.close();
});
