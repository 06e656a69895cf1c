'use strict';

// Runs the test suite on other runtimes, which are installed from the npm registry:
//   npm run test:runtimes                    all of them
//   npm run test:runtimes -- bun node@22     some of them
//
// Each test file runs in a process of its own, so a crash or a hang does not affect the others. runtime-lacks.js lists
// the files that are known to fail. They run as well: a listed file that passes is an error, like another file that
// fails.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { lackOf } = require('./runtime-lacks');

const root = path.resolve(__dirname, '..');
const tests = path.join(root, '__test__');
const installed = path.join(root, 'target/runtimes');

const node = (version) => ({
  package: `node@${version}`,
  bin: 'node',
  args: (file, report) => ['--test', '--test-reporter=junit', `--test-reporter-destination=${report}`, file],
});

const RUNTIMES = {
  'node@20': node('20.20.2'),
  'node@22': node('22.23.3'),
  'node@24': node('24.21.0'),
  'node@26': node('26.10.0'),
  bun: {
    package: 'bun@1.4.5',
    bin: 'bun',
    args: (file, report) => [
      'test',
      '--timeout=300000',
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      `./${file}`,
    ],
  },
  deno: {
    package: 'deno@2.9.6',
    bin: 'deno',
    args: (file, report) => ['test', '--allow-all', '--no-check', `--junit-path=${report}`, settled(file, report)],
  },
};

/**
 * Wraps a test file, so that the event loop is idle when the tests end. Deno's test runner frees the functions of the
 * addon and then runs some more turns of the event loop, where a timer or immediate that calls one crashes the process.
 * @returns {string} the path of a file that runs the tests and then waits.
 */
function settled(file, report) {
  const wrapper = path.join(path.dirname(report), 'settled.test.cjs');
  fs.writeFileSync(
    wrapper,
    `require(${JSON.stringify(path.join(tests, file))});
    require('node:test').test('the event loop comes to rest', () => new Promise((resolve) => setTimeout(resolve, 50)));`,
  );
  return wrapper;
}

/** Far longer than any file takes, in milliseconds. Files that are known to fail may hang, so they have less time. */
const STUCK_AFTER_MS = 600_000;
const LACKING_STUCK_AFTER_MS = 120_000;

async function main(names) {
  const chosen = names.length > 0 ? names : Object.keys(RUNTIMES);
  const unknown = chosen.find((name) => !(name in RUNTIMES));
  if (unknown !== undefined) {
    console.error(`Unknown runtime ${unknown}; available: ${Object.keys(RUNTIMES).join(', ')}`);
    process.exitCode = 1;
    return;
  }
  const files = fs.readdirSync(tests).filter((file) => file.endsWith('.test.js'));
  const rows = [];
  for (const name of chosen) rows.push(await runAll(name, files));
  console.log(`\n| runtime | version | tests passed | skipped | not passed |\n|---|---|---:|---:|---|`);
  for (const { name, version, passed, total, skipped, failures } of rows) {
    const failed = failures.map(({ file }) => file.replace('.test.js', '')).join(', ');
    console.log(`| ${name} | ${version} | ${passed} of ${total} | ${skipped} | ${failed} |`);
  }
  if (rows.some(({ surprises }) => surprises > 0)) process.exitCode = 1;
}

async function runAll(name, files) {
  const program = install(RUNTIMES[name]);
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.match(/\d+\.\d+\.\d+/)[0];
  console.log(`\n== ${name} (${version})`);
  const row = { name, version, passed: 0, total: 0, skipped: 0, failures: [], surprises: 0 };
  for (const file of files) {
    const lack = lackOf(name, file);
    const limit = lack === undefined ? STUCK_AFTER_MS : LACKING_STUCK_AFTER_MS;
    const result = await run(program, RUNTIMES[name].args, file, limit);
    row.passed += result.passed;
    row.total += result.total;
    row.skipped += result.skipped;
    if (!result.ok) row.failures.push({ file });
    if (result.ok === (lack === undefined)) continue;
    row.surprises++;
    console.log(result.ok ? `${file} passes, but is listed as failing: ${lack}` : `${file} fails: ${result.failed}`);
    console.log(result.output);
  }
  console.log(`${row.passed} of ${row.total} tests passed, ${row.skipped} skipped, in ${files.length} files`);
  return row;
}

/** Runs one file, for at most `limit` milliseconds. @returns the counts of its tests. */
async function run(program, argumentsFor, file, limit) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'runtime-'));
  try {
    const report = path.join(directory, 'report.xml');
    const { end, output } = await runAlone(program, argumentsFor(file, report), limit);
    const xml = fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : '';
    const cases = xml.split('<testcase').slice(1);
    const failed = cases.filter((text) => /<(failure|error)/.test(text)).map((text) => text.match(/name="([^"]*)"/)[1]);
    const skipped = cases.filter((text) => text.includes('<skipped')).length;
    return {
      ok: end === 'exit code 0' && failed.length === 0 && cases.length > 0,
      total: cases.length,
      passed: cases.length - failed.length - skipped,
      skipped,
      failed: [...failed, end].join('; '),
      output: output.slice(-4000),
    };
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** Runs a program in a process group of its own, and kills the whole group at the end. */
async function runAlone(program, args, limit) {
  const child = spawn(program, args, {
    cwd: tests,
    detached: true,
    // The runtime comes first on the PATH, for the processes that the tests start.
    env: { ...process.env, PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}`, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const timer = setTimeout(() => killGroup(child.pid), limit);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  killGroup(child.pid);
  return { end: signal ?? `exit code ${code}`, output };
}

function killGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of its processes have ended.
  }
}

/** Installs a runtime, if necessary. @returns {string} the path of its program. */
function install({ package: name, bin }) {
  const directory = path.join(installed, name.replace('@', '-'));
  const program = path.join(directory, 'node_modules/.bin', bin);
  if (!fs.existsSync(program)) {
    fs.mkdirSync(directory, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    const { status } = spawnSync(npm, ['install', '--prefix', directory, ...options, name], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${name} could not be installed`);
  }
  return fs.realpathSync(program);
}

main(process.argv.slice(2).filter((name) => !name.startsWith('-')));
