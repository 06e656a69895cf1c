'use strict';

// Compares a RemotePool with what BullMQ's own users write: `node bench/compare.js [ROUNDS]`. One server process and one
// producer, a Redis of its own with AOF, small tasks (`native:fib` of 1). The kinds alternate; medians are printed.
//
//   inline              a processor that computes in place, `job.waitUntilFinished`
//   sandbox-threads     BullMQ's sandboxed processors, in threads
//   sandbox-processes   the same in processes
//   by-hand             `pool.run(job.data)` in a processor, `job.waitUntilFinished`
//   remote-pool

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { Queue, QueueEvents } = require('bullmq');
const { RemotePool } = require('..');
const { TestRedis } = require('../test/support/redis');

// `node bench/compare.js ROUNDS KIND...` measures some kinds only.
const KINDS = process.argv[3]
  ? process.argv.slice(3)
  : ['inline', 'sandbox-threads', 'sandbox-processes', 'by-hand', 'remote-pool'];
const AT_ONCE = 2000;
const ONE_BY_ONE = 300;

/** The longest time of one kind in one round, in milliseconds. */
const LIMIT = 60_000;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Something that runs a task by the kind, and closes. */
async function producerOf(kind, connection, name) {
  if (kind === 'remote-pool') {
    const pool = new RemotePool(name, { connection });
    return { run: (n) => pool.run(n, { name: 'fib' }), close: () => pool.close() };
  }
  const queue = new Queue(name, { connection });
  // By default, events are read from the first XREAD on. It is sent after `waitUntilReady` has resolved, so a job that
  // ends before is awaited for ever.
  const events = new QueueEvents(name, { connection, lastEventId: '0-0' });
  for (const emitter of [queue, events]) emitter.setMaxListeners(0);
  await events.waitUntilReady();
  const opts = { removeOnComplete: { count: 10_000 } }; // waitUntilFinished needs the job
  return {
    run: async (n) => (await queue.add('fib', n, opts)).waitUntilFinished(events),
    close: () => Promise.all([queue.close(), events.close()]),
  };
}

/** What Redis, the server and this process have used so far; times of the CPU in microseconds. */
async function countsOf(redis, server) {
  const info = await redis.admin.info();
  const read = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]);
  const { user, system } = process.cpuUsage();
  return {
    commands: read('total_commands_processed'),
    bytesIn: read('total_net_input_bytes'),
    bytesOut: read('total_net_output_bytes'),
    redisCpu: (read('used_cpu_sys') + read('used_cpu_user')) * 1e6,
    serverCpu: (await ask(server, 'usage')).cpu,
    producerCpu: user + system,
  };
}

async function ask(server, question) {
  server.send(question);
  const [answer] = await once(server, 'message');
  return answer;
}

/** Rejects after `LIMIT` with the name of what has not ended. */
async function limited(what, work) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not all tasks have ended after ${LIMIT} ms`)), LIMIT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function measure(redis, kind, round) {
  const name = `${kind}-${round}`;
  const server = fork(path.join(__dirname, 'server.js'), [kind, String(redis.port), name]);
  await once(server, 'message');
  const producer = await producerOf(kind, redis.connection, name);
  await Promise.all(Array.from({ length: 200 }, () => producer.run(1)));
  const before = await countsOf(redis, server);
  const start = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => producer.run(1)));
  const perSecond = (AT_ONCE / (performance.now() - start)) * 1000;
  const after = await countsOf(redis, server);
  const latencies = [];
  for (let task = 0; task < ONE_BY_ONE; task++) {
    const begin = performance.now();
    await producer.run(1);
    latencies.push(performance.now() - begin);
  }
  const { rss } = await ask(server, 'usage');
  await producer.close();
  server.kill();
  await once(server, 'exit');
  const per = (field) => (after[field] - before[field]) / AT_ONCE;
  return {
    perSecond,
    p50: median(latencies),
    rss: rss / 2 ** 20,
    commands: per('commands'),
    bytesIn: per('bytesIn'),
    bytesOut: per('bytesOut'),
    redisCpu: per('redisCpu'),
    serverCpu: per('serverCpu'),
    producerCpu: per('producerCpu'),
  };
}

async function main() {
  const rounds = Number(process.argv[2] ?? 5);
  const redis = await TestRedis.start('--appendonly', 'yes');
  const all = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  try {
    for (let round = 0; round < rounds; round++)
      for (const kind of KINDS) all[kind].push(await limited(kind, measure(redis, kind, round)));
  } finally {
    await redis.stop();
  }
  const of = (kind, field) => median(all[kind].map((values) => values[field]));
  console.log(
    'kind | tasks/s | p50 ms | server RSS MiB | CPU us a task: producer, server, Redis | commands, bytes in, out',
  );
  for (const kind of KINDS) {
    const list = (...fields) => fields.map((field) => of(kind, field).toFixed(0)).join(', ');
    console.log(
      [
        kind,
        list('perSecond'),
        of(kind, 'p50').toFixed(2),
        list('rss'),
        list('producerCpu', 'serverCpu', 'redisCpu'),
        list('commands', 'bytesIn', 'bytesOut'),
      ].join(' | '),
    );
  }
  if (!all['remote-pool'] || !all['by-hand']) return;
  const ratio = (field) =>
    median(all['remote-pool'].map((values, round) => values[field] / all['by-hand'][round][field]));
  console.log(`remote-pool / by-hand: throughput ${ratio('perSecond').toFixed(2)}, p50 ${ratio('p50').toFixed(2)}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1); // the servers exit with this process
});
