'use strict';

// native-worker-pool-serve from its arguments to its exit code.

const { version } = require('../../package.json');
const { readArguments, USAGE, UsageError } = require('./arguments');
const { errorFields, log } = require('./log');
const { Server } = require('./server');

/** @param {string[]} args */
async function main(args) {
  let server;
  try {
    const options = readArguments(args, process.env);
    if (options.help) return console.log(USAGE);
    if (options.version) return console.log(version);
    server = await Server.start(options);
    const { queue, worker, size, concurrency } = options;
    log('info', 'started', { version, pid: process.pid, queue, worker, size, concurrency, port: server.port });
  } catch (error) {
    const isMistake = error instanceof UsageError;
    console.error(
      `native-worker-pool-serve: ${/** @type {Error} */ (error).message}${isMistake ? '\n--help lists all options' : ''}`,
    );
    process.exit(2);
  }
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (isStopping) {
        log('warn', 'forced', { signal });
        process.exit(1);
      }
      isStopping = true;
      log('info', 'draining', { signal });
      stop(server);
    });
  }
}

/** @param {Server} server */
async function stop(server) {
  try {
    await server.stop();
  } catch (error) {
    log('error', 'stop', errorFields(error));
    process.exit(1);
  }
  log('info', 'stopped');
  process.exit(0);
}

module.exports = { main };
