'use strict';

// Requests at a constant rate, or one after the other on each connection, by autocannon.

const autocannon = require('autocannon');
const { setTimeout: sleep } = require('node:timers/promises');

/** At a constant rate, the requests of each such interval are sent at once, in milliseconds. */
const INTERVAL_MS = 50;

/**
 * Posts a body again and again. Every request is sent to its end, and its answer awaited.
 *
 * At a rate, each request has a connection of its own, as those of different clients have, and is sent on time, however
 * long earlier ones take. (autocannon's own rate waits for the answers, and sends all requests of a second at its
 * beginning.)
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
