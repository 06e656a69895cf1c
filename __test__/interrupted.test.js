'use strict';

// A call of `run` that does not come to its end must not give its slot to another task.

const { mock, test } = require('node:test');
const assert = require('node:assert/strict');
const vm = require('node:vm');
const { WorkerPool } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');
const { scale } = require('./support/scale');

test('a node:vm time limit that interrupts run affects no other task', async () => {
  const pool = new WorkerPool(2);
  const context = vm.createContext({ pool });
  for (let round = 0; round < scale(300, 60); round++) {
    assert.throws(() => vm.runInContext('for (;;) pool.run(9)', context, { timeout: 1 }), {
      code: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
    });
    assert.deepEqual(await pool.run(15), { n: 15, result: 610 });
  }
  await pool.close();
});

test('pools interrupted by a node:vm time limit let the process end', async () => {
  const program = `
    const vm = require('node:vm');
    for (let i = 0; i < ${scale(60, 12)}; i++) {
      const pool = new WorkerPool(1);
      try {
        vm.runInNewContext('for (;;) pool.run(1)', { pool }, { timeout: 1 });
      } catch {}
    }
    console.log('end');
  `;
  assert.deepEqual(await runProgram(program), { code: 0, signal: null, stdout: 'end\n', stderr: '' });
});

test('a pool does not use the global Promise', async () => {
  const pool = new WorkerPool(1);
  const { Promise: original } = globalThis;
  globalThis.Promise = class {
    constructor() {
      throw new Error('no promise');
    }
  };
  let task;
  try {
    task = pool.run(1);
  } finally {
    globalThis.Promise = original;
  }
  assert.deepEqual(await task, { n: 1, result: 1 });
  assert.deepEqual(await pool.run(20), { n: 20, result: 6765 });
  await pool.close();
});

test('an exhausted stack affects no other task', async () => {
  const pool = new WorkerPool(2);
  const tasks = [];
  const fill = () => {
    tasks.push(pool.run(10));
    fill();
  };
  for (let round = 0; round < scale(20, 4); round++) {
    assert.throws(fill, RangeError);
    assert.deepEqual(await pool.run(15), { n: 15, result: 610 });
  }
  for (const { status, value, reason } of await Promise.allSettled(tasks)) {
    if (status === 'fulfilled') assert.deepEqual(value, { n: 10, result: 55 });
    else assert.ok(reason instanceof RangeError, reason); // the stack ended within `run`
  }
  await pool.close();
});

/** Calls `f` at the end of the stack, at each of its last depths, until it throws nothing any more. */
function atTheEndOfTheStack(f) {
  const dive = () => {
    try {
      dive();
    } catch {
      // Too deep; this frame is the next to try.
    }
    f();
  };
  try {
    dive();
  } catch {
    // The last frames have no room for it at all.
  }
}

test('a first call of run at the end of the stack affects no other task', async () => {
  const program = `
    const atTheEndOfTheStack = ${atTheEndOfTheStack};
    const pool = new WorkerPool(1);
    let done = false;
    const early = [];
    atTheEndOfTheStack(() => {
      if (done) return;
      early.push(pool.run(5));
      done = true;
    });
    Promise.all(Array.from({ length: 10 }, () => pool.run(10)))
      .then((answers) => console.log(answers.length))
      .then(() => Promise.allSettled(early))
      .then(() => pool.close());
  `;
  // Node.js says on stderr that it ran out of stack.
  const { code, stdout } = await runProgram(program);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '10\n' });
});

test('stream.next at the end of the stack loses no result without an error', async () => {
  const program = `
    const { setTimeout: sleep } = require('node:timers/promises');
    const atTheEndOfTheStack = ${atTheEndOfTheStack};
    const pool = new WorkerPool(2);
    const items = Array.from({ length: 30 }, (_, i) => i);

    /** The results in the order in which they were delivered. */
    async function take(calls) {
      const stream = pool.stream(items);
      const answers = [stream.next()];
      await answers[0];
      await sleep(1); // results have come, for which nobody has asked
      atTheEndOfTheStack(() => {
        if (calls-- > 0) answers.push(stream.next());
      });
      const taken = [];
      for (const { status, value } of await Promise.allSettled(answers)) {
        if (status === 'fulfilled' && !value.done) taken.push(value.value.n);
      }
      for await (const { n } of stream) taken.push(n);
      return taken;
    }

    (async () => {
      for (let round = 0; round < ${scale(300, 60)}; round++) {
        const taken = await take(1 + round % 60);
        if (taken.join() !== items.slice(0, taken.length).join()) console.log(taken.join());
      }
      console.log('end');
      await pool.close();
    })();
  `;
  const { code, stdout } = await runProgram(program);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'end\n' });
});

