'use strict';

// A service on node:http that resizes images and checks passwords. It stays responsive under any load: it refuses what
// would wait too long, and bounds the memory of uploads.
//
//     npm --prefix examples ci
//     PORT=8080 node examples/http-server.js
//     curl --data-binary @photo.jpg 'http://127.0.0.1:8080/image?width=320&height=240' > small.jpg
//     curl --json '{"name":"ada","password":"correct horse"}' http://127.0.0.1:8080/login
//     curl http://127.0.0.1:8080/metrics
//
// On SIGTERM, it answers the requests that have arrived, and ends.
//
// In a project that has installed the package, the line that names it is
//
//     const { WorkerPool } = require('native-worker-pool');

const { createServer } = require('node:http');
const { availableParallelism } = require('node:os');
const { Counter, Registry, collectDefaultMetrics } = require('prom-client');
const { WorkerPool } = require('..');
const { PoolMetrics } = require('./prometheus');

/** The largest body of a request, in bytes. */
const MAX_IMAGE = 16 * 1024 * 1024;
const MAX_LOGIN = 4 * 1024;

/** The largest size of all bodies together, in bytes. A body counts in full as soon as its head has arrived. */
const MAX_BODIES = 256 * 1024 * 1024;

/** The largest image, before and after, in pixels. A small file may contain a large image. */
const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 4096;

/** How long a task may wait and run, in milliseconds. */
const LIMITS = { queueTimeout: 5_000, timeout: 10_000 };

/** The statuses of responses by the codes of errors of a pool and its tasks. Any other error has the status 500. */
const STATUSES = new Map([
  ['ERR_BUFFER_TOO_LARGE', 413],
  ['ERR_INVALID_DATA', 422],
  ['ERR_POOL_CLOSED', 503],
  ['ERR_POOL_QUEUE_FULL', 503],
  ['ERR_POOL_QUEUE_TIMEOUT', 503],
  ['ERR_POOL_TIMEOUT', 503],
]);

/** An answer other than success. */
class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Receives bodies of requests into memory that can be moved to a task without a copy. */
class Bodies {
  #bytes = 0;

