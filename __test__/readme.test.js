'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');

/** The examples of the README in this language, each with the heading it stands under. */
function examples(language) {
  let heading;
  const found = [];
  for (const [, title, source] of readme.matchAll(
    new RegExp(`^#+ (.*)$|^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'),
  )) {
    if (title !== undefined) heading = title;
    else found.push({ heading, source });
  }
  return found;
}

/** The first example below `heading`. */
function example(heading, language) {
  return examples(language).find((example) => example.heading === heading).source;
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
  fs.copyFileSync(path.join(root, 'worker.js'), path.join(project, 'worker.js'));
  const file = path.join(project, name);
  fs.writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8' });
}

const programs = examples('js').filter(({ source }) => source.includes('console.log('));

for (const { heading, source } of programs) {
  test(`the example of "${heading}" prints what its comments say`, (t) => {
    const printed = announced(source);
    assert.notEqual(printed, '');
    assert.equal(run(t, source.startsWith('import') ? 'program.mjs' : 'program.js', source), printed);
  });
}

test('there are examples of all that a pool can do; those that are no programs are a call, run below, and worker files', () => {
  const methods = ['run', 'map', 'stream', 'ready', 'close', 'stats'];
  for (const method of methods) {
    assert.ok(
      programs.some(({ heading }) => heading.includes(`pool.${method}(`)),
      method,
    );
  }
  assert.equal(examples('js').length, programs.length + 3);
  assert.equal(examples('ts').length, 1);
});

test('the document call works with a worker file that has the directive', (t) => {
  const source = `
    const path = require('node:path');
    const { WorkerPool } = require('native-worker-pool');
    ${example('Moving over from pool.js', 'js')}
    pool.run({ n: 10 }).then(({ result }) => console.log(result, pool.maxQueue));`;
  assert.equal(run(t, 'program.js', source), '55 100\n');
});

test('the worker files run', (t) => {
  const files = examples('js').filter(({ source }) => source.startsWith('// resize.'));
  assert.equal(files.length, 2);
  for (const { source } of files) {
    const [, name] = source.match(/^\/\/ (.*)/);
    const program = `
      const { WorkerPool } = require('native-worker-pool');
      require('fs').writeFileSync('${name}', ${JSON.stringify(`const resize = (image) => image.map((n) => 2 * n);\n${source}`)});
      const pool = new WorkerPool(1, '${name}');
      pool.run(new Uint8Array([1, 2])).then((bytes) => console.log(bytes.join()));`;
    assert.equal(run(t, 'program.js', program), '2,4\n');
  }
});

test('the typed example runs', (t) => {
  // Type annotations: none, so it is JavaScript too.
  assert.equal(run(t, 'program.mjs', `${example('Types', 'ts')}\nconsole.log(n, result);`), '10 55\n');
});

test('every error code is in the README and in the types', () => {
  const types = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8');
  const made = fs.readFileSync(path.join(root, 'lib/api/errors.js'), 'utf8').match(/ERR_[A-Z_]+/g);
  for (const code of new Set(made)) {
    assert.ok(readme.includes(`\`${code}\``), `${code} in README.md`);
    assert.ok(types.includes(`'${code}'`), `${code} in index.d.ts`);
  }
});

test('every test that the README names is there', () => {
  const named = [...readme.matchAll(/\]\((__test__\/[^)]+)\)/g)].map(([, file]) => file);
  assert.notEqual(named.length, 0);
  for (const file of named) assert.ok(fs.existsSync(path.join(root, file)), file);
});
