'use strict';

// Processes for the tests: servers and producers.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { createInterface } = require('node:readline');

const serve = path.join(__dirname, '../../bin/native-worker-pool-serve.js');

/** A program that prints lines of JSON. */
class Program {
  #child;
  lines = [];
  stderr = '';
  #changed = () => {};
  /** Resolves with the exit code and the signal. */
  exited;

  /**
   * @param {import('node:test').TestContext} t Kills it at the end.
   * @param {string} script
   * @param {string[]} args
   */
  constructor(t, script, args, env = {}) {
    this.#child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.exited = once(this.#child, 'exit');
    this.#child.stderr.on('data', (text) => {
      this.stderr += text;
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(line.startsWith('{') ? JSON.parse(line) : line);
      this.#changed();
    });
    this.#child.on('exit', () => this.#changed());
    t.after(async () => {
      this.#child.kill('SIGKILL');
      await this.exited;
    });
  }

  get pid() {
    return this.#child.pid;
  }

  kill(signal) {
    this.#child.kill(signal);
  }

  /** Resolves with the first line that meets `condition`. */
  async line(condition) {
    for (;;) {
      const found = this.lines.find(condition);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`the program has ended\n${this.stderr}`);
      await new Promise((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  event(name) {
    return this.line((line) => line.event === name);
  }
}

/** A server that is connected to Redis. */
async function startServer(t, redis, queue, ...args) {
  const server = new Program(t, serve, ['--queue', queue, '--redis', `redis://127.0.0.1:${redis.port}`, ...args]);
  await server.event('started');
  await server.event('connected');
  return server;
}

module.exports = { Program, serve, startServer };
