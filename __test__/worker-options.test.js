'use strict';

// `workerOptions`, which are those of `Worker`, and what else there is for worker files when a pool is made.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { SHARE_ENV } = require('node:worker_threads');
const { WorkerPool } = require('..');
const { runProgram } = require('./support/child');
const { directoryOf, fileOf } = require('./support/files');
const threads = require('./support/threads');

/** What a task of that source results in, with these options. */
async function resultOf(t, source, workerOptions, size = 1) {
  const pool = new WorkerPool(size, fileOf(t, source), { workerOptions });
  try {
    return await pool.run();
  } finally {
    await pool.close();
  }
}

test('env, argv and execArgv apply to the threads', async (t) => {
  const source = 'module.exports = () => [process.env.ONLY, process.argv.slice(2), process.execArgv];';
  const workerOptions = { env: { ONLY: 'this' }, argv: ['--a', 'b'], execArgv: ['--no-warnings'] };
  assert.deepEqual(await resultOf(t, source, workerOptions), ['this', ['--a', 'b'], ['--no-warnings']]);
});

test('SHARE_ENV shares the environment with the threads', async (t) => {
  process.env.POOL_TEST = 'before';
  t.after(() => delete process.env.POOL_TEST);
  const set = "module.exports = () => { process.env.POOL_TEST = 'set'; };";
  await resultOf(t, set, {});
  assert.equal(process.env.POOL_TEST, 'before');
  await resultOf(t, set, { env: SHARE_ENV });
  assert.equal(process.env.POOL_TEST, 'set');
});

test('workerData is cloned for each thread, in CommonJS and ES modules', async (t) => {
  const data = { list: [1, 2], map: new Map([['a', 1]]) };
  const commonjs = "const { workerData } = require('worker_threads'); module.exports = () => workerData;";
  assert.deepEqual(await resultOf(t, commonjs, { workerData: data }, 3), data);
  const esm = "import { workerData } from 'node:worker_threads'; export default () => workerData;";
  const pool = new WorkerPool(2, fileOf(t, esm, 'worker.mjs'), { workerOptions: { workerData: data } });
  assert.deepEqual(await pool.run(), data);
  await pool.close();
});

test('changing workerOptions later does not affect threads that start later', async (t) => {
  const workerOptions = { workerData: 'first' };
  const file = fileOf(
    t,
    `const { workerData } = require('worker_threads');
     module.exports = (data) => (data === 'die' ? process.exit(1) : workerData);`,
  );
  const pool = new WorkerPool(1, file, { workerOptions });
  assert.equal(await pool.run(), 'first');
  workerOptions.workerData = 'second';
  await assert.rejects(pool.run('die'));
  assert.equal(await pool.run(), 'first');
  await pool.close();
});

test('resourceLimits apply to the threads', async (t) => {
  const source = "module.exports = () => require('worker_threads').resourceLimits.maxOldGenerationSizeMb;";
  assert.equal(await resultOf(t, source, { resourceLimits: { maxOldGenerationSizeMb: 33 } }), 33);
});

test('a TypeScript file runs with a loader from execArgv', async (t) => {
  const source = 'interface In { n: number } export default ({ n }: In): number => n * 2;';
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.ts'), {
    workerOptions: { execArgv: ['--import', require.resolve('tsx')] },
  });
  assert.equal(await pool.run({ n: 4 }), 8);
  await pool.close();
});

test('a TypeScript file runs without a loader if Node.js can load it', {
  skip: process.features.typescript ? false : 'this Node.js cannot',
}, async (t) => {
  const source = 'interface In { n: number } export default ({ n }: In): number => n * 2;';
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.mts'));
  assert.equal(await pool.run({ n: 4 }), 8);
  await pool.close();
});

test('a TypeScript file that Node.js cannot load rejects with ERR_UNKNOWN_FILE_EXTENSION', {
  skip: process.features.typescript ? 'this Node.js can' : false,
}, async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'export default (n: number) => n;', 'worker.ts'));
  await assert.rejects(pool.run(1), { code: 'ERR_UNKNOWN_FILE_EXTENSION', message: /\.ts/ });
  await pool.close();
});

test('a loader for require is enough', async (t) => {
  const directory = directoryOf(t, {
    'hook.cjs': `require.extensions['.double'] = (module, file) => {
      module._compile(require('node:fs').readFileSync(file, 'utf8').replace('DOUBLE', '(n) => 2 * n'), file);
    };`,
    'worker.double': 'module.exports = DOUBLE;',
  });
  const pool = new WorkerPool(1, `${directory}/worker.double`, {
    workerOptions: { execArgv: ['--require', `${directory}/hook.cjs`] },
  });
  assert.equal(await pool.run(4), 8);
  await pool.close();
});

