'use strict';

// Worker files that handle uncaught exceptions themselves: a listener that has failed fails its task, and nothing else
// does.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');

const LISTENERS = {
  'a listener': "parentPort.on('message', (data) => listener(data));",
  'an async listener': "parentPort.on('message', async (data) => { await 0; listener(data); });",
  'a once listener':
    "const listen = () => parentPort.once('message', (data) => { listen(); listener(data); }); listen();",
  'a listener of addEventListener': "parentPort.addEventListener('message', ({ data }) => listener(data));",
  'an object with handleEvent':
    "parentPort.addEventListener('message', { handleEvent: ({ data }) => listener(data) });",
  onmessage: 'parentPort.onmessage = ({ data }) => listener(data);',
  'an async onmessage': 'parentPort.onmessage = async ({ data }) => { await 0; listener(data); };',
};

const HANDLERS = {
  'an uncaughtException listener': "process.on('uncaughtException', () => {});",
  'a capture callback for uncaught exceptions': 'process.setUncaughtExceptionCaptureCallback(() => {});',
};

const messageFile = (t, handler, listen) =>
  fileOf(
    t,
    `const { parentPort, threadId } = require('node:worker_threads');
     ${handler}
     const listener = (data) => {
       if (data === 'throw') throw Object.assign(new RangeError('no'), { code: 'NO' });
       if (data === 'throw nothing') throw undefined;
       parentPort.postMessage(threadId);
     };
     ${listen}`,
  );

for (const [which, handler] of Object.entries(HANDLERS)) {
  for (const [what, listen] of Object.entries(LISTENERS)) {
    test(`${what} that throws fails its task, and the thread continues, with ${which}`, async (t) => {
      const pool = new WorkerPool(1, messageFile(t, handler, listen));
      pool.on('crash', () => assert.fail('emitted'));
      const thread = await pool.run();
      await assert.rejects(pool.run('throw'), { name: 'RangeError', message: 'no', code: 'NO' });
      assert.equal(await pool.run('throw nothing').catch((reason) => reason), undefined);
      const outcomes = await Promise.allSettled([1, 'throw', 2, 'throw', 3].map((data) => pool.run(data)));
      assert.deepEqual(
        outcomes.map(({ value, reason }) => value ?? reason.code),
        [thread, 'NO', thread, 'NO', thread],
      );
      const { completed, failed, crashes } = pool.stats();
      assert.deepEqual({ completed, failed, crashes }, { completed: 4, failed: 4, crashes: 0 });
      await pool.close();
    });
  }
}

test('an uncaughtException handler may answer for the listener that threw', async (t) => {
  const handler = "process.on('uncaughtException', (error) => parentPort.postMessage(error.code));";
  const pool = new WorkerPool(1, messageFile(t, handler, LISTENERS['a listener']));
  assert.equal(await pool.run('throw'), 'NO');
  assert.equal(await pool.run('throw'), 'NO');
  await pool.close();
});

test('an exception of a listener after its answer does not change the result', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('node:worker_threads');
     process.on('uncaughtException', () => {});
     parentPort.on('message', (data) => { parentPort.postMessage(data); throw new Error('late'); });`,
  );
  const pool = new WorkerPool(1, file);
  assert.deepEqual(await Promise.all([1, 2, 3].map((data) => pool.run(data))), [1, 2, 3]);
  await pool.close();
});

test('a handled exception from a timer does not fail the running task', async (t) => {
  const elsewhere = "process.on('uncaughtException', () => {}); setTimeout(() => { throw new Error('elsewhere'); });";
  const files = [
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (data) => { ${elsewhere} setTimeout(() => parentPort.postMessage(data), 20); });`,
    `module.exports = (data) => new Promise((resolve) => { ${elsewhere} setTimeout(() => resolve(data), 20); });`,
  ];
  for (const source of files) {
    const pool = new WorkerPool(1, fileOf(t, source));
    for (const data of [1, 2, 3]) assert.equal(await pool.run(data), data);
    assert.equal(pool.stats().crashes, 0);
    await pool.close();
  }
});

test('an unhandled exception of a listener ends the thread', async (t) => {
  for (const listen of Object.values(LISTENERS)) {
    const pool = new WorkerPool(1, messageFile(t, '', listen));
    const first = await pool.run();
    await assert.rejects(pool.run('throw'), { name: 'RangeError', message: 'no', code: 'NO' });
    assert.notEqual(await pool.run(), first);
    assert.equal(pool.stats().crashes, 1);
    await pool.close();
  }
});

test('a file may answer again after a node:vm time limit interrupted its answer', async (t) => {
  const file = fileOf(
    t,
    `const vm = require('node:vm');
     const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (source) => {
       try {
         vm.runInNewContext(source, { answer: (value) => parentPort.postMessage(value) }, { timeout: 20 });
       } catch ({ code }) {
         parentPort.postMessage(code);
       }
     });`,
  );
  const pool = new WorkerPool(1, file);
  assert.equal(await pool.run('answer({ get endless() { for (;;); } })'), 'ERR_SCRIPT_EXECUTION_TIMEOUT');
  assert.equal(await pool.run('answer(1)'), 1);
  await pool.close();
});
