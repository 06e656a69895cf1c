'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { runProgram } = require('./support/child');
const { scale } = require('./support/scale');
const threads = require('./support/threads');

const SUPPORT = `
  const fs = require('node:fs');
  const { nativeThreads } = require('./__test__/support/threads');
  const { setImmediate: turn } = require('node:timers/promises');
  const files = () => fs.readdirSync('/proc/self/fd').length;
  /** Finalizers run in turns of the event loop after a collection. */
  const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await turn(); } };
`;

const linux = { skip: threads.unsupported };

// A small young generation, which V8 would otherwise enlarge by megabytes over thousands of pools.
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];

async function run(program, options) {
  const { code, signal, stdout, stderr } = await runProgram(`${SUPPORT}${program}`, { execArgv: FLAGS, ...options });
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  return stdout;
}

test('opening and closing many pools leaks no thread, file or memory', linux, async () => {
  const measured = JSON.parse(
    await run(`
      const open = async (pools) => {
        for (let i = 0; i < pools; i++) {
          const pool = new WorkerPool(4);
          await Promise.all([pool.run(10), pool.run('bad').catch(() => {})]);
          await pool.close();
        }
        await collect();
        return { rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed, files: files(), threads: nativeThreads() };
      };
      (async () => {
        const measured = [];
        for (let i = 0; i < 5; i++) measured.push(await open(${scale(1000, 100)}));
        console.log(JSON.stringify(measured));
      })();
    `),
  );
  const last = measured.at(-1);
  assert.equal(last.threads, 0);
  // The runtime itself may open one now and then; a pool that kept one would make it hundreds.
  assert.ok(last.files - measured[0].files < 10, JSON.stringify(measured));
  // A pool that stayed would hold the stacks of four threads or, short of that, some kilobytes; and so
  // would the pools of each round. Allocators take memory from the system too, but only now and then.
  const growth = (what) => Math.min(...measured.slice(1).map((later, i) => later[what] - measured[i][what]));
  assert.ok(growth('rss') < 1_000_000, JSON.stringify(measured));
  assert.ok(growth('heap') < 500_000, JSON.stringify(measured));
});

test('a pool dropped without close is collected with its threads', linux, async () => {
  const stdout = await run(`
    (async () => {
      const drop = async () => {
        const pools = Array.from({ length: 50 }, () => new WorkerPool(2));
        await Promise.all(pools.map((pool) => pool.run(10)));
        return new WeakRef(pools[0]);
      };
      const dropped = await drop();
      console.log(nativeThreads() >= 50);
      while (nativeThreads() > 0) await collect();
      console.log(nativeThreads(), dropped.deref());
    })();
  `);
  assert.equal(stdout, 'true\n0 undefined\n');
});

test('a pool dropped while busy settles its tasks first', linux, async () => {
  const stdout = await run(
    `
    (async () => {
      const gates = [freshGate(), freshGate(), freshGate()];
      const start = () => {
        const pool = new WorkerPool(1, 'native:test-gate');
        return Promise.all(gates.map((gate) => pool.run(gate)));
      };
      const tasks = start();
      for (let i = 0; i < 5; i++) await collect();
      for (const gate of gates) openGate(gate);
      console.log((await tasks).join() === gates.join());
      while (nativeThreads() > 0) await collect();
      console.log('collected');
    })();
  `,
    { testBuild: true },
  );
  assert.equal(stdout, 'true\ncollected\n');
});

test('a pool dropped while it closes still closes', linux, async () => {
  const stdout = await run(
    `
    (async () => {
      const gate = freshGate();
      const closing = (() => {
        const pool = new WorkerPool(2, 'native:test-gate');
        pool.run(gate);
        return pool.close();
      })();
      await collect();
      openGate(gate);
      await closing;
      console.log(nativeThreads());
    })();
  `,
    { testBuild: true },
  );
  assert.equal(stdout, '0\n');
});

test('tasks leak no memory: a second burst needs no more than the first', linux, async () => {
  const growth = Number(
    await run(`
      (async () => {
        const pool = new WorkerPool(2);
        const burst = async () => {
          for (let i = 0; i < ${scale(20, 4)}; i++) {
            await Promise.allSettled(Array.from({ length: 10_000 }, (_, n) => pool.run(n % 3 ? 1 : 'bad')));
          }
          await collect();
          return process.memoryUsage().heapUsed;
        };
        const first = await burst();
        console.log(await burst() - first);
        await pool.close();
      })();
    `),
  );
  assert.ok(growth < 500_000, `grew by ${growth} bytes`);
});

test('aborted queued tasks leak no memory in JavaScript or in the engine', async () => {
  const count = scale(100_000, 10_000);
  const growth = Number(
    await run(
      `
      (async () => {
        const pool = new WorkerPool(1, 'native:test-gate');
        const gate = freshGate();
        const busy = pool.run(gate);
        const round = async () => {
          const stop = new AbortController();
          const give = () => pool.run(gate, { signal: stop.signal }).catch(() => {});
          const tasks = Array.from({ length: ${count} }, give);
          stop.abort();
          await Promise.all(tasks);
          await collect();
          return process.memoryUsage().rss;
        };
        await round();
        const before = await round();
        for (let i = 0; i < 4; i++) await round();
        console.log(await round() - before);
        openGate(gate);
        await busy;
        await pool.close();
      })();
    `,
      { testBuild: true },
    ),
  );
  assert.ok(growth < scale(10e6, 2.5e6), `grew by ${growth} bytes with ${5 * count} tasks`);
});

test('a closed or dropped elastic pool is released, however long its idleTimeout', linux, async () => {
  const stdout = await run(`
    (async () => {
      const use = async (isClosed) => {
        const workerData = { text: 'held by the pool' };
        const options = { minSize: 0, idleTimeout: 1e9, workerOptions: { workerData } };
        const pool = new WorkerPool(2, './__test__/fixtures/recycled.js', options);
        await Promise.all([pool.run(), pool.run()]);
        if (isClosed) await pool.close();
        return new WeakRef(workerData);
      };
      for (const isClosed of [true, false]) {
        const held = await use(isClosed);
        while (held.deref() !== undefined) await collect();
        console.log('released');
      }
    })();
  `);
  assert.equal(stdout, 'released\nreleased\n');
});
