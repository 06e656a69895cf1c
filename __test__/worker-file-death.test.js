'use strict';

// Every way in which the thread of a worker file may die or misbehave: it costs its own task only.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises');
const { WorkerPool } = require('..');
const { fileOf } = require('./support/files');
const { scale } = require('./support/scale');
const { ThreadWatch } = require('./support/thread-watch');
const threads = require('./support/threads');

const NEVER = 'new Promise(() => {})';

/** What a function does when its data is 'die', and what its task rejects with. */
const DEATHS = {
  'an asynchronous throw': {
    source: `setTimeout(() => { throw Object.assign(new RangeError('late'), { code: 'LATE' }); }); return ${NEVER};`,
    error: { name: 'RangeError', message: 'late', code: 'LATE' },
  },
  'an unhandled rejection': {
    source: `Promise.reject(new TypeError('nobody cares')); return ${NEVER};`,
    error: { name: 'TypeError', message: 'nobody cares' },
  },
  'an exit with code 0': {
    source: 'process.exit(0);',
    error: { code: 'ERR_POOL_CRASH', message: 'Worker exited with code 0' },
  },
  'an exit with another code': {
    source: 'process.exit(7);',
    error: { code: 'ERR_POOL_CRASH', message: 'Worker exited with code 7' },
  },
  'memory that runs out': {
    source: 'const all = []; for (;;) all.push(new Array(1e5).fill(1.5));',
    error: { code: 'ERR_WORKER_OUT_OF_MEMORY' },
    workerOptions: { resourceLimits: { maxOldGenerationSizeMb: 16 } },
  },
};

for (const [how, { source, error, workerOptions }] of Object.entries(DEATHS)) {
  test(`${how} rejects only its own task`, async (t) => {
    const file = fileOf(t, `module.exports = (data) => { if (data === 'die') { ${source} } return data; };`);
    const pool = new WorkerPool(2, file, { workerOptions });
    const crashes = [];
    pool.on('crash', (crash) => crashes.push(crash));
    const tasks = [1, 'die', 2, 3, 'die', 4, 5].map((data) => pool.run(data));
    const outcomes = await Promise.allSettled(tasks);
    assert.deepEqual(
      outcomes.map(({ value }) => value),
      [1, undefined, 2, 3, undefined, 4, 5],
    );
    for (const { reason } of [outcomes[1], outcomes[4]]) {
      for (const [key, value] of Object.entries(error)) assert.equal(reason[key], value);
    }
    assert.deepEqual(crashes, [outcomes[1].reason, outcomes[4].reason]);
    assert.equal(pool.all.size, 2);
    assert.equal(await pool.run(6), 6);
    const { completed, failed, crashes: count } = pool.stats();
    assert.deepEqual({ completed, failed, count }, { completed: 6, failed: 2, count: 2 });
    await pool.close();
  });
}

