'use strict';

// Sends requests by autocannon: at a constant rate, or one after the other on each connection.

const autocannon = require('autocannon');
const { setTimeout: sleep } = require('node:timers/promises');

/** In milliseconds. At a constant rate, the requests of each interval are sent at its beginning. */
const INTERVAL_MS = 50;

/**
 * Posts a body again and again. Sends every request completely, and waits for its answer.
 *
 * At a rate, each request uses a new connection, as if it came from a new client, and is sent on time even if earlier
 * requests have no answer yet. (autocannon's own option for the rate waits for answers, and sends all requests of a
 * second at its beginning.)
 * @param {string} url
 * @param {string | Buffer} body
 * @param {{ duration: number, rate: number } | { duration: number, connections: number }} options Seconds, and either
 *   requests a second or the number of connections.
 * @returns {Promise<{ sent: number, failures: number, latencies: Record<string, number[]> }>} the latencies by status,
 *   in milliseconds.
 */
async function attack(url, body, { duration, rate, connections }) {
  const latencies = {};
  const shared = { url, method: 'POST', body, timeout: 60 };
  const results = [];
  if (rate === undefined) {
    results.push(fire({ ...shared, connections, duration }, latencies));
  } else {
    const start = performance.now();
    let sent = 0;
    for (let i = 1; i <= (duration * 1000) / INTERVAL_MS; i++) {
      const count = Math.round((i * rate * INTERVAL_MS) / 1000) - sent;
      if (count > 0) results.push(fire({ ...shared, connections: count, amount: count }, latencies));
      sent += count;
      await sleep(Math.max(0, start + i * INTERVAL_MS - performance.now()));
    }
  }
  const ended = await Promise.all(results);
  const sum = (key) => ended.reduce((total, result) => total + result[key], 0);
  return { sent: sum('sent'), failures: sum('failures'), latencies };
}

async function fire(options, latencies) {
  const instance = autocannon(options);
  instance.on('response', (_client, status, _bytes, milliseconds) => {
    latencies[status] ??= [];
    latencies[status].push(milliseconds);
  });
  const { errors, requests } = await instance;
  return { sent: options.amount ?? requests.sent, failures: errors };
}

module.exports = { attack };
