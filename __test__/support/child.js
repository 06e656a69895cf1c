'use strict';

// Programs that run in a process of their own: those that end it, or count what is left in it.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

/** Far beyond what any of them takes; a child that is still there then is stuck. */
const STUCK_AFTER_MS = 120_000;

/**
 * Runs `program`, the source of a CommonJS module in which `WorkerPool` is the package's (from the
 * test build, with `freshGate` and `openGate`, if `testBuild` is set). `before` runs before the package is loaded.
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
  // The test build that this process may have loaded is not for the child.
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