test('an exception in a listener rejects only its own task, with the thrown error', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('worker_threads');
     parentPort.on('message', (data) => {
       if (data === 'die') throw Object.assign(new SyntaxError('bad'), { at: 7 });
       if (data === 'function') parentPort.postMessage(() => {});
       parentPort.postMessage(data);
     });`,
  );
  const pool = new WorkerPool(1, file);
  const outcomes = await Promise.allSettled([1, 'die', 2, 'function', 3].map((data) => pool.run(data)));
  assert.deepEqual(
    outcomes.map(({ value }) => value),
    [1, undefined, 2, undefined, 3],
  );
  assert.ok(outcomes[1].reason instanceof SyntaxError);
  assert.equal(outcomes[1].reason.at, 7);
  assert.equal(outcomes[3].reason.name, 'DataCloneError');
  assert.equal(pool.stats().crashes, 2);
  await pool.close();
});

test('a function that throws or rejects fails its task, and its thread continues', async (t) => {
  const file = fileOf(
    t,
    `const { threadId } = require('worker_threads');
     module.exports = (data) => {
       if (data === 'throw') throw new TypeError('thrown');
       if (data === 'reject') return Promise.reject(new TypeError('rejected'));
       if (data === 'function') return () => {};
       if (data === 'promise of one') return Promise.resolve(() => {});
       return threadId;
     };`,
  );
  const pool = new WorkerPool(1, file);
  pool.on('crash', () => assert.fail('emitted'));
  const thread = await pool.run();
  await assert.rejects(pool.run('throw'), { name: 'TypeError', message: 'thrown' });
  await assert.rejects(pool.run('reject'), { name: 'TypeError', message: 'rejected' });
  await assert.rejects(pool.run('function'), { name: 'DataCloneError' });
  await assert.rejects(pool.run('promise of one'), { name: 'DataCloneError' });
  assert.equal(await pool.run(), thread);
  assert.equal(pool.stats().failed, 4);
  await pool.close();
});

test('errors of a worker file arrive with their class, properties and cause', async (t) => {
  const file = fileOf(
    t,
    `class Special extends RangeError {
       constructor() {
         super('special', { cause: new TypeError('why', { cause: 'text' }) });
         this.name = 'Special';
         this.code = 'SPECIAL';
         this.details = { list: [1] };
         this.inner = new URIError('within');
         this.call = () => {};
         this.self = this;
       }
     }
     const makers = {
       special: () => new Special(),
       aggregate: () => new AggregateError([new EvalError('one'), 2], 'both'),
       abort: () => new DOMException('stopped', 'AbortError'),
       text: () => 'just text',
       nothing: () => undefined,
       object: () => ({ code: 5 }),
       mixed: () => ({ code: 5, call() {} }),
       function: () => function named() {},
     };
     module.exports = (which) => { throw makers[which](); };`,
  );
  const pool = new WorkerPool(1, file);
  const thrown = (which) =>
    pool.run(which).then(
      () => assert.fail('no error'),
      (error) => error,
    );

  const special = await thrown('special');
  assert.ok(special instanceof RangeError);
  const { name, message, code, details, inner, self, cause, stack } = special;
  assert.deepEqual(
    { name, message, code, details },
    { name: 'Special', message: 'special', code: 'SPECIAL', details: { list: [1] } },
  );
  assert.ok(inner instanceof URIError);
  assert.equal(self, special);
  assert.equal('call' in special, false);
  assert.ok(cause instanceof TypeError);
  assert.equal(cause.cause, 'text');
  assert.match(stack, /special: .*worker\.js:\d+|worker\.js:\d+/);

  const aggregate = await thrown('aggregate');
  assert.ok(aggregate instanceof AggregateError);
  assert.ok(aggregate.errors[0] instanceof EvalError);
  assert.equal(aggregate.errors[1], 2);

  const abort = await thrown('abort');
  assert.ok(abort instanceof DOMException);
  assert.equal(abort.name, 'AbortError');

  assert.equal(await thrown('text'), 'just text');
  assert.equal(await thrown('nothing'), undefined);
  assert.deepEqual(await thrown('object'), { code: 5 });
  assert.deepEqual(await thrown('mixed'), { code: 5 });
  assert.equal(await thrown('function'), 'function named() {}');
  await pool.close();
});

test('answers that belong to no task are ignored', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('worker_threads');
     parentPort.postMessage('at load');
     parentPort.on('message', (data) => {
       parentPort.postMessage(data);
       parentPort.postMessage('again');
       Promise.resolve().then(() => parentPort.postMessage('and again'));
     });`,
  );
  const pool = new WorkerPool(2, file);
  const inputs = Array.from({ length: 200 }, (_, i) => i);
  assert.deepEqual(await Promise.all(inputs.map((input) => pool.run(input))), inputs);
  for (const input of inputs) assert.equal(await pool.run(input), input);
  assert.equal(pool.stats().completed, 400);
  await pool.close();
});

