'use strict';

// The program examples/http-server.js as a process: metrics, and the end by SIGTERM.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const { exampleFile, skip: isMissing } = require('./support/examples');
const { STUCK_AFTER_MS } = require('./support/child');

const skip = process.platform === 'win32' ? 'Windows has no SIGTERM' : isMissing;

/** Starts the program. It is killed if it outlives the test. */
async function startProgram(t, env = {}) {
  const child = spawn(process.execPath, [exampleFile('http-server.js')], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: STUCK_AFTER_MS,
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  child.stdout.setEncoding('utf8');
  const [line] = await once(child.stdout, 'data');
  return { child, ended, url: line.trim() };
}

const CREDENTIALS = JSON.stringify({ name: 'ada', password: 'correct horse' });

/** Sends a login without its last byte. @returns the request, and a promise of the response. */
async function unfinishedLogin(url) {
  const headers = { 'content-length': CREDENTIALS.length, expect: '100-continue' };
  const request = http.request(`${url}/login`, { method: 'POST', headers });
  const response = once(request, 'response');
  response.catch(() => {}); // some tests expect that it fails
  request.flushHeaders();
  await once(request, 'continue'); // the service has received the head
  request.write(CREDENTIALS.slice(0, -1));
  return { request, response };
}

/** Resolves when the service no longer accepts connections. */
async function refusesConnections(url) {
  for (;;) {
    try {
      const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
      await response.text();
    } catch (error) {
      if (error.cause.code === 'ECONNREFUSED') return; // otherwise it was accepted just before, and is closed
    }
  }
}

test('after SIGTERM, the requests that have arrived are answered, and the program ends with code 0', {
  skip,
}, async (t) => {
  const { child, ended, url } = await startProgram(t);
  const { request, response: awaited } = await unfinishedLogin(url);
  child.kill('SIGTERM');
  await refusesConnections(url);
  assert.equal(child.exitCode, null);
  request.end('}');
  const [response] = await awaited;
  assert.equal(response.statusCode, 204); // its task ran after SIGTERM
  assert.equal(response.headers.connection, 'close');
  assert.deepEqual(await ended, [0, null]);
});

test('after SIGTERM, idle connections do not delay the end', { skip }, async (t) => {
  const { child, ended, url } = await startProgram(t);
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const request = http.get(`${url}/metrics`, { agent });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('after SIGTERM, a client that sends nothing more is cut off in the end', { skip }, async (t) => {
  const { child, ended, url } = await startProgram(t, { DRAIN_TIMEOUT: '100' });
  const { response } = await unfinishedLogin(url);
  child.kill('SIGTERM');
  await assert.rejects(response, { code: 'ECONNRESET' });
  assert.deepEqual(await ended, [0, null]);
});

test('GET /metrics has the metrics of the pools, of the requests and of the process', { skip }, async (t) => {
  const { child, ended, url } = await startProgram(t);
  const login = await fetch(`${url}/login`, { method: 'POST', body: CREDENTIALS });
  assert.equal(login.status, 204);
  const response = await fetch(`${url}/metrics`);
  assert.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n');
  for (const line of [
    'http_requests_total{route="/login",status="204"} 1',
    'worker_pool_tasks_total{pool="passwords",task="default",outcome="completed"} 1',
    'worker_pool_queue_depth{pool="images"} 0',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(lines.some((line) => /^process_resident_memory_bytes \d+$/.test(line)));
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('a second SIGTERM ends the program at once', { skip }, async (t) => {
  const { child, ended, url } = await startProgram(t);
  await unfinishedLogin(url);
  child.kill('SIGTERM');
  await refusesConnections(url);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
