'use strict';

// The counts of a server in the text format of Prometheus.

/** Counts of `pool.stats()`: name, type, help. */
const METRICS = [
  ['size', 'gauge', 'Number of workers'],
  ['idle', 'gauge', 'Workers without a task'],
  ['running', 'gauge', 'Running tasks'],
  ['stopping', 'gauge', 'Workers whose task has settled and that have not stopped yet'],
  ['queued', 'gauge', 'Tasks that wait in this server'],
  ['submitted', 'counter', 'Admitted tasks'],
  ['completed', 'counter', 'Tasks with a result'],
  ['failed', 'counter', 'Tasks with an error'],
  ['aborted', 'counter', 'Tasks that were aborted'],
  ['timedOut', 'counter', 'Tasks that exceeded a time limit'],
  ['crashes', 'counter', 'Workers that died'],
  ['utilization', 'gauge', 'The share of the time of the workers that tasks have used, from 0 to 1'],
];

/**
 * @param {any} stats Of a WorkerPool.
 * @param {{ connected: boolean, draining: boolean, stalled: number }} server
 * @param {string} queue
 */
function metricsText(stats, server, queue) {
  const label = `{queue="${queue.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"}`;
  const metric = (
    /** @type {string} */ name,
    /** @type {string} */ type,
    /** @type {string} */ help,
    /** @type {number} */ value,
  ) => {
    const full = `native_worker_pool_${name}${type === 'counter' ? '_total' : ''}`;
    return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}${label} ${value}\n`;
  };
  return [
    ...METRICS.map(([name, type, help]) => metric(name.replace('timedOut', 'timed_out'), type, help, stats[name])),
    metric('wait_seconds_p99', 'gauge', 'Time from submission to start within this server', stats.waitTime.p99 / 1000),
    metric('run_seconds_p99', 'gauge', 'Time from start to end', stats.runTime.p99 / 1000),
    metric('stalled', 'counter', 'Jobs of dead servers that this server has found', server.stalled),
    metric('redis_connected', 'gauge', 'Whether Redis is connected', Number(server.connected)),
    metric('draining', 'gauge', 'Whether the server takes no more jobs', Number(server.draining)),
  ].join('');
}

module.exports = { metricsText };
