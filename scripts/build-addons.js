'use strict';

// Builds the addons of users that the tests load, into the folder OUT: target/addons by default. They are separate
// packages, as those of users are: two in Rust, the example, and two in C. Options of cargo follow OUT:
//
//     node scripts/build-addons.js target/asan/addons --target x86_64-unknown-linux-gnu

const { execFileSync } = require('node:child_process');
const { copyFileSync, mkdirSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');

/** Crates by the names of their addons. */
const CRATES = {
  'test-tasks': '__test__/addons/rust',
  'test-napi-rs': '__test__/addons/napi-rs',
  'my-task': 'examples/native-task',
};

/** Sources in C by the names of their addons. Microsoft's compiler needs an import library of Node.js, so not there. */
const SOURCES =
  process.platform === 'win32' ? {} : { sum: 'examples/native-task-c/sum.c', hostile: '__test__/addons/c/hostile.c' };

const [out = 'target/addons', ...options] = process.argv.slice(2);
const folder = path.resolve(root, out);

function buildCrate(name, crate) {
  const args = ['build', '--release', '--locked', '--message-format=json-render-diagnostics', ...options];
  const output = execFileSync('cargo', args, {
    cwd: path.join(root, crate),
    // Without the linker's optimizations, which take longer than the tests; and one folder for all.
    env: { ...process.env, CARGO_TARGET_DIR: `${folder}-build`, CARGO_PROFILE_RELEASE_LTO: 'off' },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const messages = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const target = name.replaceAll('-', '_');
  const made = messages.find((message) => message.reason === 'compiler-artifact' && message.target.name === target);
  copyFileSync(
    made.filenames.find((file) => /\.(so|dylib|dll)$/.test(file)),
    path.join(folder, `${name}.node`),
  );
}

function buildSource(name, source) {
  const flags = [
    '-shared',
    '-fPIC',
    '-std=c99',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-O1',
    '-I',
    path.join(root, 'crates/sdk/include'),
  ];
  if (process.platform === 'darwin') flags.push('-undefined', 'dynamic_lookup');
  const own = process.env.ADDON_CFLAGS?.split(' ') ?? [];
  const files = [path.join(root, source), '-o', path.join(folder, `${name}.node`)];
  execFileSync(process.env.CC ?? 'cc', [...flags, ...own, ...files], { stdio: 'inherit' });
}

mkdirSync(folder, { recursive: true });
for (const [name, crate] of Object.entries(CRATES)) buildCrate(name, crate);
for (const [name, source] of Object.entries(SOURCES)) buildSource(name, source);
