'use strict';

// The service examples/http-server.js, by real requests. The program itself runs in http-server-process.test.js.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const { WorkerPool } = require('./support/build-with-test-workers');
const { requireThere, skip } = require('./support/examples');
const { directoryOf, fileOf } = require('./support/files');
const { pngChunk, pngHeader, SIGNATURE } = require('./support/image-files');
const { photo } = require('./support/photos');
const { until } = require('./support/until');

/** A hash whose verification takes years, unless it is aborted. */
const ENDLESS = `$argon2id$v=19$m=8,t=4294967295,p=1$${'c2FsdHNhbHQ'}$${'A'.repeat(43)}`;
/** The hash of 'U*U', from a reference implementation of bcrypt. */
const QUICK = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
const HASHES = { ada: QUICK, slow: ENDLESS };

const MIB = 1024 * 1024;

/** Starts a service, which ends with the test. Its default pools have one thread and room for one waiting task each. */
async function serviceOf(t, { images, passwords } = {}) {
  const { Registry } = requireThere('prom-client');
  const { createService } = requireThere('./http-server');
  const pools = {
    images: images ?? new WorkerPool(1, 'native:image', { maxQueue: 1 }),
    passwords: passwords ?? new WorkerPool(1, 'native:verifyPassword', { maxQueue: 1 }),
  };
  const register = new Registry();
  const hashOf = (name) => HASHES[name];
  const server = createService({ ...pools, hashOf, hashOfNobody: QUICK, register });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await Promise.all(Object.values(pools).map((pool) => pool.close({ force: true })));
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return { ...pools, server, register, url };
}

const login = (url, name, password, options) =>
  fetch(`${url}/login`, { method: 'POST', body: JSON.stringify({ name, password }), ...options });

const upload = (url, body, query = '') => fetch(`${url}/image${query}`, { method: 'POST', body });

/** Sends the head of a request with a body of `length` bytes, and `sent` of them. */
async function halfRequest(url, path, length, sent = '') {
  const request = http.request(`${url}${path}`, { method: 'POST', headers: { 'content-length': length } });
  request.on('error', () => {}); // the test destroys the request
  request.flushHeaders();
  request.write(sent);
  await once(request, 'socket');
  return request;
}

/** Resolves when the service has received `count` more requests. */
function received(server, count) {
  return new Promise((resolve) => {
    let left = count;
    server.on('request', () => --left === 0 && resolve());
  });
}

/** The counts of requests, by route and status. */
async function countsOf({ register }) {
  const { values } = await register.getSingleMetric('http_requests_total').get();
  return Object.fromEntries(values.map(({ labels, value }) => [`${labels.route} ${labels.status}`, value]));
}

async function photoOf(width, height) {
  const pool = new WorkerPool(1, 'native:image');
  const raw = { width, height, channels: 3 };
  const { data } = await pool.run({ data: photo(width, height), raw, format: 'png' });
  await pool.close();
  return data;
}

test('an uploaded image is resized', { skip }, async (t) => {
  const { url } = await serviceOf(t);
  const response = await upload(url, await photoOf(200, 100), '?width=50');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'image/jpeg');
  const info = new WorkerPool(1, 'native:imageInfo');
  const { format, width, height } = await info.run({ data: await response.arrayBuffer() });
  assert.deepEqual({ format, width, height }, { format: 'jpeg', width: 50, height: 25 });
  await info.close();
});

test('a body that is no image, and an image that is too large, are refused', { skip }, async (t) => {
  const { url, images } = await serviceOf(t);
  const text = await upload(url, 'text');
  assert.equal(text.status, 422);
  assert.match(await text.text(), /^The data is not a JPEG, PNG, WebP or GIF image/);
  // The header of a PNG of 60,000 x 60,000 pixels.
  const bomb = Buffer.concat([SIGNATURE, pngHeader(60_000, 60_000, 8, 2), pngChunk('IEND', Buffer.alloc(0))]);
  assert.equal((await upload(url, bomb)).status, 413);
  for (const query of ['?width=0', '?width=1.5', '?height=many', '?height=100000', '?width=']) {
    const response = await upload(url, 'unread', query);
    assert.deepEqual([response.status, query, images.stats().submitted], [400, query, 2]);
  }
});

