'use strict';

// Other programs that keep cores busy.

const { spawn } = require('node:child_process');
const { once } = require('node:events');

/** Announces that it runs, then computes until its parent has gone. */
const PROGRAM = `
  process.stdin.resume().on('end', () => process.exit());
  console.log();
  const work = () => { for (const end = Date.now() + 100; Date.now() < end;); setImmediate(work); };
  work();
`;

/**
 * Starts programs that never wait. They end with this process.
 * @param {number} count
 */
async function startPrograms(count) {
  const programs = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(programs.map(({ stdout }) => once(stdout, 'data')));
}

module.exports = { startPrograms };
