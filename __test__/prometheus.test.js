'use strict';

// examples/prometheus.js with prom-client, and the dashboard that shows its metrics.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { WorkerPool, workers, freshGate, openGate, atGate } = require('./support/kinds');
const { exampleFile, requireThere, skip } = require('./support/examples');
const { fileOf } = require('./support/files');

/** Metrics in a registry of their own, which stop when the test ends. */
function metricsOf(t) {
  const { Registry } = requireThere('prom-client');
  const { PoolMetrics } = requireThere('./prometheus');
  const register = new Registry();
  const metrics = new PoolMetrics(register);
  t.after(() => metrics.close());
  return { register, metrics };
}

/** The samples of a scrape, by their text before the value. */
async function scrape(register) {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.match(/^(.*) (\S+)$/).slice(1)).map(([key, n]) => [key, +n]));
}

test('a scrape shows the queue, the workers and the threads', { skip }, async (t) => {
  const { register, metrics } = metricsOf(t);
  const pool = new WorkerPool(2, workers.gate);
  metrics.add('gates', pool);
  const gates = [freshGate(), freshGate(), freshGate(), freshGate(), freshGate()];
  const tasks = gates.map((gate) => pool.run(gate));
  await Promise.all([atGate(gates[0]), atGate(gates[1])]);

  const busy = await scrape(register);
  assert.equal(busy['worker_pool_queue_depth{pool="gates"}'], 3);
  assert.equal(busy['worker_pool_workers{pool="gates",state="running"}'], 2);
  assert.equal(busy['worker_pool_workers{pool="gates",state="idle"}'], 0);
  assert.equal(busy['worker_pool_threads{pool="gates"}'], 2);

  gates.forEach(openGate);
  await Promise.all(tasks);
  const idle = await scrape(register);
  assert.equal(idle['worker_pool_queue_depth{pool="gates"}'], 0);
  assert.equal(idle['worker_pool_workers{pool="gates",state="idle"}'], 2);
  await pool.close();
});

test('a scrape shows the bytes of waiting data', { skip }, async (t) => {
  const { register, metrics } = metricsOf(t);
  const pool = new WorkerPool(1, { endless: 'native:fib', hash: 'native:hash' });
  metrics.add('hashes', pool);
  const tasks = [pool.run(78, { name: 'endless' }), pool.run({ data: new Uint8Array(1000) }, { name: 'hash' })];
  const { queuedBytes } = pool.stats();
  assert.ok(queuedBytes >= 1000, `${queuedBytes}`);
  assert.equal((await scrape(register))['worker_pool_queue_bytes{pool="hashes"}'], queuedBytes);
  await Promise.all([pool.close({ force: true }), Promise.allSettled(tasks)]);
});

test('tasks are counted by the reason of their outcome', { skip }, async (t) => {
  const { register, metrics } = metricsOf(t);
  const file = fileOf(
    t,
    `module.exports = (data) => {
       if (data === 'throw') throw new Error('on purpose');
       if (data === 'die') process.exit(1);
       if (data === 'wait') return new Promise(() => {});
       return data;
     };
     module.exports.named = (data) => data;`,
  );
  const pool = new WorkerPool(1, file, { maxQueue: 2 });
  metrics.add('files', pool);
  const codeOf = (task) =>
    task.then(
      () => 'none',
      ({ code }) => code,
    );

  await pool.run(1);
  await pool.run(2, { name: 'named' });
  await codeOf(pool.run('throw'));
  assert.equal(await codeOf(pool.run('die')), 'ERR_POOL_CRASH');
  assert.equal(await codeOf(pool.run('wait', { timeout: 1 })), 'ERR_POOL_TIMEOUT');
  await pool.run(3); // the thread has been replaced
  const controller = new AbortController();
  const running = codeOf(pool.run('wait', { signal: controller.signal }));
  const late = codeOf(pool.run(1, { queueTimeout: 1 }));
  const last = codeOf(pool.run('wait'));
  assert.equal(await codeOf(pool.run(1)), 'ERR_POOL_QUEUE_FULL');
  assert.equal(await late, 'ERR_POOL_QUEUE_TIMEOUT');
  controller.abort();
  assert.equal(await running, 'ABORT_ERR');
  await pool.close({ force: true });
  assert.equal(await last, 'ERR_POOL_CLOSED');

  const samples = await scrape(register);
  const tasks = Object.entries(samples).filter(([key]) => key.startsWith('worker_pool_tasks_total'));
  assert.deepEqual(Object.fromEntries(tasks), {
    'worker_pool_tasks_total{pool="files",task="default",outcome="completed"}': 2,
    'worker_pool_tasks_total{pool="files",task="named",outcome="completed"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="failed"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="crashed"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="timed_out"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="queue_full"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="queue_timed_out"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="aborted"}': 1,
    'worker_pool_tasks_total{pool="files",task="default",outcome="closed"}': 1,
  });
  // All but the refused one have a duration.
  assert.equal(samples['worker_pool_task_seconds_count{pool="files",task="default"}'], 8);
});