test('a login is checked, also for an unknown user', { skip }, async (t) => {
  const { url, passwords } = await serviceOf(t);
  assert.equal((await login(url, 'ada', 'U*U')).status, 204);
  assert.equal((await login(url, 'ada', 'wrong')).status, 401);
  assert.equal((await login(url, 'nobody', 'U*U')).status, 401);
  assert.equal(passwords.stats().completed, 3);
  for (const body of ['', '{', '{}', 'null', '{"name":"ada"}', '{"name":1,"password":"x"}']) {
    assert.equal((await fetch(`${url}/login`, { method: 'POST', body })).status, 400, body);
  }
});

test('other paths and methods are refused, and none ends the service', { skip }, async (t) => {
  const service = await serviceOf(t);
  const port = Number(new URL(service.url).port);
  for (const [method, path, status] of [
    ['GET', '/', 404],
    ['GET', '//', 404],
    ['GET', '/?/image', 404],
    ['GET', '/constructor', 404],
    ['GET', '/image', 405],
    ['PUT', '/login', 405],
    ['POST', '/metrics', 405],
    ['OPTIONS', '*', 404],
  ]) {
    const request = http.request({ port, host: '127.0.0.1', method, path });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    assert.deepEqual([method, path, response.statusCode], [method, path, status]);
    if (status === 405) assert.ok(response.headers.allow);
  }
});

test('a full queue answers 503 with Retry-After, before it receives the body', { skip }, async (t) => {
  const service = await serviceOf(t);
  const { url, passwords } = service;
  const controllers = [new AbortController(), new AbortController()];
  const slow = controllers.map(({ signal }) => login(url, 'slow', 'x', { signal }).catch(({ name }) => name));
  await until(() => passwords.stats().running === 1 && passwords.queue.length === 1);

  const response = await login(url, 'ada', 'U*U');
  assert.equal(response.status, 503);
  assert.match(response.headers.get('retry-after'), /^[1-9]\d*$/);
  const unsent = await halfRequest(url, '/login', 1000);
  const [early] = await once(unsent, 'response');
  assert.equal(early.statusCode, 503);
  unsent.destroy();
  assert.equal(passwords.stats().submitted, 2);

  for (const controller of controllers) controller.abort();
  assert.deepEqual(await Promise.all(slow), ['AbortError', 'AbortError']);
  await until(() => passwords.idle.length === 1);
  assert.equal((await login(url, 'ada', 'U*U')).status, 204); // there is room again
  assert.deepEqual(await countsOf(service), { '/login 503': 2, '/login 499': 2, '/login 204': 1 });
});

