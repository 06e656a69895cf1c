'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const child = require('./support/child');
const { workers } = require('./support/kinds');
const { scale } = require('./support/scale');

/** When a program that is busy is ended, in milliseconds. */
const DELAYS = scale([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [2]);

const runProgram = (program, options) =>
  child.runProgram(`const FIB = ${JSON.stringify(workers.fib)};${program}`, options);

/** A pool whose workers are busy for hours, with a queue behind them. */
const BUSY = `
  const pool = new WorkerPool(2, FIB);
  for (let i = 0; i < 1000; i++) pool.run(78).catch(() => {});
`;
/** A pool whose results come without end. */
const STORM = `
  const pool = new WorkerPool(2, FIB);
  const again = () => pool.run(1).then(again);
  for (let i = 0; i < 1000; i++) again();
`;

test('an idle pool does not keep the process alive', async () => {
  const { code, signal, stdout } = await runProgram(`
    const pool = new WorkerPool(2, FIB);
    pool.run(10).then(({ result }) => console.log(result));
    process.on('exit', () => console.log('exit', pool.idle.length));
  `);
  assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: '55\nexit 2\n' });
});

test('a pool that was never used does not keep the process alive', async () => {
  const { code, signal } = await runProgram('new WorkerPool(2, FIB);');
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});

test('tasks in flight keep the process alive, including tasks that a continuation submits', async () => {
  const { code, signal, stdout } = await runProgram(`
    const pool = new WorkerPool(1, FIB);
    pool.run(33).then(({ result }) => {
      console.log(result);
      pool.run(32).then(({ result }) => console.log(result));
    });
  `);
  assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: '3524578\n2178309\n' });
});

test('close keeps the process alive until it resolves', async () => {
  const { code, signal, stdout } = await runProgram(`
    new WorkerPool(2, FIB).close().then(() => console.log('closed'));
  `);
  assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'closed\n' });
});

for (const [state, program] of Object.entries({ 'busy with long tasks': BUSY, 'busy with short tasks': STORM })) {
  test(`process.exit while ${state} ends the process with its code`, async () => {
    for (const delay of DELAYS) {
      const { code, signal, stderr } = await runProgram(`${program} setTimeout(() => process.exit(7), ${delay});`);
      assert.deepEqual({ code, signal, stderr }, { code: 7, signal: null, stderr: '' });
    }
  });

  test(`an uncaught throw while ${state} ends the process with code 1`, async () => {
    for (const delay of DELAYS) {
      const { code, signal, stderr } = await runProgram(
        `${program} setTimeout(() => { throw new Error('uncaught here'); }, ${delay});`,
      );
      assert.deepEqual({ code, signal }, { code: 1, signal: null });
      assert.match(stderr, /uncaught here/);
    }
  });

  test(`SIGTERM while ${state} ends the process by that signal`, { skip: process.platform === 'win32' }, async () => {
    for (const delay of DELAYS) {
      const { code, signal } = await runProgram(`${program} setTimeout(() => console.log('busy'), ${delay});`, {
        onStdout: (child) => child.kill('SIGTERM'),
      });
      assert.deepEqual({ code, signal }, { code: null, signal: 'SIGTERM' });
    }
  });
}

test('the process ends cleanly right after the last result', async () => {
  for (let round = 0; round < scale(10, 1); round++) {
    const { code, signal, stderr } = await runProgram(`
      const pools = Array.from({ length: 8 }, () => new WorkerPool(2, FIB));
      for (const pool of pools) for (let i = 0; i < 50; i++) pool.run(i % 20);
    `);
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  }
});

/** A pool without room, whose only worker does not stop until a gate is opened. A task was refused. */
const REFUSED = `
  const pool = new WorkerPool(1, 'native:test-deaf', { maxQueue: 0 });
  const gate = freshGate();
  const timedOut = pool.run(gate, { timeout: 1 });
  const refused = timedOut.catch(() => pool.run(gate)).catch(({ code }) => console.log(code));
`;

test('a refused task does not keep the process alive if nobody listens to drain', async () => {
  const { code, signal, stdout } = await child.runProgram(REFUSED, { testBuild: true });
  assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'ERR_POOL_QUEUE_FULL\n' });
});

for (const listen of ["pool.once('drain', drained)", "require('events').once(pool, 'drain').then(drained)"]) {
  test(`a listener of drain keeps the process alive until the event (${listen})`, async () => {
    const { code, signal, stdout } = await child.runProgram(
      `${REFUSED}
       const drained = () => console.log('drained');
       refused.then(() => {
         ${listen};
         setTimeout(openGate, 50, gate).unref();
       });`,
      { testBuild: true },
    );
    assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'ERR_POOL_QUEUE_FULL\ndrained\n' });
  });
}

test('a listener of drain that was removed does not keep the process alive', async () => {
  const { code, signal } = await child.runProgram(
    `${REFUSED}
     const drained = () => {};
     refused.then(() => pool.on('drain', drained).off('drain', drained));`,
    { testBuild: true },
  );
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});
