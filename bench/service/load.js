'use strict';

// Measures a service at twice its capacity, by autocannon: whether the latency of accepted requests stays bounded,
// whether every request has one answer, and whether the memory stays flat.
//
//     npm --prefix examples ci && npm --prefix bench ci
//     node bench/service/load.js [--seconds 60] [--service native,peers]
//
// The service runs in a process of its own, but on the cores that autocannon uses as well.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { parseArgs } = require('node:util');
const { photo } = require('../photos');
const { median, percentile } = require('../statistics');
const { attack } = require('./attack');
const { USER } = require('./start');

const SERVICES = ['native', 'peers'];

/** Connections to each route while its capacity is measured: fewer than may wait in a queue, so none is refused. */
const CONNECTIONS = { '/image': 8, '/login': 4 };
const WARM_UP_S = 5;
const CAPACITY_S = 15;
const OVERLOAD = 2;
const SAMPLE_MS = 1000;

/** The body of the requests of each route, by its path. */
async function requestsOf() {
  const sharp = require('sharp');
  const raw = { width: 1600, height: 1200, channels: 3 };
  const body = await sharp(await photo(raw.width, raw.height), { raw })
    .jpeg()
    .toBuffer();
  return {
    '/image': { path: '/image?width=320', body },
    '/login': { path: '/login', body: JSON.stringify(USER) },
  };
}

/** Starts a service. @returns its address, and a function that ends it. */
async function startService(name) {
  const program = path.join(__dirname, `${name}.js`);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdout.setEncoding('utf8');
  const [line] = await once(child.stdout, 'data');
  const end = async () => {
    child.kill('SIGTERM');
    const [code] = await ended;
    if (code !== 0) throw new Error(`The service ended with code ${code}`);
  };
  return { url: line.trim(), end };
}

/** Reads the metrics of a service: the memory in MB, and the answers by route and status. */
async function scrape(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, bytes] = text.match(/^process_resident_memory_bytes (\d+)$/m);
  const answers = {};
  for (const [, route, status, count] of text.matchAll(/^http_requests_total\{route="(.*)",status="(\d+)"\} (\d+)$/gm))
    answers[`${route} ${status}`] = Number(count);
  return { memory: Number(bytes) / 1e6, answers };
}

/** Collects the memory of a service until it is stopped. */
function sampleMemory(url) {
  const samples = [];
  let isStopped = false;
  const done = (async () => {
    while (!isStopped) {
      samples.push((await scrape(url)).memory);
      await sleep(SAMPLE_MS);
    }
    return samples;
  })();
  return () => {
    isStopped = true;
    return done;
  };
}

/** Attacks all routes at once. @returns the results by route. */
async function attackAll(url, requests, optionsOf) {
  const routes = Object.keys(requests);
  const results = await Promise.all(
    routes.map((route) => attack(`${url}${requests[route].path}`, requests[route].body, optionsOf(route))),
  );
  return Object.fromEntries(routes.map((route, i) => [route, results[i]]));
}

/** The latencies of the requests that were accepted. */
const acceptedOf = ({ latencies }) =>
  Object.keys(latencies).flatMap((key) => (key.startsWith('2') ? latencies[key] : []));

/** Compares the answers that the clients have received with those that the service has counted. */
function checkAnswers(results, before, after) {
  for (const [route, { sent, latencies, failures }] of Object.entries(results)) {
    let received = 0;
    for (const [status, times] of Object.entries(latencies)) {
      received += times.length;
      const counted = after[`${route} ${status}`] - (before[`${route} ${status}`] ?? 0);
      if (counted !== times.length) throw new Error(`${route} ${status}: ${times.length} received, ${counted} counted`);
    }
    if (received !== sent || failures > 0)
      throw new Error(`${route}: ${sent} sent, ${received} received, ${failures} failures`);
  }
}

async function measure(name, seconds, requests) {
  const { url, end } = await startService(name);
  const closedLoop = (duration) => (route) => ({ connections: CONNECTIONS[route], duration });
  await attackAll(url, requests, closedLoop(WARM_UP_S));
  const capacity = await attackAll(url, requests, closedLoop(CAPACITY_S));

  const before = await scrape(url);
  const stop = sampleMemory(url);
  const rateOf = (route) => Math.round((OVERLOAD * acceptedOf(capacity[route]).length) / CAPACITY_S);
  const results = await attackAll(url, requests, (route) => ({ rate: rateOf(route), duration: seconds }));
  const memory = await stop();
  const after = await scrape(url);
  checkAnswers(results, before.answers, after.answers);
  await end();

  for (const [route, result] of Object.entries(results)) {
    const accepted = acceptedOf(result);
    const statuses = Object.entries(result.latencies).map(([status, times]) => `${times.length} x ${status}`);
    const quarter = (i) => accepted.slice((i * accepted.length) / 4, ((i + 1) * accepted.length) / 4);
    const p99 = (times) => Math.round(percentile(times, 99));
    console.log(
      `${name} ${route}: capacity ${Math.round(rateOf(route) / OVERLOAD)}/s, sent ${result.sent} at ${rateOf(route)}/s, ` +
        `answers ${statuses.join(', ')}; accepted ${Math.round(accepted.length / seconds)}/s, ` +
        `p50 ${Math.round(median(accepted))} ms, p99 ${p99(accepted)} ms, max ${Math.round(percentile(accepted, 100))} ms, ` +
        `p99 by quarters of the time ${[0, 1, 2, 3].map((i) => p99(quarter(i))).join(', ')} ms`,
    );
  }
  const part = (from, to) => Math.round(median(memory.slice(from * memory.length, to * memory.length)));
  console.log(
    `${name} memory: ${part(0.1, 0.25)} MB in the first quarter, ${part(0.25, 0.5)}, ${part(0.5, 0.75)}, ` +
      `${part(0.75, 1)} MB in the last, at most ${Math.round(Math.max(...memory))} MB`,
  );
}

async function main() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, service: { type: 'string', default: SERVICES.join(',') } },
  });
  const requests = await requestsOf();
  console.log(`Each upload has ${requests['/image'].body.length} bytes.`);
  for (const name of values.service.split(',')) {
    if (!SERVICES.includes(name)) throw new Error(`--service: there is no '${name}'; there are ${SERVICES.join(', ')}`);
    await measure(name, Number(values.seconds), requests);
  }
}

main();