test('a result that cannot be deserialized fails only its own task', async (t) => {
  const file = fileOf(
    t,
    `const deep = () => { let value = {}; for (let i = 0; i < 5000; i++) value = { value }; return value; };
     module.exports = async (data, { progress }) => {
       if (data === 'report') for (let i = 0; i < 4; i++) progress(deep());
       if (data === 'answer') return deep();
       return data;
     };`,
  );
  const pool = new WorkerPool(1, file);
  const inputs = ['report', 1, 'answer', 2, 'answer', 'report', 3];
  const outcomes = await Promise.allSettled(inputs.map((input) => pool.run(input, { onProgress() {} })));
  const answers = inputs.map((input) => (input === 'answer' ? undefined : input));
  assert.deepEqual(
    outcomes.map(({ value }) => value),
    answers,
  );
  for (const i of [2, 4]) assert.match(outcomes[i].reason.message, /call stack/);
  const { failed, crashes } = pool.stats();
  assert.deepEqual({ failed, crashes }, { failed: 2, crashes: 0 });
  await pool.close();
});

for (const kind of ['buffer', 'view']) {
  test(`a ${kind} that was moved before rejects the task as structuredClone does`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data.byteLength ?? data;'));
    const buffer = new ArrayBuffer(100);
    const data = kind === 'buffer' ? buffer : new Uint8Array(buffer);
    const tasks = [0, 1, 2].map(() => pool.run(data, { transfer: [buffer] }));
    const outcomes = await Promise.allSettled([...tasks, pool.run(1)]);
    assert.deepEqual(
      outcomes.map(({ value, reason }) => value ?? reason.name),
      [100, 'DataCloneError', 'DataCloneError', 1],
    );
    for (const { reason } of outcomes.slice(1, 3)) assert.match(reason.message, /detached/);
    assert.equal(pool.stats().crashes, 0);
    await pool.close();
  });
}

test('a view of a buffer that was moved before rejects the task if it is not to be moved', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = ({ length }) => length;'));
  const bytes = new Uint8Array(100);
  assert.equal(await pool.run(bytes, { transfer: [bytes.buffer] }), 100);
  await assert.rejects(pool.run(bytes), { name: 'DataCloneError', message: /detached/ });
  assert.equal(await pool.run([1, 2]), 2);
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('a dying thread whose last message cannot be read fails only its own task', {
  skip: threads.unsupported,
}, async (t) => {
  const file = fileOf(
    t,
    `require('worker_threads').workerData[0] = ${threads.OWN_ID};
     module.exports = (data) => {
       if (data === 0) return data;
       process.nextTick(() => process.exit(3));
       let value = {};
       for (let i = 0; i < 6000; i++) value = { value };
       return value;
     };`,
  );
  const workerData = new Int32Array(new SharedArrayBuffer(4));
  const pool = new WorkerPool(1, file, { workerOptions: { workerData } });
  for (const isInATurn of [false, true]) {
    await pool.run(0);
    const task = pool.run(1);
    // From there the event loop reports the end of the thread before its last message, else after it.
    if (isInATurn) await new Promise(setImmediate);
    threads.blockUntilEnded(workerData[0]);
    await assert.rejects(task, { code: 'ERR_POOL_CRASH' });
  }
  assert.equal(await pool.run(0), 0);
  await pool.close();
});

test('revoked and throwing proxies are handled as results and as errors', async (t) => {
  const file = fileOf(
    t,
    `const traps = Reflect.ownKeys(Reflect).filter((name) => typeof Reflect[name] === 'function');
     const throwing = Object.fromEntries(traps.map((name) => [name, () => { throw new Error(name); }]));
     const { proxy: revoked, revoke } = Proxy.revocable({}, {});
     revoke();
     const values = [revoked, new Proxy({}, throwing), new Proxy(new Error('hidden'), throwing)];
     let chain = new Error('the last');
     for (let i = 0; i < 20000; i++) chain = new Error('in between', { cause: chain });
     module.exports = ([how, nth]) => {
       const value = values[nth];
       if (how === 'return') return value;
       if (how === 'throw') throw value;
       if (how === 'reject') return Promise.reject(value);
       if (how === 'throw among others') throw Object.assign(new Error('seen'), { value, errors: [value] });
       if (how === 'throw as cause') throw new Error('seen', { cause: value });
       if (how === 'throw together') throw new AggregateError([value], 'seen');
       if (how === 'throw a chain') throw chain;
       return how;
     };`,
  );
  const pool = new WorkerPool(1, file);
  const crashes = [];
  pool.on('crash', (crash) => crashes.push(crash));
  for (const how of ['return', 'throw', 'reject']) {
    for (const nth of [0, 1, 2]) {
      const outcome = await pool.run([how, nth]).then(
        () => 'completed',
        () => 'failed',
      );
      assert.equal(outcome, 'failed', `${how} ${nth}`);
    }
  }
  for (const how of ['throw among others', 'throw as cause', 'throw together']) {
    for (const nth of [0, 1, 2]) await assert.rejects(pool.run([how, nth]), { message: 'seen' });
  }
  let depth = 0;
  const chain = await pool.run(['throw a chain']).catch((error) => error);
  for (let error = chain; error !== undefined; error = error.cause) depth++;
  assert.equal(depth, 20_001);
  assert.equal(await pool.run(['done']), 'done');
  assert.deepEqual(crashes, []);
  await pool.close();
});

test('run at the end of the stack leaves the pool of a worker file working', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'module.exports = (data) => data;'));
  await pool.run(0);
  for (let round = 0; round < 40; round++) {
    const options = round % 2 === 0 ? undefined : { queueTimeout: 1e9 };
    let given = 0;
    const dive = () => {
      try {
        dive();
      } catch {
        // the end of the stack
      }
      if (given++ < 60) pool.run(1, options).catch(() => {});
    };
    try {
      dive();
    } catch {
      // given at the very end
    }
    assert.equal(await pool.run(round), round);
  }
  await pool.close();
});

