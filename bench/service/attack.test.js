'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { test } = require('node:test');
const { attack } = require('./attack');

/** Starts a server that answers every third request with 503. It counts the bodies. */
async function serverOf(t) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(bodies.length % 3 === 0 ? 503 : 200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}/`, bodies };
}

test('an attack at a rate sends every request to its end', async (t) => {
  const { url, bodies } = await serverOf(t);
  const { sent, failures, latencies } = await attack(url, 'a body', { rate: 33, duration: 2 });
  assert.equal(sent, 66);
  assert.equal(failures, 0);
  assert.deepEqual(bodies, new Array(66).fill('a body'));
  assert.deepEqual([latencies[200].length, latencies[503].length], [44, 22]);
});

test('an attack at a rate is spread over each second', async (t) => {
  const { url, bodies } = await serverOf(t);
  const done = attack(url, 'a body', { rate: 40, duration: 1 });
  while (bodies.length === 0) await new Promise(setImmediate);
  assert.ok(bodies.length < 40, `${bodies.length} at once`);
  await done;
  assert.equal(bodies.length, 40);
});

test('an attack at a rate does not wait for answers', async (t) => {
  let waiting = [];
  const server = createServer((_request, response) => {
    waiting.push(response);
    if (waiting.length < 20) return;
    for (const each of waiting) each.end(); // all requests have arrived, and none has an answer
    waiting = [];
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { sent, failures, latencies } = await attack(url, '', { rate: 10, duration: 2 });
  assert.deepEqual([sent, failures, latencies[200].length], [20, 0, 20]);
});

test('an attack without a rate uses each connection again and again', async (t) => {
  const { url, bodies } = await serverOf(t);
  const { failures, latencies } = await attack(url, 'a body', { connections: 2, duration: 1 });
  assert.equal(failures, 0);
  const answered = latencies[200].length + latencies[503].length;
  assert.ok(answered > 2 && bodies.length >= answered && bodies.length <= answered + 2, `${answered} ${bodies.length}`);
});
