'use strict';

// native-worker-pool-serve, as a process of its own.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { version } = require('../package.json');
const { fixtures, until } = require('./support/fixtures');
const { Program, serve, startServer } = require('./support/processes');
const { skipReason, TestRedis } = require('./support/redis');

const skip = skipReason();
const tasks = path.join(__dirname, 'fixtures/tasks.js');
const options = { skip, timeout: 60_000 };
let redis;
before(async () => {
  if (!skip) redis = await TestRedis.start();
});
after(() => redis?.stop());

/** Waits until the server runs `count` jobs. A job is active for a moment after its outcome has arrived. */
const untilActive = (queue, count) => until(async () => (await redis.admin.llen(`bull:${queue}:active`)) === count);

test('serves a worker file; SIGTERM drains it and exits with 0', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const server = await startServer(t, redis, queue, '--size', '1', tasks);
  const pool = remote();
  assert.equal(await pool.run({ a: 1, b: 2 }, { name: 'add' }), 3);
  await untilActive(queue, 0);
  let reported;
  const running = pool.run(2000, { name: 'wait' });
  const later = pool.run(1, { name: 'echo' });
  later.then(() => {
    reported = true;
  });
  await untilActive(queue, 1);
  server.kill('SIGTERM');
  assert.equal(await running, 'waited');
  assert.deepEqual(await server.exited, [0, null]);
  assert.deepEqual(
    server.lines.map(({ event }) => event),
    ['started', 'connected', 'draining', 'stopped'],
  );
  assert.equal(reported, undefined, 'a server that drains takes no more jobs');
  await startServer(t, redis, queue, tasks);
  assert.equal(await later, 1);
});

test('a second signal exits at once with 1', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const server = await startServer(t, redis, queue, tasks);
  remote()
    .run(1, { name: 'forever' })
    .catch(() => {});
  await untilActive(queue, 1);
  server.kill('SIGTERM');
  await server.event('draining');
  server.kill('SIGINT');
  assert.deepEqual(await server.exited, [1, null]);
});

test('/health and /metrics', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const server = await startServer(t, redis, queue, '--port', '0', '--size', '1', tasks);
  const { port } = await server.event('started');
  const get = (url, init) => fetch(`http://127.0.0.1:${port}${url}`, init);
  const healthy = await get('/health');
  assert.deepEqual(
    [healthy.status, await healthy.json()],
    [200, { ok: true, connected: true, draining: false, stalled: 0 }],
  );
  const pool = remote();
  await pool.run(1, { name: 'echo' });
  await pool.run(1, { name: 'fail' }).catch(() => {});
  const metrics = await (await get('/metrics')).text();
  for (const line of [
    `native_worker_pool_size{queue="${queue}"} 1`,
    `native_worker_pool_completed_total{queue="${queue}"} 1`,
    `native_worker_pool_failed_total{queue="${queue}"} 1`,
    `native_worker_pool_redis_connected{queue="${queue}"} 1`,
    '# TYPE native_worker_pool_completed_total counter',
  ]) {
    assert.ok(metrics.includes(`${line}\n`), line);
  }
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/health', { method: 'POST' })).status, 405);
  await untilActive(queue, 0);
  pool.run(1, { name: 'forever' }).catch(() => {});
  await untilActive(queue, 1);
  server.kill('SIGTERM');
  await server.event('draining');
  assert.equal((await get('/health')).status, 503);
});

test('a failed task is logged as one line of JSON', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  const server = await startServer(t, redis, queue, tasks);
  await remote()
    .run(1, { name: 'fail' })
    .catch(() => {});
  const { level, name, error, time } = await server.event('failed');
  assert.deepEqual([level, name], ['warn', 'fail']);
  assert.match(error.message, /CustomError \[E_CUSTOM\]: custom/);
  assert.ok(!Number.isNaN(Date.parse(time)));
});

test('native tasks use no files without --files', options, async (t) => {
  const { queue, remote } = fixtures(t, redis);
  await startServer(t, redis, queue, 'native');
  const pool = remote();
  assert.equal(await pool.run({ data: 'hello', algorithm: 'crc32' }, { name: 'hash' }), '3610a686');
  const refused = { code: 'ERR_INVALID_ARG_VALUE', message: /permits no files/ };
  await assert.rejects(pool.run({ file: __filename }, { name: 'hash' }), refused);
  await assert.rejects(pool.run({ data: 'x', output: '/tmp/nwp-never' }, { name: 'compress' }), refused);
  // Native tasks read the fields of any object.
  await assert.rejects(pool.run(Object.assign(new Error('x'), { file: __filename }), { name: 'hash' }), refused);
  await assert.rejects(pool.run(Object.assign(Object.create(null), { file: __filename }), { name: 'hash' }), refused);
});

