'use strict';

// The end of the process, or of the thread that owns a pool, while data are on their way to and from native tasks.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');
const { scale } = require('./support/scale');

/** Keeps two workers busy with data and results of all sizes, some of them transferred. */
const TRAFFIC = `
  const pool = new WorkerPool(2, { value: 'native:test-value', hash: 'native:hash', key: 'native:deriveKey' });
  const SIZES = [0, 10, 5000, 1 << 20, 5 << 20];
  const send = async (i) => {
    for (;; i++) {
      const size = SIZES[i % SIZES.length];
      const bytes = (i % 3 === 0 ? WorkerPool.allocate(size) : new Uint8Array(size)).fill(i);
      const transfer = i % 2 === 0 ? [bytes.buffer] : [];
      const onProgress = i % 3 === 0 ? () => {} : undefined;
      const [result] = await pool.run([bytes, { text: 'ü'.repeat(i % 5000) }], { name: 'value', transfer });
      await pool.run({ data: result }, { name: 'hash', onProgress, transfer: [result.buffer] });
      const data = { password: 'x', salt: 'x', algorithm: 'hkdf', length: 1 + (i % 5000) };
      await pool.run(data, { name: 'key' });
    }
  };
  const traffic = () => { for (let i = 0; i < 10; i++) send(i); };
`;

test('process.exit in the middle of transfers ends the process with its code', async () => {
  for (let round = 0; round < scale(40, 8); round++) {
    const { code, signal, stdout, stderr } = await runProgram(
      `${TRAFFIC}
      traffic();
      const end = () => process.exit(7);
      if (${round} % 4 === 0) end();
      else if (${round} % 4 === 1) setImmediate(end);
      else setTimeout(end, ${round} * 3);`,
      { testBuild: true },
    );
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 7, signal: null, stdout: '', stderr: '' });
  }
});

test('an uncaught exception in the middle of transfers ends the process with code 1', async () => {
  const { code, signal, stderr } = await runProgram(
    `${TRAFFIC}
    traffic();
    setTimeout(() => { throw new Error('uncaught'); }, 10);`,
    { testBuild: true },
  );
  assert.deepEqual({ code, signal }, { code: 1, signal: null });
  assert.match(stderr, /Error: uncaught/);
});

test('the termination of a thread in the middle of its transfers ends nothing else', async () => {
  const { code, signal, stdout, stderr } = await runProgram(
    `const { Worker } = require('node:worker_threads');
    const { once } = require('node:events');
    const path = require('node:path');
    const source = \`
      const { parentPort } = require('node:worker_threads');
      const { WorkerPool } = require(\${JSON.stringify(path.resolve('__test__/support/build-with-test-workers.js'))});
      ${TRAFFIC.replaceAll('\\', '\\\\')}
      traffic();
      pool.run([1], { name: 'value' }).then(() => parentPort.postMessage('busy'));
    \`;
    (async () => {
      for (let round = 0; round < ${scale(100, 15)}; round++) {
        const thread = new Worker(source, { eval: true });
        await once(thread, 'message');
        if (round % 3 > 0) await new Promise((resolve) => setTimeout(resolve, round % 7));
        console.log(await thread.terminate());
      }
      const pool = new WorkerPool(1, 'native:hash');
      console.log(await pool.run({ data: '', algorithm: 'crc32' }));
      await pool.close();
    })();`,
    { testBuild: true },
  );
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  assert.equal(stdout, `${'1\n'.repeat(scale(100, 15))}00000000\n`);
});

test('a forced close in the middle of transfers settles every task', async () => {
  const { code, signal, stdout, stderr } = await runProgram(
    `(async () => {
      for (let round = 0; round < ${scale(50, 10)}; round++) {
        const pool = new WorkerPool(2, 'native:test-value');
        const tasks = Array.from({ length: 40 }, (_, i) => {
          const bytes = new Uint8Array(i << 17);
          return pool.run([bytes], { transfer: i % 2 === 0 ? [bytes.buffer] : [] });
        });
        await tasks[round % 10];
        const closed = pool.close({ force: true });
        const settled = await Promise.allSettled(tasks);
        if (settled.some(({ reason }) => reason && reason.code !== 'ERR_POOL_CLOSED')) throw new Error('another error');
        await closed;
      }
      console.log('closed');
    })();`,
    { testBuild: true },
  );
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'closed\n', stderr: '' });
});
