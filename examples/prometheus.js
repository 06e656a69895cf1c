'use strict';

// Exports metrics of pools to Prometheus with the library prom-client. grafana-dashboard.json shows them.
//
//     npm --prefix examples ci
//     node examples/prometheus.js
//
// In a project that has installed the package, the line that names it is
//
//     const { WorkerPool } = require('native-worker-pool');
//
// A server adds its pools, and answers GET /metrics:
//
//     const metrics = new PoolMetrics(register);
//     metrics.add('images', pool);
//     response.setHeader('content-type', register.contentType).end(await register.metrics());

const diagnostics = require('node:diagnostics_channel');
const { Counter, Gauge, Histogram, Registry } = require('prom-client');
const { WorkerPool } = require('..');

/** The gauges. `of` reads the value from `pool.stats()`, or with a `label`, a value for each value of the label. */
const GAUGES = [
  { name: 'worker_pool_queue_depth', help: 'Tasks that wait for a worker', of: ({ queued }) => queued },
  { name: 'worker_pool_queue_bytes', help: 'Bytes of the data of waiting tasks', of: ({ queuedBytes }) => queuedBytes },
  {
    name: 'worker_pool_workers',
    help: 'Workers, by what they do',
    label: 'state',
    of: ({ idle, running, stopping }) => ({ idle, running, stopping }),
  },
  { name: 'worker_pool_threads', help: 'Threads of the workers', of: ({ threads }) => threads },
];

/** The histograms that a pool counts itself: durations of its statistics. */
const TIMES = [
  {
    name: 'worker_pool_wait_seconds',
    help: 'Time from run() to the start of a task',
    of: ({ waitTime }) => waitTime,
  },
  {
    name: 'worker_pool_run_seconds',
    help: 'Time from the start to the end of a task',
    of: ({ runTime }) => runTime,
  },
];

/** The outcomes of tasks that have no result, by the codes of their errors. Any other error is a `failed` task. */
const OUTCOMES = new Map([
  ['ABORT_ERR', 'aborted'],
  ['ERR_POOL_CLOSED', 'closed'],
  ['ERR_POOL_CRASH', 'crashed'],
  ['ERR_POOL_QUEUE_FULL', 'queue_full'],
  ['ERR_POOL_QUEUE_TIMEOUT', 'queue_timed_out'],
  ['ERR_POOL_TIMEOUT', 'timed_out'],
]);

/** The upper bounds of the buckets, in seconds. Tasks may take less than a millisecond, or minutes. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A histogram whose values come from `pool.stats()` at each scrape, so that tasks cost nothing. */
class TimesHistogram extends Histogram {
  #names;
  #of;

  /**
   * @param {{ name: string, help: string, of: Function, registers: Registry[] }} config `of` reads the times.
   * @param {Map<WorkerPool, string>} names The names of the pools.
   */
  constructor({ of, ...config }, names) {
    super({ ...config, labelNames: ['pool'], buckets: BUCKETS });
    this.#names = names;
    this.#of = of;
  }

  async get() {
    const values = [];
    for (const [pool, name] of this.#names) {
      const { count, mean, buckets } = this.#of(pool.stats({ buckets: BUCKETS.map((bound) => bound * 1e3) }));
      const add = (suffix, value, labels) =>
        values.push({ metricName: `${this.name}_${suffix}`, labels: { ...labels, pool: name }, value });
      for (const [i, value] of buckets.entries()) add('bucket', value, { le: BUCKETS[i] });
      add('bucket', count, { le: '+Inf' });
      add('sum', (count * mean) / 1e3);
      add('count', count);
    }
    return { name: this.name, help: this.help, type: 'histogram', aggregator: this.aggregator, values };
  }

  /** What the registry calls for its text format. */
  getForPromString() {
    return this.get();
  }
}

class PoolMetrics {
  /** The names of the pools. */
  #names = new Map();
  /** When each task was submitted, by the message of the tracing channel, which is one object for each task. */
  #submitted = new WeakMap();
  #channel = diagnostics.tracingChannel('native-worker-pool:run');
  #subscribers = {
    start: (task) => {
      if (this.#names.has(task.pool)) this.#submitted.set(task, performance.now());
    },
    asyncEnd: (task) => this.#ended(task),
  };
  #tasks;
  #durations;

  /** @param {Registry} register Collects the metrics. It accepts only one `PoolMetrics`. */
  constructor(register) {
    const registers = [register];
    const names = this.#names;
    for (const { name, help, label, of } of GAUGES) {
      new Gauge({
        name,
        help,
        labelNames: label === undefined ? ['pool'] : ['pool', label],
        registers,
        collect() {
          this.reset();
          for (const [pool, poolName] of names) {
            const value = of(pool.stats());
            if (label === undefined) this.set({ pool: poolName }, value);
            else for (const [key, one] of Object.entries(value)) this.set({ pool: poolName, [label]: key }, one);
          }
        },
      });
    }
    for (const times of TIMES) new TimesHistogram({ ...times, registers }, names);
    this.#tasks = new Counter({
      name: 'worker_pool_tasks_total',
      help: 'Tasks that have settled, by their outcome',
      labelNames: ['pool', 'task', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'worker_pool_task_seconds',
      help: 'Time from run() to the result or the error of an admitted task',
      labelNames: ['pool', 'task'],
      buckets: BUCKETS,
      registers,
    });
    this.#channel.subscribe(this.#subscribers);
  }

  /** Adds a pool under a name that no other pool has. */
  add(name, pool) {
    this.#names.set(pool, name);
  }

  /** Removes the gauges of a pool, which is then free to be collected. Its counters stay. */
  remove(pool) {
    this.#names.delete(pool);
  }

  /** Stops observing. The registry keeps the counters. */
  close() {
    this.#channel.unsubscribe(this.#subscribers);
    this.#names.clear();
  }

  #ended(task) {
    const submitted = this.#submitted.get(task);
    const pool = this.#names.get(task.pool);
    if (submitted === undefined || pool === undefined) return;
    const outcome = 'error' in task ? (OUTCOMES.get(task.error?.code) ?? 'failed') : 'completed';
    // A caller chooses the name of a task, so this label has as many values as the program has names.
    const labels = { pool, task: task.options?.name ?? 'default' };
    this.#tasks.inc({ ...labels, outcome });
    if (outcome !== 'queue_full') this.#durations.observe(labels, (performance.now() - submitted) / 1e3);
  }
}

async function main() {
  const register = new Registry();
  const metrics = new PoolMetrics(register);
  const pool = new WorkerPool(2, 'native', { maxQueue: 8 });
  metrics.add('example', pool);

  // Two run, eight wait, and the others are refused.
  const passwords = Array.from({ length: 16 }, (_, i) => `password ${i}`);
  await Promise.allSettled(passwords.map((password) => pool.run({ password }, { name: 'hashPassword' })));
  await pool.run({ password: 'password', hash: 'damaged' }, { name: 'verifyPassword' }).catch(() => {});

  console.log(await register.metrics());
  metrics.close();
  await pool.close();
}

module.exports = { PoolMetrics };

if (require.main === module) main();
