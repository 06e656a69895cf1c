'use strict';

// Native tasks of users that misbehave: the pool lives, and every promise settles.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { WorkerPool } = require('./support/build-with-test-workers');
const { addon, addonFile, noC } = require('./support/addons');
const { runProgram } = require('./support/child');
const { directoryOf } = require('./support/files');
const { scale } = require('./support/scale');

const tasks = addon('test-tasks');

/** Runs `body` with a pool of one worker, and the messages of its crashes. */
async function withPool(worker, body) {
  const pool = new WorkerPool(1, worker);
  const crashes = [];
  pool.on('crash', ({ message }) => crashes.push(message));
  try {
    await body(pool, crashes);
  } finally {
    await pool.close();
  }
}

const CRASH = { name: 'Error', code: 'ERR_POOL_CRASH' };

test('a panic rejects its task with its message, and the next task has a new instance', () =>
  withPool(tasks.counting, async (pool, crashes) => {
    assert.equal(await pool.run(''), 1);
    const last = "the last words of a user's task";
    await assert.rejects(pool.run('panic'), { ...CRASH, message: last });
    assert.equal(await pool.run(''), 1, 'a new instance');
    await assert.rejects(pool.run('formatted'), { ...CRASH, message: 'tasks: 2' });
    await assert.rejects(pool.run('payload'), { ...CRASH, message: 'the task panicked without a message' });
    assert.equal(await pool.run(''), 1);
    assert.deepEqual(crashes, [last, 'tasks: 2', 'the task panicked without a message']);
    const { crashes: counted, failed, completed, size } = pool.stats();
    assert.deepEqual({ counted, failed, completed, size }, { counted: 3, failed: 3, completed: 3, size: 1 });
  }));

test('a panic in the constructor rejects the task that needs the instance, and the next task tries again', () =>
  withPool(tasks.badStart, async (pool, crashes) => {
    await assert.rejects(pool.run(), { ...CRASH, message: 'cannot be made' });
    assert.equal(await pool.run(), 'made');
    assert.deepEqual(crashes, ['cannot be made']);
  }));

test('a panic in the destructor of a result rejects its task, and one in that of an instance is ignored', () =>
  withPool(tasks.badEnd, async (pool, crashes) => {
    assert.equal(await pool.run(), 1);
    await assert.rejects(pool.run(), { ...CRASH, message: "the result's destructor" });
    assert.equal(await pool.run(), 1);
    assert.deepEqual(crashes, ["the result's destructor"]);
  }));

test('many panics at once reject their tasks only', () =>
  withPool({ counting: tasks.counting, number: tasks.number }, async (pool) => {
    const { counting, number } = pool.proxy();
    const all = Array.from({ length: scale(2000, 200) }, (_, i) => (i % 3 ? number(i) : counting('panic')));
    const results = await Promise.allSettled(all);
    results.forEach(({ value, reason }, i) => {
      if (i % 3) assert.equal(value, i);
      else assert.equal(reason.code, 'ERR_POOL_CRASH');
    });
  }));

test('a task that does not look at its token settles at once, and its seat is free when it returns', () =>
  withPool(tasks.waiting, async (pool) => {
    const opener = new WorkerPool(1, tasks.gate);
    const before = await opener.run(false);
    const abort = new AbortController();
    const deaf = pool.run({ deaf: true }, { signal: abort.signal });
    while ((await opener.run(null)) === before) await turn();
    abort.abort();
    await assert.rejects(deaf, { code: 'ABORT_ERR' });
    assert.equal(pool.stats().stopping, 1);
    const next = pool.run({ deaf: true });
    await opener.run(true);
    assert.equal(await next, 'passed');
    assert.equal(pool.stats().stopping, 0);
    await opener.run(false);
    await opener.close();
  }));

test('a forced close does not wait for ever for a task that does not look at its token', async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { waiting, gate } = require(${JSON.stringify(addonFile('test-tasks'))});
    const pool = new WorkerPool(1, waiting);
    const opener = new WorkerPool(1, gate);
    const deaf = pool.run({ deaf: true });
    deaf.catch(({ code }) => console.log(code));
    (async () => {
      while ((await opener.run(null)) === 0);
      await pool.close({ force: true });
      console.log('closed');
      await opener.close();
    })();`);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'ERR_POOL_CLOSED\nclosed\n', stderr: '' });
});

test('a task may allocate 1 GB', () =>
  withPool(tasks.large, async (pool) => {
    assert.equal(await pool.run({ bytes: 2 ** 30, returned: false }), 2 ** 30);
    const bytes = await pool.run({ bytes: 2 ** 26, returned: true });
    assert.deepEqual([bytes.length, bytes[0], bytes.at(-1)], [2 ** 26, 7, 7]);
  }));

test('ten million reports of progress are delivered at most 100 times a second', () =>
  withPool(tasks.reporting, async (pool) => {
    const count = scale(1e7, 1e6);
    const start = performance.now();
    let reports = 0;
    let latest;
    const onProgress = (progress) => {
      reports++;
      latest = progress;
    };
    assert.equal(await pool.run(count, { onProgress }), count);
    const seconds = (performance.now() - start) / 1000;
    assert.deepEqual(latest, { done: count, total: count });
    assert.ok(reports <= 2 + 100 * seconds, `${reports} reports in ${seconds} s`);
    assert.equal(await pool.run(1e7), 1e7, 'and without a listener');
  }));

test('the same task of two versions of an addon runs in one pool, with a state for each', async (t) => {
  const folder = directoryOf(t, {});
  const copy = path.join(folder, 'other-version.node');
  fs.copyFileSync(addonFile('test-tasks'), copy);
  const pool = new WorkerPool(1, { old: tasks.counting, new: require(copy).counting });
  const { old, new: newer } = pool.proxy();
  assert.deepEqual([await old(''), await old(''), await newer(''), await old('')], [1, 2, 1, 3]);
  await assert.rejects(newer('panic'), CRASH);
  await pool.close();
});

/** Starts a thread with a pool of the addon at `file`; `body` has `pool`, `tasks` and `parentPort`. */
const threadWith = (file, body) =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
    const { WorkerPool } = require(${JSON.stringify(require.resolve('..'))});
    const tasks = require(${JSON.stringify(file)});
    ${body}`,
    { eval: true },
  );