test('an exception that the file has handled is not reported for a later crash', async (t) => {
  const file = fileOf(
    t,
    `process.on('uncaughtException', () => {});
     module.exports = (data) => {
       const fill = () => { for (const all = [];;) all.push(new Array(1e5).fill(1.5)); };
       if (data === 'fill') fill();
       return new Promise((resolve) => {
         setTimeout(() => { throw new Error('seen to'); });
         setTimeout(data === 'throw' ? resolve : fill, 20);
       });
     };`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: { resourceLimits: { maxOldGenerationSizeMb: 16 } } });
  await pool.run('throw');
  await assert.rejects(pool.run('fill'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  await assert.rejects(pool.run('throw, then fill'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  await pool.close();
});

test('a file that stops the clock or replaces globals still runs', async (t) => {
  const file = fileOf(
    t,
    `performance.now = () => 0;
     globalThis.setImmediate = globalThis.structuredClone = globalThis.Promise = undefined;
     let ticks = 0;
     setInterval(() => ticks++, 1);
     module.exports = () => ticks;`,
  );
  const pool = new WorkerPool(1, file);
  while ((await pool.run()) < 3) await sleep(1);
  await pool.close();
});

test('a thread that ends between tasks fails no task', async (t) => {
  const file = fileOf(
    t,
    `module.exports = (how) => {
       if (how === 'exit') setImmediate(() => process.exit(0));
       if (how === 'throw') setImmediate(() => { throw new Error('after the end'); });
       return how;
     };`,
  );
  const pool = new WorkerPool(1, file);
  const crashes = [];
  pool.on('crash', (error) => crashes.push(error.message));
  const inputs = ['exit', 1, 'throw', 2, 3, 'exit', 'exit', 4];
  assert.deepEqual(await Promise.all(inputs.map((input) => pool.run(input))), inputs);
  for (const input of inputs) assert.equal(await pool.run(input), input);
  while (crashes.length === 0) await sleep(1); // the last one ends soon, if none has before
  await pool.close();
  await turn(); // the event follows the count as a microtask
  assert.equal(pool.stats().crashes, crashes.length);
});

test('a worker that closes its parentPort ends, and fails no other task', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('worker_threads');
     parentPort.on('message', (data) => {
       parentPort.postMessage(data);
       if (data === 'close') parentPort.close();
     });`,
  );
  const pool = new WorkerPool(1, file);
  const inputs = [1, 'close', 2, 'close', 3];
  assert.deepEqual(await Promise.all(inputs.map((input) => pool.run(input))), inputs);
  await pool.close();
});

const UNLOADABLE = {
  'a syntax error': { source: 'module.exports = (', error: { name: 'SyntaxError' } },
  'a throw': {
    source: "throw Object.assign(new RangeError('at load'), { code: 'LOAD' });",
    error: { name: 'RangeError', code: 'LOAD' },
  },
  'a missing import': { source: "require('./no-such-file');", error: { code: 'MODULE_NOT_FOUND' } },
  'an exit with code 0': {
    source: 'process.exit(0);',
    error: { code: 'ERR_POOL_CRASH', message: 'Worker exited with code 0' },
  },
  'an exit with another code': {
    source: 'process.exit(3);',
    error: { code: 'ERR_POOL_CRASH', message: 'Worker exited with code 3' },
  },
  'neither a function nor a listener': {
    source: '',
    error: { code: 'ERR_POOL_TASK_NOT_FOUND' },
  },
};

for (const [what, { source, error }] of Object.entries(UNLOADABLE)) {
  test(`a file with ${what} rejects its tasks and is not reloaded in a loop`, async (t) => {
    const file = fileOf(t, `require('node:fs').appendFileSync(__filename + '.loads', 'x');\n${source}`);
    const loads = () => fs.readFileSync(`${file}.loads`, 'utf8').length;
    const watch = new ThreadWatch();
    t.after(() => watch.stop());
    const pool = new WorkerPool(2, file);
    if (what === 'a syntax error') {
      await assert.rejects(pool.run(1), error);
      await assert.rejects(pool.run(1), error);
      await pool.close();
      return;
    }
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((data) => pool.run(data)));
    for (const { reason } of outcomes) {
      for (const [key, value] of Object.entries(error)) assert.equal(reason?.[key], value, String(reason));
    }
    await assert.rejects(pool.run(6), error);
    // Each exit would start the next thread if any did. That nothing is tried again later is shown in idle.test.js.
    while (watch.exited < watch.started) {
      await once(watch, 'exit');
      assert.ok(loads() <= 8, `${loads()} threads were started for 6 tasks`);
    }
    const { failed, queued, running } = pool.stats();
    assert.deepEqual({ failed, queued, running }, { failed: 6, queued: 0, running: 0 });
    assert.equal(pool.all.size, 2);
    await pool.close();
  });
}

test('a task that waits for a file to load can time out or be aborted', async (t) => {
  const file = fileOf(t, 'await new Promise((resolve) => setTimeout(resolve, 1e9));', 'worker.mjs');
  const pool = new WorkerPool(1, file);
  const limited = [pool.run(1, { queueTimeout: 5 }), pool.run(2, { queueTimeout: 10 })];
  for (const task of limited) await assert.rejects(task, { code: 'ERR_POOL_QUEUE_TIMEOUT' });
  const controller = new AbortController();
  const aborted = assert.rejects(pool.run(3, { signal: controller.signal }), { code: 'ABORT_ERR' });
  controller.abort();
  await aborted;
  const { timedOut, running, idle } = pool.stats();
  assert.deepEqual({ timedOut, running, idle }, { timedOut: 2, running: 0, idle: 1 });
  await pool.close();
});

test('a file is loaded again after it failed to load once', async (t) => {
  const file = fileOf(
    t,
    `if (require('node:fs').existsSync(__filename + '.broken')) throw new Error('broken');
     module.exports = (data) => data;`,
  );
  fs.writeFileSync(`${file}.broken`, '');
  const pool = new WorkerPool(2, file);
  await assert.rejects(pool.run(1), { message: 'broken' });
  fs.unlinkSync(`${file}.broken`);
  assert.deepEqual(await Promise.all([1, 2, 3].map((data) => pool.run(data))), [1, 2, 3]);
  await pool.close();
});

test('many crashes leak no thread and no memory', { skip: threads.unsupported }, async (t) => {
  const file = fileOf(t, 'module.exports = (data) => { if (data) process.exit(1); return data; };');
  const pool = new WorkerPool(2, file);
  const crash = (count) =>
    Promise.all(Array.from({ length: count }, () => assert.rejects(pool.run(1), { code: 'ERR_POOL_CRASH' })));
  await crash(scale(200, 10));
  await pool.run(0);
  const [threadsBefore, before] = [threads.count(), process.memoryUsage.rss()];
  await crash(scale(1000, 30));
  await pool.run(0);
  const after = process.memoryUsage.rss();
  assert.equal(pool.all.size, 2);
  assert.ok(threads.count() <= threadsBefore + 2, `${threadsBefore} threads, then ${threads.count()}`);
  assert.ok(after < before * 1.25 + 2e7, `${before} bytes, then ${after}`);
  await pool.close();
});

test('a task that was posted to a thread as it exited without a task runs on another', async (t) => {
  const [LOADED, MAY_EXIT, EXITED] = [0, 1, 2];
  const memory = new Int32Array(new SharedArrayBuffer(12));
  const file = fileOf(
    t,
    `const { workerData: memory } = require('worker_threads');
     module.exports = (n) => n;
     const isFirst = Atomics.add(memory, ${LOADED}, 1) === 0;
     process.on('exit', () => {
       Atomics.store(memory, ${EXITED}, 1);
       Atomics.notify(memory, ${EXITED});
     });
     if (isFirst) setInterval(() => Atomics.load(memory, ${MAY_EXIT}) === 1 && process.exit(0), 1);`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: { workerData: memory } });
  while (Atomics.load(memory, LOADED) === 0) await sleep(1);
  await sleep(50); // the pool knows that it is loaded; if it did not, the task would be one of a loading thread
  Atomics.store(memory, MAY_EXIT, 1);
  Atomics.wait(memory, EXITED, 0); // the event loop of the pool does not turn meanwhile
  assert.equal(await pool.run(1), 1);
  await pool.close();
});

test('tasks reject when the threads of a file always exit without having begun one', async (t) => {
  const file = fileOf(t, 'module.exports = (n) => n; setImmediate(() => process.exit(4));');
  const pool = new WorkerPool(2, file);
  const outcomes = await Promise.allSettled([1, 2, 3].map((n) => pool.run(n)));
  for (const { status, value, reason } of outcomes) {
    assert.ok(status === 'fulfilled' ? value > 0 : reason.message === 'Worker exited with code 4', String(reason));
  }
  await pool.close();
});

for (const [size, poison] of [
  [1, [0]],
  [1, [5]],
  [2, [0, 1]],
]) {
  test(`a task whose data exhausts the memory of each thread rejects alone (${size} threads, tasks ${poison})`, async (t) => {
    const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 };
    const pool = new WorkerPool(size, fileOf(t, 'module.exports = ({ id }) => id;'), {
      workerOptions: { resourceLimits },
    });
    const large = Array.from({ length: 600_000 }, (_, i) => ({ i }));
    const tasks = Array.from({ length: 10 }, (_, id) => pool.run(poison.includes(id) ? { id, large } : { id }));
    const outcomes = await Promise.allSettled(tasks);
    assert.deepEqual(
      outcomes.map(({ value, reason }) => value ?? reason.code),
      tasks.map((_, id) => (poison.includes(id) ? 'ERR_WORKER_OUT_OF_MEMORY' : id)),
    );
    assert.equal(await pool.run({ id: 11 }), 11);
    await pool.close();
  });
}