test('a pool that is used after close can be collected', async () => {
  const program = `
    const { setImmediate: turn } = require('node:timers/promises');
    (async () => {
      const use = async () => {
        const pool = new WorkerPool(1);
        await pool.close();
        await pool.run(1).catch(() => {});
        return new WeakRef(pool);
      };
      const used = await use();
      while (used.deref() !== undefined) {
        await turn(); // until then it is kept for having been asked for
        gc();
      }
      console.log('collected');
    })();
  `;
  const { stdout } = await runProgram(program, { execArgv: ['--expose-gc'] });
  assert.equal(stdout, 'collected\n');
});

test('pools whose run a node:vm time limit interrupted can be collected', async () => {
  // They are closed, so that nothing but the call itself holds them.
  const program = `
    const { setImmediate: turn } = require('node:timers/promises');
    const vm = require('node:vm');
    process.on('unhandledRejection', () => {}); // of a call that was struck when all but done
    const strike = async () => {
      const pool = new WorkerPool(1);
      await pool.close();
      try {
        vm.runInNewContext('for (;;) pool.run(1)', { pool }, { timeout: 1 });
      } catch {}
      return new WeakRef(pool);
    };
    (async () => {
      const struck = [];
      for (let i = 0; i < ${scale(60, 12)}; i++) struck.push(await strike());
      while (struck.some((pool) => pool.deref() !== undefined)) {
        await turn();
        gc();
      }
      console.log('collected');
    })();
  `;
  const { stdout } = await runProgram(program, { execArgv: ['--expose-gc'] });
  assert.equal(stdout, 'collected\n');
});

test('mocked timers delay neither results nor crashes', async () => {
  mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] });
  try {
    const pool = new WorkerPool(1, 'native:test-panic');
    let crashes = 0;
    pool.on('crash', () => crashes++);
    const tasks = Array.from({ length: 2000 }, (_, i) => pool.run(i === 7 ? 1 : i + 10));
    const outcomes = await Promise.allSettled(tasks);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1999);
    assert.equal(crashes, 1);
    await pool.close();
  } finally {
    mock.timers.reset();
  }
});

/** A program in which each of many tasks is aborted once, by `abort`, and no promise may be left. */
const abortEach = (worker, abort) => `
  const vm = require('node:vm');
  const atTheEndOfTheStack = ${atTheEndOfTheStack};
  const pool = new WorkerPool(1, ${JSON.stringify(worker)});
  const tasks = [];
  const [gate, busyGate] = [freshGate(), freshGate()];
  const submit = () => {
    const controller = new AbortController();
    for (let i = 0; i < 3; i++) tasks.push(pool.run(gate, { signal: controller.signal }));
    return controller;
  };
  const busy = pool.run(busyGate);
  process.on('uncaughtException', (error) => {
    // Node.js reports what cannot be dispatched for want of stack.
    if (!(error instanceof RangeError)) throw error;
  });
  ${abort}
  openGate(gate); // for those that were never aborted
  openGate(busyGate);
  Promise.all([busy, ...tasks.map((task) => task.catch(() => {}))])
    .then(() => pool.close())
    .then(() => console.log(tasks.length > 0, pool.stats().queued));
`;

const INTERRUPTED_ABORTS = {
  'at the end of the stack': `
    for (let round = 0; round < 200; round++) {
      const controller = submit();
      let isTried = 0;
      atTheEndOfTheStack(() => {
        if (isTried++ > round % 20) return;
        controller.abort();
      });
    }`,
  'at a time limit of node:vm': `
    const context = vm.createContext({ submit });
    for (let round = 0; round < 60; round++) {
      try {
        vm.runInContext('for (;;) submit().abort()', context, { timeout: 1 });
      } catch {}
    }`,
};

for (const [where, abort] of Object.entries(INTERRUPTED_ABORTS)) {
  test(`an abort ${where} leaves no task unsettled`, async () => {
    const { code, stdout } = await runProgram(abortEach('native:test-gate', abort), { testBuild: true });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'true 0\n' });
  });
}