test('with --files, native tasks use files below the folder only', options, async (t) => {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'nwp-files-')));
  t.after(() => fs.rmSync(root, { recursive: true }));
  const inside = path.join(root, 'inside');
  fs.mkdirSync(path.join(inside, 'sub'), { recursive: true });
  fs.mkdirSync(path.join(root, 'inside-not'));
  for (const file of ['secret', 'inside/a', 'inside-not/b', 'inside/..c'])
    fs.writeFileSync(path.join(root, file), 'hello');
  fs.symlinkSync(path.join(root, 'secret'), path.join(inside, 'link'));
  fs.symlinkSync(root, path.join(inside, 'up'));
  fs.symlinkSync('sub', path.join(inside, 'down'));
  fs.symlinkSync(path.join(root, 'new'), path.join(inside, 'dangling'));
  fs.symlinkSync(inside, path.join(root, 'alias'));
  const { queue, remote } = fixtures(t, redis);
  await startServer(t, redis, queue, '--files', path.join(root, 'alias'), 'native');
  const pool = remote();
  const crc = (file) => pool.run({ file, algorithm: 'crc32' }, { name: 'hash' });
  const allowed = [
    'a',
    './sub/../a',
    path.join(inside, 'a'),
    path.join(root, 'alias/a'),
    '..c',
    pathToFileURL(path.join(inside, 'a')).href,
  ];
  for (const file of allowed) assert.equal(await crc(file), '3610a686', file);
  const outside = [
    '../secret',
    'sub/../../secret',
    path.join(root, 'secret'),
    'link',
    'up/secret',
    '/etc/passwd',
    '/no/such/file',
  ];
  outside.push(
    'up/no/thing',
    'up/nothing',
    '../inside-not/b',
    '.',
    '..',
    pathToFileURL('/etc/passwd').href,
    'file:///etc/%2e%2e/etc/passwd',
  );
  for (const file of outside) {
    await assert.rejects(crc(file), { code: 'ERR_INVALID_ARG_VALUE', message: /outside of the folder/ }, file);
  }
  for (const file of ['', 'a\0b', 5, 'file://host/share'])
    await assert.rejects(crc(file), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(crc('nothing'), { code: 'ENOENT' });

  const write = (output) => pool.run({ data: 'x', output }, { name: 'compress' });
  await write('down/new.gz');
  assert.ok(fs.existsSync(path.join(inside, 'sub/new.gz')));
  await write('a'); // replaces the file
  for (const output of [
    '../new.gz',
    'link',
    'up/new.gz',
    path.join(root, 'new.gz'),
    '/tmp/nwp-never',
    'sub/..',
    '.',
    'up/inside-not/new.gz',
  ]) {
    await assert.rejects(write(output), { code: 'ERR_INVALID_ARG_VALUE', message: /outside of the folder/ }, output);
  }
  // A link to nothing, at which a task would create the target.
  await assert.rejects(write('dangling'), { code: 'ENOENT' });
  assert.deepEqual(fs.readdirSync(root).sort(), ['alias', 'inside', 'inside-not', 'secret']);
  assert.equal(fs.readFileSync(path.join(root, 'secret'), 'utf8'), 'hello');
});

test('--help and --version print and exit with 0; wrong arguments exit with 2', { timeout: 60_000 }, async (t) => {
  const run = async (...args) => {
    const program = new Program(t, serve, args);
    const [code] = await program.exited;
    return { code, out: program.lines.join('\n'), err: program.stderr };
  };
  const help = await run('--help');
  assert.equal(help.code, 0);
  for (const option of [
    'queue',
    'redis',
    'prefix',
    'size',
    'concurrency',
    'timeout',
    'max-payload',
    'files',
    'port',
    'host',
    'help',
    'version',
  ]) {
    assert.match(help.out, new RegExp(`--${option}\\b`));
  }
  assert.deepEqual([(await run('--version')).out], [version]);
  const wrong = [
    [[], /WORKER is required/],
    [['native'], /--queue is required/],
    [['--queue', 'a:b', 'native'], /colon/],
    [['--queue', 'q', '--size', '0', 'native'], /--size must be an integer from 1 to 1024; got 0/],
    [['--queue', 'q', '--redis', 'http://user:secret@x', 'native'], /redis:\/\//],
    [['--queue', 'q', '--nope', 'native'], /--nope/],
    [['--queue', 'q', '/no/such/worker.js'], /worker\.js/],
    [['--queue', 'q', '--files', '/no/such/folder', 'native'], /ENOENT/],
  ];
  for (const [args, message] of wrong) {
    const { code, err } = await run(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
    assert.doesNotMatch(err, /secret/);
  }
});
