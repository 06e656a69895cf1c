'use strict';

// Runs programs in a process of their own: programs that end their process, or count its threads.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

/** Far longer than any program takes, in milliseconds. A child that still runs then is stuck. */
const STUCK_AFTER_MS = 120_000;

/**
 * Runs `program`, the source of a CommonJS module with `WorkerPool` in scope. With `testBuild` that is the test build,
 * and `freshGate` and `openGate` are in scope, too. The source `before` runs before the package is loaded.
 *
 * @param {string} program
 * @param {{ testBuild?: boolean, execArgv?: string[], env?: object, before?: string,
 *   onStdout?: (child, text: string) => void }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
async function runProgram(program, { testBuild = false, execArgv = [], env: added, before = '', onStdout } = {}) {
  const source = `${before}\nconst { WorkerPool, freshGate, openGate } = require(${JSON.stringify(
    testBuild ? path.join(__dirname, 'build-with-test-workers.js') : root,
  )});\n${program}`;
  // The child does not inherit the test build that this process may have loaded.
  const { NAPI_RS_NATIVE_LIBRARY_PATH: _, ...env } = process.env;
  const options = { cwd: root, env: { ...env, ...added }, timeout: STUCK_AFTER_MS };
  const child = spawn(process.execPath, [...execArgv, '-e', source], options);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text;
      if (stream === 'stdout') onStdout?.(child, output.stdout);
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...output };
}

module.exports = { runProgram, STUCK_AFTER_MS };