test('a task that waits and runs is in the buckets above both times', { skip }, async (t) => {
  const { register, metrics } = metricsOf(t);
  const pool = new WorkerPool(1, workers.gate);
  metrics.add('gates', pool);
  const [first, second] = [freshGate(), freshGate()];
  const tasks = [pool.run(first), pool.run(second)];
  await atGate(first);
  await new Promise((resolve) => setTimeout(resolve, 30)); // how long the second one waits, at least
  openGate(first);
  openGate(second);
  await Promise.all(tasks);

  const samples = await scrape(register);
  const { waitTime, runTime } = pool.stats();
  for (const [name, times] of Object.entries({ wait: waitTime, run: runTime })) {
    const at = (suffix, labels = '') => samples[`worker_pool_${name}_seconds_${suffix}{${labels}pool="gates"}`];
    assert.equal(at('count'), 2);
    assert.equal(at('sum'), (2 * times.mean) / 1e3);
    assert.deepEqual([at('bucket', 'le="60",'), at('bucket', 'le="+Inf",')], [2, 2]);
    assert.ok(at('bucket', 'le="0.025",') < 2, `one has a long ${name}`);
  }
  assert.equal(samples['worker_pool_task_seconds_count{pool="gates",task="default"}'], 2);
  assert.equal(samples['worker_pool_task_seconds_bucket{le="0.01",pool="gates",task="default"}'], 0);
  const sum = samples['worker_pool_task_seconds_sum{pool="gates",task="default"}'];
  assert.ok(sum * 1e3 >= waitTime.max + runTime.max, `${sum}`);
  await pool.close();
});

test('only the pools that were added are observed, until they are removed', { skip }, async (t) => {
  const { register, metrics } = metricsOf(t);
  const [observed, other] = [new WorkerPool(1, workers.fib), new WorkerPool(1, workers.fib)];
  metrics.add('observed', observed);
  await Promise.all([observed.run(1), other.run(1)]);
  const during = await scrape(register);
  assert.ok('worker_pool_threads{pool="observed"}' in during);
  assert.equal(during['worker_pool_tasks_total{pool="observed",task="default",outcome="completed"}'], 1);
  assert.equal(Object.keys(during).filter((key) => key.startsWith('worker_pool_tasks_total')).length, 1);

  metrics.remove(observed);
  await observed.run(1);
  const after = await scrape(register);
  assert.equal('worker_pool_threads{pool="observed"}' in after, false);
  assert.equal(after['worker_pool_tasks_total{pool="observed",task="default",outcome="completed"}'], 1);
  await Promise.all([observed.close(), other.close()]);
});

test('the program prints the metrics of its tasks', { skip }, () => {
  const printed = execFileSync(process.execPath, [exampleFile('prometheus.js')], { encoding: 'utf8' });
  for (const line of [
    'worker_pool_queue_depth{pool="example"} 0',
    'worker_pool_tasks_total{pool="example",task="hashPassword",outcome="completed"} 10',
    'worker_pool_tasks_total{pool="example",task="hashPassword",outcome="queue_full"} 6',
    'worker_pool_tasks_total{pool="example",task="verifyPassword",outcome="failed"} 1',
  ])
    assert.ok(printed.split('\n').includes(line), `${line} is not in\n${printed}`);
});

test('the queries of the dashboard use exactly these metrics', { skip }, async (t) => {
  const { register } = metricsOf(t);
  const kinds = Object.fromEntries((await register.getMetricsAsJSON()).map(({ name, type }) => [name, type]));
  const series = Object.entries(kinds).flatMap(([name, type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((suffix) => `${name}_${suffix}`) : [name],
  );
  const { panels, templating } = JSON.parse(fs.readFileSync(exampleFile('grafana-dashboard.json'), 'utf8'));
  const queries = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => query.query ?? ''),
  ];
  const used = new Set(queries.flatMap((query) => query.match(/worker_pool_[a-z_]+/g) ?? []));
  assert.deepEqual([...used].sort(), series.sort());
  for (const { title, targets } of panels) assert.ok(targets.length > 0, title);
});