  /** Resolves with what `use` returns for the body. Until then, the body counts towards the limit. */
  async with(request, limit, use) {
    const length = Number(request.headers['content-length']);
    if (!Number.isSafeInteger(length)) throw new HttpError(411, 'Content-Length is required');
    if (length > limit) throw new HttpError(413, `The body has more than ${limit} bytes`);
    if (this.#bytes + length > MAX_BODIES) throw new HttpError(503, 'Too many uploads');
    this.#bytes += length;
    try {
      const body = WorkerPool.allocate(length);
      let at = 0;
      for await (const chunk of request) {
        body.set(chunk, at); // node:http ends the body after Content-Length bytes
        at += chunk.length;
      }
      return await use(body);
    } finally {
      this.#bytes -= length;
    }
  }
}

/** Refuses a request before its body arrives, if its task would be refused. */
function checkRoom(pool) {
  if (pool.idle.length === 0 && pool.queue.length >= pool.maxQueue) throw new HttpError(503, 'The queue is full');
}

/** The expected time until the queue is empty, in seconds, as an integer above 0. */
function retryAfter(pool) {
  const { queued, runTime, size } = pool.stats();
  return Math.max(1, Math.ceil((queued * runTime.mean) / size / 1e3));
}

/** A side of an image from the query of a URL, or undefined. */
function sideOf(query, name) {
  const text = query.get(name);
  if (text === null) return undefined;
  const side = Number(text);
  if (!(Number.isInteger(side) && side >= 1 && side <= MAX_SIDE))
    throw new HttpError(400, `${name} must be an integer from 1 to ${MAX_SIDE}`);
  return side;
}

/** The name and the password in the body of a login. */
function credentialsIn(body) {
  try {
    const { name, password } = JSON.parse(Buffer.from(body));
    if (typeof name === 'string' && typeof password === 'string') return { name, password };
  } catch {
    // Answered below.
  }
  throw new HttpError(400, 'The body must be JSON: { "name": "…", "password": "…" }');
}

/**
 * Creates the server.
 * @param {object} parts
 * @param {WorkerPool<'native:image'>} parts.images
 * @param {WorkerPool<'native:verifyPassword'>} parts.passwords A pool of its own, so that logins do not wait for images.
 * @param {(name: string) => string | undefined} parts.hashOf The stored hash of a user.
 * @param {string} parts.hashOfNobody Verified for unknown users, so that the response time does not reveal them.
 * @param {Registry} parts.register The metrics.
 */
function createService({ images, passwords, hashOf, hashOfNobody, register }) {
  const bodies = new Bodies();
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests, by route and status. A client that has gone away has the status 499',
    labelNames: ['route', 'status'],
    registers: [register],
  });

  async function resize(request, query, signal) {
    const width = sideOf(query, 'width');
    const height = sideOf(query, 'height');
    return bodies.with(request, MAX_IMAGE, async (data) => {
      const task = { data, width, height, fit: 'inside', format: 'jpeg', maxPixels: MAX_PIXELS };
      const result = await images.run(task, { signal, transfer: [data.buffer], ...LIMITS });
      return { status: 200, type: 'image/jpeg', body: result.data };
    });
  }

  async function login(request, _query, signal) {
    const { name, password } = await bodies.with(request, MAX_LOGIN, credentialsIn);
    const hash = hashOf(name);
    const isRight = await passwords.run({ password, hash: hash ?? hashOfNobody }, { signal, ...LIMITS });
    return { status: isRight && hash !== undefined ? 204 : 401 };
  }

  const showMetrics = async () => ({ status: 200, type: register.contentType, body: await register.metrics() });

  const routes = {
    '/image': { method: 'POST', pool: images, answer: resize },
    '/login': { method: 'POST', pool: passwords, answer: login },
    '/metrics': { method: 'GET', answer: showMetrics },
  };

  /** Resolves with the answer to a request. Never rejects. */
  async function answerTo(request, query, route, signal) {
    try {
      if (route === undefined) throw new HttpError(404, 'Not found');
      if (request.method !== route.method) throw new HttpError(405, `Only ${route.method} is allowed`);
      if (route.pool !== undefined) checkRoom(route.pool);
      return await route.answer(request, query, signal);
    } catch (error) {
      if (signal.aborted) return { status: 499 };
      const status = error.status ?? STATUSES.get(error.code) ?? 500;
      if (status === 500) console.error(error);
      const headers = status === 503 ? { 'retry-after': retryAfter(route.pool) } : {};
      if (status === 405) headers.allow = route.method;
      return { status, type: 'text/plain', body: status === 500 ? 'Internal error' : error.message, headers };
    }
  }

  const server = createServer(async (request, response) => {
    const controller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) controller.abort(); // the client has gone away
    });
    const [path, query] = request.url.split('?', 2);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const answer = await answerTo(request, new URLSearchParams(query), route, controller.signal);
    const { status, type, body = '', headers } = answer;
    requests.inc({ route: route === undefined ? 'other' : path, status });
    if (controller.signal.aborted) return;
    response.statusCode = status;
    if (type !== undefined) response.setHeader('content-type', type);
    for (const name in headers) response.setHeader(name, headers[name]);
    if (!server.listening) response.setHeader('connection', 'close'); // the service ends
    response.end(body); // node:http discards what remains of the body of the request
  });
  return server;
}

/**
 * On SIGTERM, the service stops listening, answers the requests that have arrived, and closes the pools. Then the
 * process ends by itself with code 0. After `timeout` milliseconds, the service no longer waits for clients and tasks.
 */
function drainOnSigterm(server, pools, timeout) {
  process.once('SIGTERM', () => {
    server.close(() => {
      for (const pool of pools) pool.close();
    });
    setTimeout(() => {
      server.closeAllConnections();
      for (const pool of pools) pool.close({ force: true });
    }, timeout).unref();
  });
}

async function main() {
  const { PORT = '8080', MAX_QUEUE = '16', DRAIN_TIMEOUT = '10000' } = process.env;
  const size = availableParallelism();
  const maxQueue = Number(MAX_QUEUE);
  const images = new WorkerPool(size, 'native:image', { maxQueue, maxQueueBytes: MAX_BODIES / 4 });
  const passwords = new WorkerPool(size, 'native:verifyPassword', { maxQueue });

  const register = new Registry();
  collectDefaultMetrics({ register });
  const metrics = new PoolMetrics(register);
  metrics.add('images', images);
  metrics.add('passwords', passwords);

  // A service keeps the hashes in a database, see passwords.js.
  const hashing = new WorkerPool(1, 'native:hashPassword');
  const hash = await hashing.run({ password: 'correct horse' });
  const hashOfNobody = await hashing.run({ password: 'no such user' });
  await hashing.close();
  const hashOf = (name) => (name === 'ada' ? hash : undefined);

  const server = createService({ images, passwords, hashOf, hashOfNobody, register });
  drainOnSigterm(server, [images, passwords], Number(DRAIN_TIMEOUT));
  server.listen(Number(PORT), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}`);
  });
}

module.exports = { createService, drainOnSigterm };

if (require.main === module) main();