test('uploads whose bytes would not fit into the queue are refused', {
  skip: process.platform === 'win32' ? 'Windows has no such pipes' : skip,
}, async (t) => {
  const images = new WorkerPool(1, 'native:image', { maxQueueBytes: 1000 });
  const { url } = await serviceOf(t, { images });
  const pipe = path.join(directoryOf(t, {}), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const busy = new AbortController();
  const reading = images.run({ file: pipe }, { signal: busy.signal }).catch(({ code }) => code);
  const first = upload(url, 'x'.repeat(900));
  await until(() => images.queue.length === 1);
  const second = await upload(url, 'x'.repeat(900));
  assert.equal(second.status, 503);
  assert.match(second.headers.get('retry-after'), /^[1-9]\d*$/);
  busy.abort();
  assert.equal(await reading, 'ABORT_ERR');
  assert.equal((await first).status, 422); // its task has run
});

test('requests that wait too long are refused', { skip }, async (t) => {
  const passwords = new WorkerPool(1, 'native:verifyPassword', { maxQueue: 4 });
  const { run } = passwords;
  // The service passes limits of seconds; these end sooner.
  passwords.run = (data, options) => run.call(passwords, data, { ...options, queueTimeout: 5, timeout: 50 });
  const { url } = await serviceOf(t, { passwords });
  const responses = await Promise.all([login(url, 'slow', 'x'), login(url, 'slow', 'x')]);
  for (const response of responses) {
    assert.equal(response.status, 503);
    assert.ok(response.headers.get('retry-after'));
  }
  assert.equal(passwords.stats().timedOut, 2);
});

test('the task of a client that hangs up is aborted, whether it runs or waits', { skip }, async (t) => {
  const service = await serviceOf(t);
  const { url, passwords } = service;
  const running = new AbortController();
  const waiting = new AbortController();
  const first = login(url, 'slow', 'x', { signal: running.signal }).catch(({ name }) => name);
  await until(() => passwords.stats().running === 1);
  const second = login(url, 'slow', 'x', { signal: waiting.signal }).catch(({ name }) => name);
  await until(() => passwords.queue.length === 1);

  waiting.abort();
  await until(() => passwords.queue.length === 0);
  assert.equal(passwords.stats().running, 1);
  running.abort();
  await until(() => passwords.idle.length === 1);
  assert.equal(passwords.stats().aborted, 2);
  assert.deepEqual(await Promise.all([first, second]), ['AbortError', 'AbortError']);
  assert.deepEqual(await countsOf(service), { '/login 499': 2 });
});

test('the resizing of an image for a client that hangs up is aborted', { skip }, async (t) => {
  const images = new WorkerPool(1, fileOf(t, 'module.exports = () => new Promise(() => {});'));
  const { url } = await serviceOf(t, { images });
  const request = await halfRequest(url, '/image?width=10', 4, 'data');
  await until(() => images.stats().running === 1);
  request.destroy();
  await until(() => images.stats().aborted === 1);
});

test('no task is submitted for a client that hangs up during its upload', { skip }, async (t) => {
  const service = await serviceOf(t);
  const { server, url, images } = service;
  const arrived = received(server, 1);
  const request = await halfRequest(url, '/image', MIB, 'the beginning');
  await arrived;
  request.destroy();
  await until(async () => (await countsOf(service))['/image 499'] === 1);
  assert.equal(images.stats().submitted, 0);
});

test('the size of a body is limited, and must be declared', { skip }, async (t) => {
  const { url, images, passwords } = await serviceOf(t);
  for (const [path, limit] of [
    ['/image', 16 * MIB],
    ['/login', 4096],
  ]) {
    const request = await halfRequest(url, path, limit + 1);
    const [response] = await once(request, 'response');
    assert.equal(response.statusCode, 413, path);
    request.destroy();
    const body = ReadableStream.from([Buffer.from('of unknown size')]);
    const chunked = await fetch(`${url}${path}`, { method: 'POST', body, duplex: 'half' });
    assert.equal(chunked.status, 411, path);
  }
  assert.deepEqual([images.stats().submitted, passwords.stats().submitted], [0, 0]);
});

test('the memory of all uploads together is limited', { skip }, async (t) => {
  const { server, url } = await serviceOf(t);
  const arrived = received(server, 16);
  const uploads = await Promise.all(Array.from({ length: 16 }, () => halfRequest(url, '/image', 16 * MIB)));
  await arrived; // their bodies are announced with 256 MiB
  const refused = await upload(url, 'x');
  assert.equal(refused.status, 503);
  assert.equal(await refused.text(), 'Too many uploads');
  assert.ok(refused.headers.get('retry-after'));
  uploads[0].destroy();
  let response;
  do response = await upload(url, 'x');
  while (response.status === 503);
  assert.equal(response.status, 422); // the body was received: it is not an image
  for (const request of uploads) request.destroy();
});

test('a fault of the service is answered without its message, and logged', { skip }, async (t) => {
  const images = new WorkerPool(1, fileOf(t, "module.exports = () => { throw new Error('a secret'); };"));
  const { url } = await serviceOf(t, { images });
  const logged = t.mock.method(console, 'error', () => {});
  const response = await upload(url, 'x');
  assert.equal(response.status, 500);
  assert.equal(await response.text(), 'Internal error');
  assert.equal(logged.mock.calls[0].arguments[0].message, 'a secret');
});

test('every request is answered once at a multiple of the capacity', { skip }, async (t) => {
  const service = await serviceOf(t);
  const { url, passwords } = service;
  const responses = await Promise.all(Array.from({ length: 200 }, () => login(url, 'ada', 'U*U')));
  const count = (status) => responses.filter((response) => response.status === status).length;
  assert.equal(count(204) + count(503), 200);
  assert.ok(count(204) > 0);
  const counts = await countsOf(service);
  assert.deepEqual([counts['/login 204'], counts['/login 503'] ?? 0], [count(204), count(503)]);
  const { submitted, completed } = passwords.stats();
  assert.deepEqual([submitted, completed], [count(204), count(204)]);
});
