'use strict';

// What worker files print: it has been written when their task settles, whatever came of that, and nothing is lost.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { WorkerPool } = require('..');
const { runProgram } = require('./support/child');
const { directoryOf, fileOf } = require('./support/files');

const LINES = Array.from({ length: 300 }, (_, i) => `line ${i}\n`);
const PRINT = "for (let i = 0; i < 300; i++) console.log('line ' + i);";
const LISTEN = "const { parentPort } = require('node:worker_threads'); parentPort.on('message', ";

/** The ways in which a task that has printed may end. */
const ENDS = {
  returns: `module.exports = () => { ${PRINT} };`,
  throws: `module.exports = () => { ${PRINT} throw new Error('no'); };`,
  resolves: `module.exports = async () => { await 0; ${PRINT} };`,
  rejects: `module.exports = async () => { await 0; ${PRINT} throw new Error('no'); };`,
  'returns a value that cannot be cloned': `module.exports = () => { ${PRINT} return () => {}; };`,
  'answers a message': `${LISTEN} function () { ${PRINT} this.postMessage(1); });`,
  'answers a message later': `${LISTEN} async () => { await 0; ${PRINT} parentPort.postMessage(1); });`,
  'throws in a listener': `process.on('uncaughtException', () => {}); ${LISTEN} () => { ${PRINT} throw new Error('no'); });`,
  'ends its thread': `module.exports = () => { ${PRINT} process.exit(); };`,
  'ends its thread by an uncaught exception': `module.exports = () => { ${PRINT} setImmediate(() => { throw new Error('no'); });
    return new Promise(() => {}); };`,
  'reports progress': `module.exports = (data, { progress }) => { ${PRINT} progress('main'); return new Promise(() => {}); };`,
  'prints while its file loads': `${PRINT} throw new Error('no');`,
};

for (const [how, source] of Object.entries(ENDS)) {
  test(`the output of a task that ${how} precedes its caller's next output`, async (t) => {
    const { stdout } = await runProgram(
      `const end = () => { console.log('main'); process.exit(); };
       const pool = new WorkerPool(1, ${JSON.stringify(fileOf(t, source))});
       pool.run(1, { onProgress: end }).then(end, end);`,
    );
    assert.equal(stdout, `${LINES.join('')}main\n`);
  });
}

test('the output of each task precedes its result, including tasks posted ahead', async (t) => {
  const sources = [
    'module.exports = (n) => { for (let i = 0; i < 20; i++) console.log(n + " prints"); return n; };',
    'module.exports = async (n) => { await 0; for (let i = 0; i < 20; i++) console.log(n + " prints"); return n; };',
    `${LISTEN} (n) => { for (let i = 0; i < 20; i++) console.log(\`\${n} prints\`); parentPort.postMessage(n); });`,
  ];
  for (const source of sources) {
    const { stdout } = await runProgram(
      `const pool = new WorkerPool(1, ${JSON.stringify(fileOf(t, source))});
       const run = async (n) => console.log(await pool.run(n), 'has ended');
       Promise.all(Array.from({ length: 100 }, (_, n) => run(n))).then(() => process.exit());`,
    );
    const printed = new Array(100).fill(0);
    for (const line of stdout.trimEnd().split('\n')) {
      const [n, ...words] = line.split(' ');
      if (words[0] === 'prints') printed[n]++;
      else assert.equal(printed[n], 20, line);
    }
    assert.equal(stdout.split('\n').length, 100 * 21 + 1);
  }
});

/** Prints five megabytes, in pieces of that size. */
const large = (size) =>
  `module.exports = () => { for (let i = 0; i < 5e6 / ${size}; i++) process.stdout.write('x'.repeat(${size} - 1) + '\\n'); };`;

for (const size of [100, 10_000, 5_000_000]) {
  test(`five megabytes in pieces of ${size} bytes are written to a file before the process exits`, (t) => {
    const directory = directoryOf(t, { 'worker.cjs': large(size) });
    const out = fs.openSync(path.join(directory, 'out'), 'w');
    const program = `const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
      new WorkerPool(1, ${JSON.stringify(path.join(directory, 'worker.cjs'))}).run().then(() => {
        console.log('main');
        process.exit();
      });`;
    spawnSync(process.execPath, ['-e', program], { stdio: ['ignore', out, 'inherit'] });
    fs.closeSync(out);
    const text = fs.readFileSync(path.join(directory, 'out'), 'utf8');
    assert.equal(text.length, 5e6 + 'main\n'.length);
    assert.ok(text.endsWith('x\nmain\n'));
  });

  test(`five megabytes in pieces of ${size} bytes come through a pipe`, async (t) => {
    const { stdout } = await runProgram(
      `const pool = new WorkerPool(2, ${JSON.stringify(fileOf(t, large(size)))});
       Promise.all([pool.run(), pool.run()]).then(() => console.log('main'));`,
    );
    assert.equal(stdout.length, 1e7 + 'main\n'.length);
    assert.ok(stdout.endsWith('x\nmain\n'));
  });
}

