'use strict';

// The package as its users get it: packed, installed into an empty project on a machine without Rust (and here also
// without a network), and used from there.

const { after, before, describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { execSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { noC } = require('./support/addons');
const { scale } = require('./support/scale');
const { environmentWithoutRust } = require('./support/without-rust.js');

const root = path.resolve(__dirname, '..');
const manifest = require('../package.json');

describe('the packed package', () => {
  let directory; // everything that these tests write
  let project; // the user's
  let installed; // the package within it
  let env;

  /** Runs `command` in the project, and returns what it printed. */
  function run(...command) {
    const { error, status, signal, stdout, stderr } = spawnSync(command[0], command.slice(1), {
      cwd: project,
      env,
      encoding: 'utf8',
    });
    assert.deepEqual({ error, status, signal }, { error: undefined, status: 0, signal: null }, stdout + stderr);
    return stdout;
  }

  /** Runs a command line: npm is a batch file on Windows. */
  const runLine = (line) => execSync(line, { cwd: project, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  function write(name, text) {
    const file = path.join(project, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  before(() => {
    // What is resolved from real paths must not be found through a link of the temporary folder.
    directory = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), 'native-worker-pool-package-'));
    project = path.join(directory, 'project');
    installed = path.join(project, 'node_modules', manifest.name);
    env = environmentWithoutRust(directory);
    write('package.json', '{}');

    const tarballs = path.join(directory, 'tarballs');
    run(process.execPath, path.join(root, 'scripts/pack.js'), tarballs);
    const files = fs.readdirSync(tarballs).map((name) => `"${path.join(tarballs, name)}"`);
    assert.equal(files.length, 2, 'the main package and that of this platform');
    runLine(`npm install --offline --cache "${path.join(directory, 'cache')}" ${files.join(' ')}`);
  });

  after(() => fs.rmSync(directory, { recursive: true }));

  test('installs without Rust', () => {
    for (const command of ['cargo', 'rustc']) {
      assert.equal(spawnSync(command, ['--version'], { env }).error?.code, 'ENOENT', command);
    }
  });

  test('contains what it needs and nothing else', () => {
    const files = filesIn(installed);
    const folders = ['bin', 'lib', 'docs', 'crates/sdk/include', 'examples', 'bench/results'];
    const single = manifest.files.filter((name) => !folders.includes(name));
    const inFolders = folders.flatMap((folder) => filesIn(root, folder));
    // What a build of the example makes there.
    const packed = inFolders.filter((file) => !/\/target\/|\/node_modules\/|\.node$|\.npmignore$/.test(file));
    const expected = ['package.json', ...single, ...packed];
    assert.deepEqual(files, expected.sort());
    for (const file of files)
      assert.match(
        file,
        /\.(js|d\.ts|md|json|svg|h)$|^(crates\/sdk\/)?LICENSE$|^examples\/native-task.*\.(rs|toml|lock|c)$/,
      );
  });

  test('has the C header beside the example in C', { skip: noC }, () => {
    const source = path.join(installed, 'examples/native-task-c/sum.c');
    const header = path.join(installed, 'crates/sdk/include');
    execSync(`cc -fsyntax-only -I "${header}" "${source}"`, { stdio: 'pipe' });
  });

  test('includes a package for this platform, with the licences of the linked code', () => {
    const [platform] = fs.readdirSync(path.dirname(installed)).filter((name) => name.startsWith(`${manifest.name}-`));
    const folder = path.join(path.dirname(installed), platform);
    const { main } = require(path.join(folder, 'package.json'));
    const files = ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', main, 'package.json'];
    assert.deepEqual(filesIn(folder).sort(), files.sort());
    assert.match(fs.readFileSync(path.join(folder, 'THIRD-PARTY-LICENSES'), 'utf8'), /^napi \d+\.\d+\.\d+ \(MIT\)$/m);
  });

  test('has the same files when packed in a checkout, and runs no script when installed from it', () => {
    const output = execSync('npm pack --dry-run --json --ignore-scripts', {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ files }] = Object.values(JSON.parse(output));
    assert.deepEqual(files.map((file) => file.path).sort(), filesIn(installed));
    for (const name of ['preinstall', 'install', 'postinstall']) assert.ok(!(name in manifest.scripts), name);
  });

  test('depends only on the platform packages, and runs no script when installed', () => {
    const packed = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
    assert.deepEqual(
      { scripts: packed.scripts, dependencies: packed.dependencies, devDependencies: packed.devDependencies },
      { scripts: undefined, dependencies: undefined, devDependencies: undefined },
    );
    const [, platform] = fs.readdirSync(path.join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.ok(platform.startsWith(`${manifest.name}-`), platform);
    assert.deepEqual(packed.optionalDependencies, { [platform]: manifest.version });
  });

  test('installs from the lock file of a project', () => {
    runLine(`npm ci --offline --cache "${path.join(directory, 'cache')}"`);
  });

  test('throws a clear error if the platform package is missing', () => {
    const platform = fs
      .readdirSync(path.join(project, 'node_modules'))
      .find((name) => /^native-worker-pool-/.test(name));
    const hidden = path.join(directory, 'hidden');
    fs.renameSync(path.join(project, 'node_modules', platform), hidden);
    const file = write(
      'missing.cjs',
      "try { require('native-worker-pool'); } catch ({ message }) { console.log(message); }",
    );
    assert.match(run(process.execPath, file), /has no addon for .* is the package of this platform installed/);
    fs.renameSync(hidden, path.join(project, 'node_modules', platform));
  });

  test('can be required from CommonJS', () => {
    const file = write('require.cjs', `const { WorkerPool } = require('native-worker-pool');${USE}`);
    assert.equal(run(process.execPath, file), '55');
  });

  test('can be imported from an ES module, by name', () => {
    const file = write('import.mjs', `import { WorkerPool } from 'native-worker-pool';${USE}`);
    assert.equal(run(process.execPath, file), '55');
  });

  test('provides worker.js for the constructor call of the README', () => {
    const file = write(
      'worker-file.cjs',
      `const { WorkerPool: Pool } = require('native-worker-pool');
       const worker = require.resolve('native-worker-pool/worker.js');
       const WorkerPool = function (size) { return new Pool(size, worker); };${USE}`,
    );
    assert.equal(run(process.execPath, file), '55');
  });

  for (const [module, type] of [
    ['nodenext', 'module'],
    ['nodenext', 'commonjs'],
    ['commonjs', 'commonjs'],
  ]) {
    test(`type-checks in strict TypeScript: module ${module}, package type ${type}`, () => {
      const folder = `typescript-${module}-${type}`;
      write(`${folder}/package.json`, JSON.stringify({ type }));
      write(
        `${folder}/tsconfig.json`,
        JSON.stringify({
          compilerOptions: {
            strict: true,
            module,
            target: 'es2022',
            types: ['node'],
            typeRoots: [path.join(root, 'node_modules/@types')],
            skipLibCheck: scale(false, true), // of all declarations it takes most of the time
          },
        }),
      );
      write(`${folder}/use.ts`, TYPED_USE);
      run(process.execPath, typescript(), '-p', path.join(project, folder));
      assert.equal(run(process.execPath, path.join(project, folder, 'use.js')), '55');
    });
  }
});

const USE = `
const pool = new WorkerPool(2);
pool.run({ n: 10 }).then(async ({ result }) => {
  await pool.close();
  process.stdout.write(String(result));
});
`;

const TYPED_USE = `
import { WorkerPool } from 'native-worker-pool';

const pool = new WorkerPool(2);
const task: Promise<{ n: number; result: number }> = pool.run({ n: 10 });
// @ts-expect-error: what run() returns has a type, and it is not this one.
const mistyped: Promise<string> = pool.run({ n: 1 });
task.then(async ({ result }) => {
  const closed: void = await pool.close();
  process.stdout.write(String(result));
});
`;

/** The files below `folder`, as paths relative to `base` with forward slashes, in order. */
function filesIn(base, folder = '') {
  return fs
    .readdirSync(path.join(base, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesIn(base, name) : [name];
    })
    .sort();
}

function typescript() {
  const file = require.resolve('typescript/package.json');
  return path.resolve(path.dirname(file), require(file).bin.tsc);
}
