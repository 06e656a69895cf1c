'use strict';

// The pool inside worker_threads: each has an environment of its own, which can end at any time.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');
const { workers } = require('./support/kinds');
const { scale } = require('./support/scale');
const threads = require('./support/threads');

const FIB = JSON.stringify(workers.fib);

/** Source that starts a worker thread with a pool in it; `body` has `pool` and `parentPort`. */
const start = (body) => `
  const { Worker } = require('node:worker_threads');
  const { once } = require('node:events');
  const { nativeThreads } = require('./__test__/support/threads');
  const { setTimeout: sleep } = require('node:timers/promises');
  const start = () => new Worker(\`
    const { parentPort } = require('node:worker_threads');
    const { WorkerPool } = require('./index.js');
    const pool = new WorkerPool(2, ${FIB});
    ${body}
  \`, { eval: true });
`;

async function assertRuns(program, stdout) {
  assert.deepEqual(await runProgram(program), { code: 0, signal: null, stdout, stderr: '' });
}

test('several environments can own pools at the same time', async () => {
  await assertRuns(
    `${start(`
      Promise.all(Array.from({ length: 500 }, (_, i) => pool.run(i % 20))).then(async (results) => {
        parentPort.postMessage(results.reduce((sum, { result }) => sum + result, 0));
        await pool.close();
      });
    `)}
    const workers = Array.from({ length: 4 }, start);
    const pool = new WorkerPool(1, ${FIB});
    Promise.all([...workers.map(async (worker) => (await once(worker, 'message'))[0]), pool.run(20)]).then(
      ([a, b, c, d, e]) => console.log(a, b, c, d, e.result),
    );`,
    '273600 273600 273600 273600 6765\n'.replaceAll('273600', String(25 * fibSum(20))),
  );
});

function fibSum(count) {
  const fib = [0, 1];
  while (fib.length < count) fib.push(fib.at(-1) + fib.at(-2));
  return fib.reduce((sum, value) => sum + value, 0);
}

test("an environment that ends with an idle pool ends the pool's threads", {
  skip: threads.unsupported,
}, async () => {
  await assertRuns(
    `${start(`pool.run(10).then(() => parentPort.postMessage('done'));`)}
    (async () => {
      for (let i = 0; i < ${scale(20, 2)}; i++) await once(start(), 'exit');
      while (nativeThreads() > 0) await sleep(1);
      console.log('none left');
    })();`,
    'none left\n',
  );
});

for (const [state, body] of Object.entries({
  'long tasks': `for (let i = 0; i < 100; i++) pool.run(78); parentPort.postMessage('busy');`,
  'short tasks': `
    const again = () => pool.run(1).then(again);
    for (let i = 0; i < 100; i++) again();
    parentPort.postMessage('busy');`,
})) {
  test(`worker_threads threads with pools busy with ${state} can be terminated repeatedly`, {
    skip: threads.unsupported,
  }, async () => {
    await assertRuns(
      `${start(body)}
      (async () => {
        for (let round = 0; round < ${scale(15, 2)}; round++) {
          const workers = Array.from({ length: 3 }, start);
          await Promise.all(workers.map((worker) => once(worker, 'message')));
          if (round % 2) await sleep(round % 5);
          const codes = await Promise.all(workers.map((worker) => worker.terminate()));
          if (codes.some((code) => code !== 1)) console.log(codes);
        }
        // What ran is told to stop when its environment ends, be it a task of hours.
        while (nativeThreads() > 0) await sleep(1);
        console.log('none left');
      })();`,
      'none left\n',
    );
  });

  test(`process.exit in a thread whose pool is busy with ${state} ends only that thread`, async () => {
    await assertRuns(
      `${start(`${body} setImmediate(() => process.exit(5));`)}
      (async () => {
        for (let round = 0; round < ${scale(10, 1)}; round++) {
          const [code] = await once(start(), 'exit');
          if (code !== 5) console.log(code);
        }
        console.log('still here');
      })();`,
      'still here\n',
    );
  });

  test(`process.exit ends the process with its code while pools in threads are busy with ${state}`, async () => {
    for (const delay of scale([0, 1, 2, 3, 4], [2])) {
      const { code, signal, stderr } = await runProgram(`${start(body)}
        const workers = [start(), start()];
        Promise.all(workers.map((worker) => once(worker, 'message'))).then(async () => {
          await sleep(${delay});
          process.exit(9);
        });`);
      assert.deepEqual({ code, signal, stderr }, { code: 9, signal: null, stderr: '' });
    }
  });
}