test('a task that awaits its output ends when the reader of the pipe goes away', async (t) => {
  const file = fileOf(
    t,
    "module.exports = async () => { await new Promise((done) => process.stdout.write('x'.repeat(5e6), done)); return 'ended'; };",
  );
  const program = `
    process.stdout.on('error', () => {});
    const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
    const pool = new WorkerPool(1, ${JSON.stringify(file)});
    pool.run().then(async (result) => {
      await pool.close();
      process.send(result, () => process.exit());
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data'); // the rest of the output waits for the reader
  child.stdout.destroy();
  const [result] = await once(child, 'message');
  assert.equal(result, 'ended');
});

test('stdout and stderr of a task keep their order', async (t) => {
  const file = fileOf(
    t,
    'module.exports = () => { for (let i = 0; i < 100; i++) { console.log("out " + i); console.error("err " + i); } };',
  );
  const { stdout } = await runProgram(
    `const written = [];
     process.stdout.write = process.stderr.write = (text) => written.push(text);
     const pool = new WorkerPool(1, ${JSON.stringify(file)});
     pool.run().then(() => { delete process.stdout.write; console.log(JSON.stringify(written)); });`,
  );
  const expected = Array.from({ length: 100 }, (_, i) => [`out ${i}\n`, `err ${i}\n`]).flat();
  assert.deepEqual(JSON.parse(stdout), expected);
});

test('a task can print bytes and strings of any encoding', async (t) => {
  const file = fileOf(
    t,
    `module.exports = () => {
       const { stdout } = process;
       stdout.write('ü\\n');
       stdout.write(Buffer.from('bytes\\n'));
       stdout.write(new Uint8Array(new SharedArrayBuffer(2)).fill(33));
       stdout.write('0a', 'hex');
       stdout.write('\\xe4', 'latin1');
       stdout.write(Buffer.from('not this, but that\\n').subarray(-5));
       stdout.write('');
     };`,
  );
  const { stdout } = await runProgram(
    `const pool = new WorkerPool(1, ${JSON.stringify(file)});
     const pieces = [];
     process.stdout.write = (piece) => pieces.push(Buffer.from(piece));
     pool.run().then(() => { delete process.stdout.write; console.log(Buffer.concat(pieces).toString('hex')); });`,
  );
  assert.equal(Buffer.from(stdout.trim(), 'hex').toString('latin1'), '\xc3\xbc\nbytes\n!!\n\xe4that\n');
});

test("a task that waits for 'drain' or for the callback of write continues", async (t) => {
  const file = fileOf(
    t,
    `const { once } = require('node:events');
     const text = 'x'.repeat(9999) + '\\n';
     module.exports = async () => {
       let waits = 0;
       for (let i = 0; i < 50; i++) {
         if (process.stdout.write(text)) continue;
         waits++;
         await once(process.stdout, 'drain');
       }
       for (let i = 0; i < 50; i++) await new Promise((resolve) => process.stdout.write(text, resolve));
       return waits;
     };`,
  );
  for (const workerOptions of ['{}', '{ stdout: true }']) {
    const { stdout } = await runProgram(
      `const pool = new WorkerPool(1, ${JSON.stringify(file)}, { workerOptions: ${workerOptions} });
       pool.run().then((waits) => console.log('waits', waits));`,
    );
    assert.match(stdout, /waits [1-9]\d*\n$/);
    assert.equal(stdout.split('x\n').length - 1, workerOptions === '{}' ? 100 : 0);
  }
});

test('a task that keeps printing after its return settles', async (t) => {
  const file = fileOf(
    t,
    `module.exports = (data) => {
       const print = () => process.stdout.write('x'.repeat(20000), print);
       print();
       return data;
     };`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: { stdout: true } });
  assert.equal(await pool.run(1), 1);
  assert.equal(await pool.run(2), 2);
  await pool.close();
});

test('a handled exception in a callback of write does not fail the task', async (t) => {
  const file = fileOf(
    t,
    `let seen = 0;
     process.on('uncaughtException', () => seen++);
     module.exports = async (data) => {
       if (data === 'seen') { while (seen === 0) await new Promise(setImmediate); return seen; }
       process.stdout.write('x'.repeat(20000), () => { throw new Error('of the callback'); });
       return data;
     };`,
  );
  const pool = new WorkerPool(1, file, { workerOptions: { stdout: true } });
  assert.equal(await pool.run(1), 1);
  assert.equal(await pool.run('seen'), 1);
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('the output of --require modules and exit handlers appears in order', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'required.js': `for (let i = 0; i < 100; i++) console.log('required', i);
      process.on('exit', () => { for (let i = 0; i < 100; i++) console.log('first', i); });`,
    'worker.js': `console.log('loaded');
      process.on('exit', () => { for (let i = 0; i < 3000; i++) console.log('last', i); });
      module.exports = () => console.log('task');`,
  });
  const { stdout } = await runProgram(
    `const pool = new WorkerPool(1, ${JSON.stringify(path.join(directory, 'worker.js'))}, {
       workerOptions: { execArgv: ['--require', ${JSON.stringify(path.join(directory, 'required.js'))}] },
     });
     pool.run().then(() => console.log('main')).then(() => pool.close()).then(() => console.log('closed'));`,
  );
  const numbered = (word, count) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    ...numbered('required', 100),
    'loaded',
    'task',
    'main',
    ...numbered('first', 100),
    ...numbered('last', 3000),
    'closed',
  ]);
});

test('a task starts while the event loop is blocked, even if a --require module has printed', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'required.js': "console.log('required');",
    'worker.js': `module.exports = (cell) => {
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
      console.log('task');
    };`,
  });
  const { stdout } = await runProgram(
    `const pool = new WorkerPool(1, ${JSON.stringify(path.join(directory, 'worker.js'))}, {
       workerOptions: { execArgv: ['--require', ${JSON.stringify(path.join(directory, 'required.js'))}] },
     });
     const cell = new Int32Array(new SharedArrayBuffer(4));
     const task = pool.run(cell);
     Atomics.wait(cell, 0, 0);
     task.then(() => console.log('main')).then(() => pool.close());`,
  );
  assert.equal(stdout, 'required\ntask\nmain\n');
});

test('a pool in a worker_threads thread forwards the output of its own threads', async (t) => {
  const file = fileOf(t, `module.exports = () => { ${PRINT} };`);
  const { stdout } = await runProgram(
    `const { Worker } = require('node:worker_threads');
     const source = ${JSON.stringify(`
       const { WorkerPool } = require(${JSON.stringify(path.resolve(__dirname, '..'))});
       const pool = new WorkerPool(1, ${JSON.stringify(file)});
       pool.run().then(() => console.log('thread')).then(() => pool.close());`)};
     new Worker(source, { eval: true }).on('exit', () => console.log('main'));`,
  );
  assert.equal(stdout, `${LINES.join('')}thread\nmain\n`);
});

test('a program whose process.stdout.write throws loses no task', async (t) => {
  const file = fileOf(t, 'module.exports = (n) => { console.log(n); return n; };');
  const { stdout } = await runProgram(
    `let caught = 0;
     process.on('uncaughtException', () => caught++);
     process.stdout.write = () => { throw new Error('no'); };
     const pool = new WorkerPool(1, ${JSON.stringify(file)});
     Promise.all([1, 2, 3].map((n) => pool.run(n))).then((results) => {
       setImmediate(() => { delete process.stdout.write; console.log(results.join(), caught); });
     });`,
  );
  assert.equal(stdout, '1,2,3 3\n');
});

test('the output of a long computation appears while it runs', async (t) => {
  const file = fileOf(
    t,
    `const { performance } = require('node:perf_hooks');
     module.exports = () => {
       for (let i = 0; i < 5; i++) {
         console.log(i);
         for (const end = performance.now() + 20; performance.now() < end; );
       }
       console.log('last');
       for (;;);
     };`,
  );
  const { stdout } = await runProgram(
    `const pool = new WorkerPool(1, ${JSON.stringify(file)});
     const controller = new AbortController();
     const { write } = process.stdout;
     process.stdout.write = (text) => {
       if (text === 'last\\n') controller.abort();
       return write.call(process.stdout, text);
     };
     pool.run(1, { signal: controller.signal }).catch(({ code }) => console.log(code)).then(() => pool.close());`,
  );
  assert.equal(stdout, '0\n1\n2\n3\n4\nlast\nABORT_ERR\n');
});

test('a pool with stdout: true does not keep the process alive', async (t) => {
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'required.js': "console.log('one'); console.log('two'); console.error('three');",
    'worker.js': "module.exports = () => console.log('task');",
  });
  for (const execArgv of [[], ['--require', path.join(directory, 'required.js')]]) {
    const { stdout, stderr } = await runProgram(
      `const workerOptions = { stdout: true, stderr: true, execArgv: ${JSON.stringify(execArgv)} };
       const pool = new WorkerPool(1, ${JSON.stringify(path.join(directory, 'worker.js'))}, { workerOptions });
       pool.run().then(() => console.log('main'));`,
    );
    assert.deepEqual({ stdout, stderr }, { stdout: 'main\n', stderr: '' });
  }
});
