'use strict';

// `/health` and `/metrics` of a server.

const { once } = require('node:events');
const http = require('node:http');

/**
 * @param {{ port: number, host: string }} address
 * @param {{ health(): { ok: boolean }, metrics(): string }} source
 * @returns {Promise<http.Server>} rejects if the port cannot be used.
 */
async function listen({ port, host }, { health, metrics }) {
  const server = http.createServer((request, response) => {
    const send = (/** @type {number} */ status, /** @type {string} */ type, /** @type {string} */ body) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain', 'method not allowed\n');
    const path = request.url?.split('?')[0];
    if (path === '/metrics') return send(200, 'text/plain; version=0.0.4; charset=utf-8', metrics());
    if (path !== '/health') return send(404, 'text/plain', 'not found\n');
    const state = health();
    return send(state.ok ? 200 : 503, 'application/json', `${JSON.stringify(state)}\n`);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

module.exports = { listen };
