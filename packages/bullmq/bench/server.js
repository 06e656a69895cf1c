'use strict';

// A server of compare.js: `server.js KIND PORT QUEUE`.

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { Worker } = require('bullmq');
const { WorkerPool } = require('native-worker-pool');
const { processor } = require('..');

const [kind, port, queue] = process.argv.slice(2);
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

async function main() {
  const connection = { host: '127.0.0.1', port: Number(port) };
  const pool = kind === 'by-hand' || kind === 'remote-pool' ? new WorkerPool(2, 'native') : undefined;
  const processors = {
    inline: async (job) => ({ n: job.data, result: fib(job.data) }),
    'by-hand': (job) => pool.run(job.data, { name: 'fib' }),
  };
  if (kind === 'remote-pool') processors['remote-pool'] = processor(pool);
  const sandbox = kind.startsWith('sandbox');
  const worker = new Worker(queue, sandbox ? path.join(__dirname, 'sandboxed.js') : processors[kind], {
    connection,
    concurrency: 8,
    useWorkerThreads: kind === 'sandbox-threads',
  });
  await worker.waitUntilReady();
  process.on('disconnect', () => process.exit());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ rss: memory(), cpu: user + system });
  });
  process.send('ready');
}

/** The resident memory of this process and its children, in bytes. */
function memory() {
  const lines = execFileSync('ps', ['-o', 'rss=', '--pid', String(process.pid), '--ppid', String(process.pid)], {
    encoding: 'utf8',
  });
  return lines
    .trim()
    .split(/\s+/)
    .reduce((sum, kib) => sum + Number(kib) * 1024, 0);
}

main();
