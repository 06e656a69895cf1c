'use strict';

// Data and results of native tasks leave no memory behind.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');
const { scale } = require('./support/scale');

/**
 * Runs rounds of tasks, and returns the growth of the resident memory from one round to the next, in bytes: the least
 * one, since allocators take memory from the system now and then.
 * @param {string} round The source of an async function that runs the tasks of a round.
 */
async function growthOf(round) {
  const { code, signal, stdout, stderr } = await runProgram(
    `const turn = () => new Promise(setImmediate);
    /** Finalizers run in turns of the event loop after a collection. */
    const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await turn(); } };
    const round = ${round};
    (async () => {
      const pool = new WorkerPool(2, { hash: 'native:hash', value: 'native:test-value' });
      const measured = [];
      for (let i = 0; i < 5; i++) {
        await round(pool);
        await collect();
        measured.push(process.memoryUsage.rss());
      }
      await pool.close();
      console.log(JSON.stringify(measured));
    })();`,
    { testBuild: true, execArgv: ['--expose-gc', '--max-semi-space-size=1'] },
  );
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  const measured = JSON.parse(stdout);
  return Math.min(...measured.slice(1).map((rss, i) => rss - measured[i]));
}

test('a million small results leave no memory behind', async () => {
  const count = scale(200_000, 20_000); // in each of five rounds
  const growth = await growthOf(`async (pool) => {
    for (let done = 0; done < ${count}; done += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, i) => {
        const encoding = i % 2 === 0 ? 'hex' : 'buffer';
        if (i % 4 < 3) return pool.run({ data: 'data ' + i, algorithm: 'xxh3', encoding }, { name: 'hash' });
        return pool.run([i, 'text', { field: [null] }], { name: 'value' });
      }));
    }
  }`);
  // A byte that each task of a round leaves behind.
  assert.ok(growth < Math.max(count, 1_000_000), `${growth} bytes`);
});

test('large data and results leave no memory behind, copied, transferred or handed over', async () => {
  const growth = await growthOf(`async (pool) => {
    for (const size of [5000, 1 << 20, 5 << 20, 20 << 20]) {
      for (let i = 0; i < ${scale(20, 4)}; i++) {
        const bytes = i % 4 < 2 ? new Uint8Array(size) : WorkerPool.allocate(size);
        const transfer = i % 2 === 0 ? [bytes.buffer] : [];
        const [result] = await pool.run([bytes], { name: 'value', transfer });
        await pool.run({ data: result }, { name: 'hash', transfer: [result.buffer] });
        if (i % 2 === 0) gc();
      }
    }
  }`);
  assert.ok(growth < 5 << 20, `${growth} bytes`);
});

test('failed, refused, aborted and timed-out tasks leave no memory behind', async () => {
  const growth = await growthOf(`async (pool) => {
    const data = Buffer.alloc(1 << 20);
    for (let i = 0; i < ${scale(500, 100)}; i++) {
      const controller = new AbortController();
      const { signal } = controller;
      const tasks = [
        pool.run({ data, algorithm: 'blake3', key: 'short' }, { name: 'hash' }),
        pool.run({ data, unknown: 1 }, { name: 'hash' }),
        pool.run({ data }, { name: 'none' }),
        pool.run({ data }, { name: 'hash', signal, onProgress: () => {} }),
        pool.run({ data }, { name: 'hash', timeout: 0.01 }),
        pool.run({ data }, { name: 'hash', queueTimeout: 0.01 }),
      ];
      controller.abort();
      await Promise.allSettled(tasks);
    }
  }`);
  assert.ok(growth < 2 << 20, `${growth} bytes`);
});
