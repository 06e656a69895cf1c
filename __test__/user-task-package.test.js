'use strict';

// `npx native-worker-pool new`, and the package that it writes: examples/native-task under another name.

const { after, before, describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
require('./support/build-with-test-workers'); // for the programs that run here
const { addons } = require('./support/addons');
const { directoryOf } = require('./support/files');

const root = path.resolve(__dirname, '..');
const bin = path.join(root, 'bin/native-worker-pool.js');
const sdk = path.join(root, 'crates/sdk');

/** Runs the command in a folder. */
function command(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The files of a folder, with forward slashes. */
const filesIn = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll(path.sep, '/'),
    )
    .sort();

const read = (...file) => fs.readFileSync(path.join(...file), 'utf8');

test('the help and mistakes are explained', (t) => {
  const folder = directoryOf(t, { there: '', 'no-crate': '' });
  assert.match(command(folder, '--help').stdout, /^usage: native-worker-pool new NAME/);
  for (const [args, message] of [
    [[], /^usage/],
    [['old', 'a'], /^usage/],
    [['new'], /^usage/],
    [['new', 'a', 'b'], /^usage/],
    [['new', 'a', '--sdk'], /--sdk[\s\S]*usage/],
    [['new', 'a', '--no'], /--no[\s\S]*usage/],
    [['new', 'My-Task'], /My-Task is no name/],
    [['new', '../up'], /is no name/],
    [['new', 'a-'], /is no name/],
    [['new', 'there'], /there is there already/],
    [['new', 'a', '--sdk', 'no-crate'], /no-crate has no Cargo\.toml/],
  ]) {
    const { status, stdout, stderr } = command(folder, ...args);
    assert.deepEqual([status, stdout], [1, ''], args.join(' '));
    assert.match(stderr, message);
  }
  assert.deepEqual(filesIn(folder), ['no-crate', 'there']);
});

test('the package has the files of the example, with its names replaced', (t) => {
  const folder = directoryOf(t, {});
  const { status, stdout, stderr } = command(folder, 'new', 'box-blur2', '--sdk', sdk);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^Wrote box-blur2/);
  const example = filesIn(path.join(root, 'examples/native-task')).filter(
    (file) => !/\.node$|^target|Cargo\.lock$|\.npmignore$/.test(file),
  );
  const renamed = example.map((file) => file.replace('my-task', 'box-blur2'));
  const written = path.join(folder, 'box-blur2');
  assert.deepEqual(filesIn(written), ['.gitignore', ...renamed].sort());
  const all = filesIn(written)
    .map((file) => read(written, file))
    .join('');
  assert.doesNotMatch(all, /my.?task/i);
  assert.match(read(written, 'src/lib.rs'), /^export_task!\(boxBlur2, BoxBlur2\);$/m);
  assert.match(read(written, 'index.js'), /const \{ boxBlur2 \} = require\('\.\/box-blur2\.node'\)/);
  assert.match(read(written, 'build.js'), /target\.name === 'box_blur2'/);
  const relative = path.relative(written, sdk).replaceAll(path.sep, '/');
  assert.ok(read(written, 'Cargo.toml').includes(`\nnative-worker-pool-sdk = { path = "${relative}" }\n`));
});

test('without --sdk, the package uses the published crate of this version', (t) => {
  const folder = directoryOf(t, {});
  assert.equal(command(folder, 'new', 'a').status, 0);
  const { version } = require('../package.json');
  const [, used] = read(folder, 'a/Cargo.toml').match(/^native-worker-pool-sdk = "(.*)"$/m);
  assert.ok(version.startsWith(`${used}.`));
  assert.match(read(sdk, '../../Cargo.toml'), new RegExp(`^version = "${version.replaceAll('.', '\\.')}"$`, 'm'));
});

describe('the written package', () => {
  let folder;

  /** Runs a program in the package. */
  function run(program, args, variables) {
    const { NODE_TEST_CONTEXT: _, ...env } = { ...process.env, ...variables };
    const options = { cwd: folder, env, encoding: 'utf8' };
    const { error, status, stdout, stderr } = spawnSync(program, args, options);
    assert.deepEqual([error, status], [undefined, 0], stdout + stderr);
    return stdout;
  }

  before(() => {
    folder = path.join(fs.mkdtempSync(path.join(root, 'target/package-')), 'box-blur');
    const made = command(path.dirname(folder), 'new', 'box-blur', '--sdk', sdk);
    assert.equal(made.status, 0, made.stderr);
    // What `npm install` does.
    fs.mkdirSync(path.join(folder, 'node_modules'));
    fs.symlinkSync(root, path.join(folder, 'node_modules/native-worker-pool'), 'junction');
    // The versions that the example was tested with, which are there without a network.
    const lock = read(root, 'examples/native-task/Cargo.lock').replace('name = "my-task"', 'name = "box-blur"');
    fs.writeFileSync(path.join(folder, 'Cargo.lock'), lock);
  });

  after(() => fs.rmSync(path.dirname(folder), { recursive: true }));

  test('builds its addon, and its tests pass', () => {
    run(process.execPath, ['build.js'], {
      // It has the same dependencies as the example, which has been built.
      CARGO_TARGET_DIR: `${addons}-build`,
      CARGO_PROFILE_RELEASE_LTO: 'off',
      CARGO_PROFILE_RELEASE_STRIP: 'none',
      LD_PRELOAD: '', // a sanitizer of the tests, which would check cargo
    });
    assert.match(run(process.execPath, ['--test']), /# pass 4\n# fail 0\n|pass 4\n.*fail 0\n/s);
    const program = `
      const { WorkerPool } = require('native-worker-pool');
      const pool = new WorkerPool(1, require('.').boxBlur);
      pool.workerFile`;
    assert.equal(run(process.execPath, ['-p', program]), 'boxBlur\n');
  });

  test('has types that TypeScript accepts', () => {
    const program = `
      import { WorkerPool } from 'native-worker-pool';
      import { boxBlur } from './index.js';
      const bytes: Promise<Buffer> = new WorkerPool(1, boxBlur).run({ data: new Uint8Array(1), radius: 1 });
      void bytes;`;
    fs.writeFileSync(path.join(folder, 'program.mts'), program);
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      noEmit: true,
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules/@types')],
    };
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.mts'] }));
    const manifest = require.resolve('typescript/package.json');
    run(process.execPath, [path.join(path.dirname(manifest), require(manifest).bin.tsc)], { LD_PRELOAD: '' });
  });
});
