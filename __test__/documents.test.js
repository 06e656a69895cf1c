'use strict';

// The documents and examples/: each example prints what it says, and each thing that is referred to is there.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { addonFile } = require('./support/addons');
const { directoryOf } = require('./support/files');

const root = path.resolve(__dirname, '..');
const { files } = require('../package.json');

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

/** The files of a folder and of those in it, with forward slashes. */
const filesIn = (folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')));

/** The documents of the package, without the README of the crate, whose example `cargo test` runs. */
const documents = files
  .flatMap((file) => (file === 'docs' ? filesIn(file) : file))
  .filter((file) => file.endsWith('.md') && file !== 'crates/sdk/README.md');

/** The examples of a document in this language, each with the heading it stands under. */
function examples(document, language) {
  let heading;
  const found = [];
  for (const [, title, source] of read(document).matchAll(
    new RegExp(`^#+ (.*)$|^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'),
  )) {
    if (title !== undefined) heading = title;
    else found.push({ document, heading, source });
  }
  return found;
}

/** The first example below `heading`. */
function example(document, heading, language) {
  return examples(document, language).find((example) => example.heading === heading).source;
}

/** What a program prints, by the comments behind its calls of console.log. */
function announced(source) {
  return [...source.matchAll(/console\.log\(.*\),?;? \/\/ (.*)/g)].map(([, comment]) => `${comment}\n`).join('');
}

/** Runs `source` as a file of a project that has the package installed. */
function run(t, name, source) {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  t.after(() => fs.rmSync(project, { recursive: true }));
  fs.writeFileSync(path.join(project, 'package.json'), '{ "dependencies": { "native-worker-pool": "*" } }');
  fs.mkdirSync(path.join(project, 'node_modules'));
  fs.symlinkSync(root, path.join(project, 'node_modules/native-worker-pool'), 'junction');
  // docs/native-tasks.md uses the addon of examples/native-task.
  fs.writeFileSync(
    path.join(project, 'node_modules/my-task.js'),
    `module.exports = require(${JSON.stringify(addonFile('my-task'))});`,
  );
  fs.copyFileSync(path.join(root, 'worker.js'), path.join(project, 'worker.js'));
  const file = path.join(project, name);
  fs.writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8' });
}

const isProgram = ({ source }) => source.includes('console.log(');
const all = documents.flatMap((document) => examples(document, 'js'));
const programs = all.filter(isProgram);

for (const { document, heading, source } of programs) {
  test(`the example under "${heading}" in ${document} prints the output in its comments`, (t) => {
    const printed = announced(source);
    assert.notEqual(printed, '');
    assert.equal(run(t, source.startsWith('import') ? 'program.mjs' : 'program.js', source), printed);
  });
}

test('every method has an example, and every example is tested', () => {
  for (const method of ['run', 'map', 'stream', 'proxy', 'ready', 'close', 'stats']) {
    assert.ok(
      programs.some(({ heading }) => heading.includes(`pool.${method}(`)),
      method,
    );
  }
  for (const page of filesIn('docs/tasks')) assert.ok(programs.some(({ document }) => document === page));
  assert.equal(all.length, programs.length + 3);
  assert.equal(documents.flatMap((document) => examples(document, 'ts')).length, 1);
});

test('the constructor call of the README works with a worker file that has the directive', (t) => {
  const source = `
    const path = require('node:path');
    const { WorkerPool } = require('native-worker-pool');
    ${example('README.md', 'Replacing pool.js', 'js')}
    pool.run({ n: 10 }).then(({ result }) => console.log(result, pool.maxQueue));`;
  assert.equal(run(t, 'program.js', source), '55 100\n');
});

test('the worker files of the README run', (t) => {
  const workerFiles = all.filter(({ source }) => source.startsWith('// resize.'));
  assert.equal(workerFiles.length, 2);
  for (const { source } of workerFiles) {
    const [, name] = source.match(/^\/\/ (.*)/);
    const program = `
      const { WorkerPool } = require('native-worker-pool');
      require('fs').writeFileSync('${name}', ${JSON.stringify(`const resize = (image) => image.map((n) => 2 * n);\n${source}`)});
      const pool = new WorkerPool(1, '${name}');
      pool.run(new Uint8Array([1, 2])).then((bytes) => console.log(bytes.join()));`;
    assert.equal(run(t, 'program.js', program), '2,4\n');
  }
});

test('the typed example of docs/api.md runs', (t) => {
  // Type annotations: none, so it is JavaScript too.
  assert.equal(
    run(t, 'program.mjs', `${example('docs/api.md', 'Types', 'ts')}\nconsole.log(n, result, hash.length);`),
    '10 55 32\n',
  );
});

test('examples/passwords.js prints the output in its comments', () => {
  const file = path.join(root, 'examples/passwords.js');
  const printed = announced(read('examples/passwords.js'));
  assert.equal(execFileSync(process.execPath, [file], { encoding: 'utf8' }), printed);
});

test('examples/example.js prints the first of its results', () => {
  const file = path.join(root, 'examples/example.js');
  const stdout = execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [first, ...lines] = stdout.split('\n');
  assert.equal(first, 'The first of 12 results: [');
  assert.deepEqual(lines.slice(0, 4), [
    '  { n: 40, result: 102334155 },',
    '  { n: 41, result: 165580141 },',
    '  { n: 42, result: 267914296 }',
    ']',
  ]);
});

test('examples/hash-files.js prints the checksums of a folder', (t) => {
  const folder = directoryOf(t, { a: '', b: 'hello', 'c d': 'x'.repeat(1e6) });
  fs.mkdirSync(path.join(folder, 'e'));
  fs.writeFileSync(path.join(folder, 'e/f'), 'world');
  for (const algorithm of ['sha256', 'md5']) {
    const lines = ['a', 'b', 'c d', 'e/f'].map((name) => {
      const file = path.join(folder, name);
      return `${createHash(algorithm).update(fs.readFileSync(file)).digest('hex')}  ${file}\n`;
    });
    const args = [path.join(root, 'examples/hash-files.js'), folder, algorithm];
    assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), lines.join(''));
  }
});

test('docs/native-tasks.md and the SDK describe the same version of the ABI', () => {
  const [, version] = read('crates/sdk/include/native_worker_pool.h').match(/^#define NWP_ABI (\d+)$/m);
  assert.ok(read('docs/native-tasks.md').includes(`**The ABI** has a major version, ${version} now.`));
});

test('every error code is in docs/api.md and index.d.ts', () => {
  const types = read('index.d.ts');
  const documented = read('docs/api.md');
  for (const code of new Set(read('lib/api/errors.js').match(/ERR_[A-Z_]+/g))) {
    assert.ok(documented.includes(`\`${code}\``), `${code} in docs/api.md`);
    assert.ok(types.includes(`'${code}'`), `${code} in index.d.ts`);
  }
});

test('every test that docs/guarantees.md names exists', () => {
  const rows = read('docs/guarantees.md').matchAll(/^\| .* \| ((?:`[a-z-]+`(?:, )?)+) \|$/gm);
  const named = [...rows].flatMap(([, names]) => names.match(/[a-z-]+/g));
  assert.ok(named.length > 40, `${named.length} are named`);
  for (const name of named) assert.ok(fs.existsSync(path.join(__dirname, `${name}.test.js`)), name);
});

/** The anchor of a heading, as on the pages of npm and GitHub. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const isPacked = (file) => files.some((packed) => file === packed || file.startsWith(`${packed}/`));

test('every link in a document resolves within the package', () => {
  for (const document of documents) {
    for (const [, link] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:/.test(link) || !/[./#]/.test(link)) continue; // elsewhere, or code: `pool.exec('name', [args])(data)`
      const [name, anchor] = link.split('#');
      const file = name === '' ? document : path.posix.join(path.posix.dirname(document), name);
      assert.ok(isPacked(file) && fs.existsSync(path.join(root, file)), `${document} links to ${link}`);
      if (anchor === undefined) continue;
      const anchors = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));
      assert.ok(anchors.includes(anchor), `${document} links to ${link}; there are ${anchors.join(' ')}`);
    }
  }
});