test('pools of two threads run the same task at once', async () => {
  const body = `
    const pool = new WorkerPool(2, { number: tasks.number, counting: tasks.counting });
    const { number, counting } = pool.proxy();
    const run = (_, i) => (i % 10 ? number(i) : counting('panic').catch(({ code }) => code));
    Promise.all(Array.from({ length: 500 }, run)).then(async (results) => {
      await pool.close();
      parentPort.postMessage(results);
    });`;
  const threads = Array.from({ length: 2 }, () => threadWith(addonFile('test-tasks'), body));
  const expected = Array.from({ length: 500 }, (_, i) => (i % 10 ? i : 'ERR_POOL_CRASH'));
  for (const results of await Promise.all(threads.map((thread) => once(thread, 'message')))) {
    assert.deepEqual(results[0], expected);
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
});

test('an addon stays loaded when the only thread that has loaded it ends while it runs a task', async (t) => {
  const file = path.join(directoryOf(t, {}), 'only-here.node');
  fs.copyFileSync(addonFile('test-tasks'), file);
  const { code, signal, stdout } = await runProgram(
    `const { Worker } = require('node:worker_threads');
    const { once } = require('node:events');
    const { nativeThreads } = require('./__test__/support/threads');
    const source = \`
      const { parentPort } = require('node:worker_threads');
      const { WorkerPool } = require('./index.js');
      const { waiting, gate } = require(${JSON.stringify(file)});
      const pool = new WorkerPool(2, { waiting, gate });
      pool.run({ deaf: true }, { name: 'waiting' });
      const look = async () => {
        while ((await pool.run(null, { name: 'gate' })) === 0);
        parentPort.postMessage('running');
      };
      look();\`;
    (async () => {
      const worker = new Worker(source, { eval: true });
      await once(worker, 'message');
      await worker.terminate();
      // Its thread still runs code of an addon that nothing else refers to. The gate is in the same addon.
      const pool = new WorkerPool(1, require(${JSON.stringify(file)}).gate);
      console.log(await pool.run(true) > 0);
      await pool.close();
      while (nativeThreads() > 0) await new Promise(setImmediate);
      console.log('ended');
    })();`,
  );
  assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'true\nended\n' });
});

test('what a table returns is checked', { skip: noC }, () =>
  withPool(addon('hostile').hostile, async (pool, crashes) => {
    const invalid = { name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE' };
    const malformed = { ...invalid, message: 'The task hostile returned a value that is malformed' };
    const status = (value) => `The task hostile returned the status ${value}, which is none of 0, 1 and 2`;
    for (const [what, error] of [
      [1, { ...CRASH, message: status(42) }],
      [2, { ...CRASH, message: status(-2147483648) }],
      [3, malformed],
      [4, malformed],
      [5, malformed],
      [6, malformed],
      [7, { ...invalid, message: 'The task hostile returned a value that nests too deep: above 100 levels' }],
      [17, { ...invalid, message: 'The task hostile returned a value that has a malformed name' }],
      [8, { message: 'The task failed without a message' }],
      [9, { message: 'The task failed with a value that is malformed' }],
      [10, { message: 'a plain message' }],
      [11, { ...CRASH, message: 'the task panicked without a message' }],
      [12, { ...CRASH, message: 'panicked in C' }],
    ]) {
      await assert.rejects(pool.run(what), error, `for ${what}`);
    }
    assert.equal(await pool.run(13), 13);
    assert.deepEqual(await pool.run(14), [['in lists']]);
    assert.deepEqual(await pool.run(15), {});
    assert.deepEqual(await pool.run({ a: 1, what: 16 }), { a: ['in a record'] });
    const taken = Buffer.alloc(10_000, 'taken');
    assert.deepEqual(await pool.run({ what: 18, items: [taken, 'left'] }), taken);
    assert.equal(crashes.length, 4);
    assert.equal(await pool.run(0), 0, 'every value was freed');
  }),
);

test('an instance that cannot be made fails its task', { skip: noC }, async () => {
  const { unmade, unmadeBadly } = addon('hostile');
  await withPool(unmade, async (pool, crashes) => {
    for (let i = 0; i < 2; i++) await assert.rejects(pool.run(1), { name: 'Error', message: 'no instance today' });
    assert.deepEqual(crashes, []);
  });
  await withPool(unmadeBadly, (pool) =>
    assert.rejects(pool.run(1), { ...CRASH, message: /^The task unmadeBadly returned the status 99,/ }),
  );
});
