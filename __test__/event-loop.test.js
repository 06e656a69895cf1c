'use strict';

// The turns of the event loop that the addon gives the package: by handles of libuv, and by bells where the loop is
// not libuv's alone. Both do the same.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');
const { later } = require('../lib/platform/event-loop');
const { IS_LOOP_OF_NODE } = require('../lib/platform/runtime');
const { runProgram } = require('./support/child');
const { fileOf } = require('./support/files');
const { scale } = require('./support/scale');
const threads = require('./support/threads');

async function assertPrints(program, stdout, options) {
  assert.deepEqual(await runProgram(program, options), { code: 0, signal: null, stdout, stderr: '' });
}

for (const isLibuv of IS_LOOP_OF_NODE ? [true, false] : [false]) {
  const kind = isLibuv ? 'libuv handles' : 'thread-safe functions';
  /** `make(onTurn)` makes an event loop. */
  const make = `
    const { EventLoop } = require('./lib/platform/addon');
    const make = (onTurn) => new EventLoop({}, onTurn, () => {}, ${isLibuv}).functions({});`;

  const most = isLibuv ? 1 : 2;
  test(`${kind} call back at most ${most} times per turn, and keep the process alive until rest()`, async () => {
    await assertPrints(
      `${make}
      let calls = 0;
      let inThisTurn = 0;
      const count = () => {
        if (inThisTurn > ${most}) console.log('called', inThisTurn, 'times in a turn');
        inThisTurn = 0;
        if (calls < 100) setImmediate(count);
      };
      setImmediate(count);
      const { next, rest } = make(() => {
        inThisTurn++;
        if (++calls < 100) next();
        else rest();
      });
      next();
      console.log(calls);
      process.on('exit', () => console.log(calls));`,
      '0\n100\n',
    );
  });

  test(`${kind} without a requested turn do not keep the process alive`, async () => {
    await assertPrints(`${make} make(() => console.log('called')); console.log('made');`, 'made\n');
  });

  test(`timers, promises and I/O run between two turns of ${kind}`, async () => {
    await assertPrints(
      `${make}
      let wanted = 3;
      const done = () => --wanted;
      setTimeout(done, 1);
      Promise.resolve().then(done);
      require('node:fs').stat('.', done);
      const { next, rest } = make(() => (wanted > 0 ? next() : rest()));
      next();
      process.on('exit', () => console.log(wanted));`,
      '0\n',
    );
  });

  // A bell leaves it to the flag --force-node-api-uncaught-exceptions-policy.
  const flags = isLibuv ? [] : ['--force-node-api-uncaught-exceptions-policy=true'];
  test(`an exception in a callback of ${kind} is uncaught, and the next turn still comes`, async () => {
    await assertPrints(
      `${make}
      process.on('uncaughtException', ({ message }) => console.log(message));
      let calls = 0;
      const { next, rest } = make(() => {
        if (++calls < 3) next();
        else rest();
        throw new Error('thrown ' + calls);
      });
      next();`,
      'thrown 1\nthrown 2\nthrown 3\n',
      { execArgv: flags },
    );
  });

  test(`an environment may exit, throw or be terminated during turns of ${kind}`, async () => {
    await assertPrints(
      `const { Worker } = require('node:worker_threads');
      const start = (end) => new Worker(\`
        const end = () => { \${end} };
        ${make}
        const loops = Array.from({ length: 3 }, () => {
          const { next } = make(() => {
            next();
            if (++turns === 20) end();
          });
          return next;
        });
        let turns = 0;
        for (const next of loops) next();
        require('node:worker_threads').parentPort.postMessage('started');
      \`, { eval: true });
      (async () => {
        const codes = [];
        for (let round = 0; round < ${scale(20, 3)}; round++) {
          const exiting = start('process.exit(3)');
          const throwing = start('throw new Error("thrown")');
          throwing.on('error', () => {});
          const terminated = start('while (true);');
          terminated.on('message', () => terminated.terminate());
          const ends = [exiting, throwing, terminated].map(
            (worker) => new Promise((resolve) => worker.on('exit', resolve)),
          );
          codes.push((await Promise.all(ends)).join());
        }
        console.log([...new Set(codes)].join(' '));
      })();`,
      '3,1,1\n',
      { execArgv: flags },
    );
  });

  test(`${kind} are released when they are no longer referenced`, async () => {
    await assertPrints(
      `${make}
      const { setImmediate: turn } = require('node:timers/promises');
      (async () => {
        for (let round = 0; round < ${scale(20, 5)}; round++) {
          for (let i = 0; i < 100; i++) make(() => {}).next();
          for (let i = 0; i < 3; i++) {
            await turn();
            gc();
          }
        }
        console.log('still here');
      })();`,
      'still here\n',
      { execArgv: ['--expose-gc'] },
    );
  });
}

