'use strict';

// The option threadPriority.

const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const { test } = require('node:test');
const { WorkerPool } = require('./support/build-with-test-workers');

const isLinux = process.platform === 'linux';

/** @returns the nice values of this process's threads whose names begin with `name`. */
function niceOf(name) {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    const folder = `/proc/self/task/${thread}`;
    if (!readFileSync(`${folder}/comm`, 'utf8').startsWith(name)) return [];
    const fields = readFileSync(`${folder}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
    return [Number(fields[16])];
  });
}

/** Runs a test with a pool whose threads have all started. */
async function withPool(worker, options, run) {
  const pool = new WorkerPool(2, worker, options);
  const data = worker === 'native:hash' ? { data: '' } : { n: 1 };
  await Promise.all([pool.run(data), pool.run(data)]);
  await run(pool);
  await pool.close();
}

for (const worker of ['native:fib', 'native:hash']) {
  test(`the threads of ${worker} have a lower priority with threadPriority 'below'`, { skip: !isLinux }, async () => {
    await withPool(worker, { threadPriority: 'below' }, () => {
      const values = niceOf(worker);
      assert.ok(values.length > 0);
      assert.ok(
        values.every((value) => value === 10),
        `${values}`,
      );
    });
  });

  test(`the threads of ${worker} have the priority of the process otherwise`, { skip: !isLinux }, async () => {
    for (const options of [undefined, { threadPriority: 'normal' }, { threadPriority: null }]) {
      await withPool(worker, options, () => {
        const values = niceOf(worker);
        assert.ok(values.length > 0);
        const [own] = niceOf(readFileSync('/proc/self/comm', 'utf8').trim());
        assert.ok(
          values.every((value) => value === own),
          `${values}`,
        );
      });
    }
  });
}

test('the thread that replaces a crashed one has the low priority, too', { skip: !isLinux }, async () => {
  const pool = new WorkerPool(1, 'native:test-panic', { threadPriority: 'below' });
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_CRASH' });
  await pool.run(10);
  const values = niceOf('native:test-pan');
  assert.ok(values.length > 0 && values.every((value) => value === 10), `${values}`);
  await pool.close();
});

test('other values are refused', () => {
  const refused = (value, code) =>
    assert.throws(() => new WorkerPool(1, 'native:fib', { threadPriority: value }), {
      code,
      message: /threadPriority.*'normal' or 'below'/,
    });
  for (const value of ['high', 'Below', '']) refused(value, 'ERR_OUT_OF_RANGE');
  for (const value of [1, true, {}]) refused(value, 'ERR_INVALID_ARG_TYPE');
});

test('pools of worker files accept the option and ignore it', async () => {
  await withPool(require.resolve('../worker.js'), { threadPriority: 'below' }, (pool) => {
    assert.equal(pool.size, 2);
  });
});