test('the output of a worker appears, unless stdout or stderr is set', async (t) => {
  const file = JSON.stringify(fileOf(t, "module.exports = () => { console.log('out'); console.error('err'); };"));
  const print = (options) => `
    const pool = new WorkerPool(1, ${file}, ${options});
    pool.run().then(() => pool.run()).then(() => pool.close());`;
  const shown = await runProgram(print('{}'));
  assert.deepEqual([shown.stdout, shown.stderr], ['out\nout\n', 'err\nerr\n']);
  const kept = await runProgram(print('{ workerOptions: { stdout: true, stderr: true } }'));
  assert.deepEqual([kept.stdout, kept.stderr], ['', '']);
});

test('the output of tasks appears even if the pool is never closed', async (t) => {
  const act = "for (let i = 0; i < 2000; i++) console.log('line ' + i + ' '.repeat(100)); console.error('err');";
  const sources = [
    `module.exports = (data) => { ${act} return data; };`,
    `module.exports = () => { ${act} throw new Error('after'); };`,
    `require('worker_threads').parentPort.on('message', function (data) { ${act} this.postMessage(data); });`,
  ];
  for (const source of sources) {
    const { stdout, stderr } = await runProgram(
      `new WorkerPool(1, ${JSON.stringify(fileOf(t, source))}).run(1).catch(() => {});`,
    );
    assert.equal(stdout.split('\n').length, 2001);
    assert.equal(stderr, 'err\n');
  }
});

test("the output of a worker's exit handler appears", async (t) => {
  const file = JSON.stringify(
    fileOf(t, "process.on('exit', () => console.log('bye')); module.exports = () => console.log('hello');"),
  );
  const { stdout } = await runProgram(`
    const pool = new WorkerPool(1, ${file});
    pool.run().then(() => pool.close());`);
  assert.equal(stdout, 'hello\nbye\n');
});

test('the constructor throws the error of Worker, and no thread is left', { skip: threads.unsupported }, (t) => {
  const file = fileOf(t, 'module.exports = (data) => data;');
  const refused = [
    [{ execArgv: ['--no-such-option'] }, { code: 'ERR_WORKER_INVALID_EXEC_ARGV' }],
    [{ env: 5 }, { code: 'ERR_INVALID_ARG_TYPE' }],
    [{ argv: 5 }, { code: 'ERR_INVALID_ARG_TYPE' }],
    [{ workerData: () => {} }, { name: 'DataCloneError' }],
  ];
  for (const [workerOptions, error] of refused) {
    assert.throws(() => new WorkerPool(3, file, { workerOptions }), error);
  }
});

test('if Worker throws for a later thread, the constructor throws and ends the earlier threads', async (t) => {
  const file = fileOf(t, 'module.exports = (data) => data;');
  const { port1, port2 } = new MessageChannel();
  const before = threads.unsupported ? 0 : threads.count();
  const workerOptions = { workerData: port1, transferList: [port1] }; // it can be given away once
  assert.throws(() => new WorkerPool(3, file, { workerOptions }), { name: 'DataCloneError' });
  port2.close();
  if (!threads.unsupported) while (threads.count() > before) await new Promise(setImmediate);
  assert.equal(await resultOf(t, 'module.exports = () => 7;', { transferList: null }), 7);
});

test('unreadable workerOptions are named in the error', (t) => {
  const file = fileOf(t, 'module.exports = (data) => data;');
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const getter = {
    get env() {
      throw new Error('no');
    },
  };
  for (const workerOptions of [proxy, getter]) {
    const options = { code: 'ERR_INVALID_ARG_VALUE', message: /options\.workerOptions/ };
    assert.throws(() => new WorkerPool(1, file, { workerOptions }), options);
  }
});

test('workerOptions and abortTimeout are validated, and named in the error', (t) => {
  const file = fileOf(t, 'module.exports = (data) => data;');
  const assertRefused = (options, code, message) =>
    assert.throws(() => new WorkerPool(1, file, options), { code, message });
  assertRefused({ workerOptions: 5 }, 'ERR_INVALID_ARG_TYPE', /options\.workerOptions/);
  assertRefused({ workerOptions: { eval: true } }, 'ERR_OUT_OF_RANGE', /options\.workerOptions/);
  assertRefused({ abortTimeout: '5' }, 'ERR_INVALID_ARG_TYPE', /options\.abortTimeout/);
  assertRefused({ abortTimeout: -1 }, 'ERR_OUT_OF_RANGE', /options\.abortTimeout/);
});

test('an unreferenced pool of a worker file is collected with its threads', {
  skip: threads.unsupported,
}, async (t) => {
  const file = JSON.stringify(fileOf(t, 'module.exports = (data) => data;'));
  const { stdout, stderr } = await runProgram(
    `const threads = require('./__test__/support/threads');
     const { setImmediate: turn } = require('node:timers/promises');
     const use = async () => console.log(await new WorkerPool(2, ${file}).run(7));
     (async () => {
       await use();
       const before = threads.count();
       while (threads.count() > before - 2) { gc(); await turn(); }
       console.log(before - threads.count());
     })();`,
    { execArgv: ['--expose-gc'] },
  );
  assert.deepEqual({ stdout, stderr }, { stdout: '7\n2\n', stderr: '' });
});