test('a pool works when the event loop is not driven by Node.js alone', async (t) => {
  const file = fileOf(t, 'module.exports = ({ n }) => { while (n === 78); return n; };');
  await assertPrints(
    `(async () => {
      for (const pool of [new WorkerPool(2), new WorkerPool(2, ${JSON.stringify(file)})]) {
        const tasks = Array.from({ length: 1000 }, (_, n) => pool.run({ n: n % 20 }));
        console.log((await Promise.all(tasks)).length);
        const controller = new AbortController();
        const aborted = pool.run({ n: 78 }, { signal: controller.signal });
        controller.abort();
        console.log(await aborted.catch(({ code }) => code));
        await pool.close();
      }
    })();`,
    '1000\nABORT_ERR\n1000\nABORT_ERR\n',
    { before: "Object.defineProperty(process.versions, 'electron', { value: '0' });" },
  );
});

/** How many turns of the event loop begin before `promise` settles. */
async function turnsUntil(promise) {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    turns++;
    setImmediate(turn);
  };
  setImmediate(turn);
  await promise;
  isOver = true;
  return turns;
}

test('all functions that wait for a turn are called in the next one, with microtasks between them', {
  skip: !IS_LOOP_OF_NODE && 'thread-safe functions call two of them in a turn',
}, async () => {
  const calls = [];
  const turns = await turnsUntil(
    new Promise((resolve) => {
      for (let i = 0; i < 1000; i++) {
        later(async () => {
          calls.push(i);
          await undefined;
          calls.push(i);
          if (i === 999) later(resolve);
        });
      }
    }),
  );
  assert.ok(turns <= 3, `${turns} turns`);
  assert.deepEqual(
    calls,
    Array.from({ length: 2000 }, (_, i) => i >> 1),
  );
});

test('aborting many signals does not delay other work', async () => {
  const pool = new WorkerPool(1);
  const aborted = Array.from({ length: 1000 }, () => {
    const controller = new AbortController();
    const task = pool.run(78, { signal: controller.signal });
    controller.abort();
    return assert.rejects(task, { code: 'ABORT_ERR' });
  });
  const turns = await turnsUntil(new Promise(later));
  assert.ok(turns <= 5, `${turns} turns`);
  await Promise.all(aborted);
  await pool.close();
});

test('the timer thread lives as long as any pool, so a time limit needs no new thread', {
  skip: threads.unsupported,
}, async (t) => {
  const file = fileOf(t, 'module.exports = (value) => value;');
  await assertPrints(
    `const { isTimerThere } = require('./__test__/support/threads');
    const { setTimeout: sleep } = require('node:timers/promises');
    (async () => {
      for (const pool of [new WorkerPool(1), new WorkerPool(1, ${JSON.stringify(file)})]) {
        await pool.run(1, { timeout: 1e5 });
        await sleep(300); // longer than it stays when it is not needed
        console.log(isTimerThere());
        await pool.close();
      }
      while (isTimerThere()) await sleep(1);
      console.log('gone');
    })();`,
    'true\ntrue\ngone\n',
  );
});

test('a node:vm context that has loaded the package and closed its pools can be collected', async (t) => {
  const file = fileOf(t, 'module.exports = (value) => value;');
  await assertPrints(
    `const fs = require('node:fs');
    const vm = require('node:vm');
    const { createRequire } = require('node:module');
    const { setTimeout: sleep } = require('node:timers/promises');

    /** As test runners do: the modules of the package are loaded anew, the addon is not. */
    function load(context) {
      const modules = new Map();
      const requireFrom = (from) => (id) => {
        const file = createRequire(from).resolve(id);
        if (!file.startsWith(process.cwd()) || file.endsWith('.node')) return require(file);
        if (modules.has(file)) return modules.get(file).exports;
        const module = { exports: {} };
        modules.set(file, module);
        const names = ['module', 'exports', 'require', '__filename', '__dirname'];
        const body = vm.compileFunction(fs.readFileSync(file, 'utf8'), names, { filename: file, parsingContext: context });
        body(module, module.exports, requireFrom(file), file, require('node:path').dirname(file));
        return module.exports;
      };
      return requireFrom(process.cwd() + '/index.js')('./index.js');
    }

    async function use() {
      const context = vm.createContext({ process, structuredClone, performance, Atomics, SharedArrayBuffer, AbortController, AbortSignal, DOMException });
      const { WorkerPool } = load(context);
      for (const pool of [new WorkerPool(1), new WorkerPool(1, ${JSON.stringify(file)})]) {
        await pool.run(3, { timeout: 1e6 });
        await pool.close();
      }
      return new WeakRef(context);
    }

    (async () => {
      const contexts = [];
      for (let i = 0; i < 10; i++) contexts.push(await use());
      const alive = () => contexts.filter((context) => context.deref() !== undefined).length;
      let left = contexts.length;
      // The last one may be on the stack still. What was asked for is there until the turn of the loop ends.
      for (let i = 0; i < 200 && left > 1; i++) {
        await sleep(5);
        gc();
        left = alive();
      }
      console.log(left <= 1);
    })();`,
    'true\n',
    { execArgv: ['--expose-gc'] },
  );
});
