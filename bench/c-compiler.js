'use strict';

// Finds a C compiler, and compiles fib.c with it.

const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const NAMES = ['gcc', 'cc', 'clang'];

let found;

/** @returns {{ name: string, version: string } | undefined} */
function cCompiler() {
  if (found === undefined) found = NAMES.map(asked).find((compiler) => compiler !== undefined) ?? null;
  return found ?? undefined;
}

function asked(name) {
  try {
    const [version] = execFileSync(name, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).split('\n');
    return { name, version };
  } catch {
    return undefined; // not installed
  }
}

/** @returns the path of the program, which is removed when this process exits. */
function compile(level) {
  const folder = mkdtempSync(path.join(tmpdir(), 'native-worker-pool-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = path.join(folder, 'fib');
  execFileSync(cCompiler().name, [level, '-o', program, path.join(__dirname, 'fib.c')], { stdio: 'pipe' });
  return program;
}

module.exports = { cCompiler, compile };
