'use strict';

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');

/** The first example of the README below `heading`. */
function example(heading, language) {
  const section = readme.slice(readme.indexOf(`${heading}\n`));
  return section.match(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``))[1];
}

/** Runs `source` as a file of a project that has the package installed. */
function run(t, name, source) {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  t.after(() => fs.rmSync(project, { recursive: true }));
  fs.mkdirSync(path.join(project, 'node_modules'));
  fs.symlinkSync(root, path.join(project, 'node_modules/native-worker-pool'), 'junction');
  fs.copyFileSync(path.join(root, 'worker.js'), path.join(project, 'worker.js'));
  const file = path.join(project, name);
  fs.writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { encoding: 'utf8' });
}

test('the first program prints what its comments say', (t) => {
  const source = example('## A first program', 'js');
  const printed = [...source.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, comment]) => `${comment}\n`).join('');
  assert.notEqual(printed, '');
  assert.equal(run(t, 'program.js', source), printed);
});

test('the document call works with a worker file that has the directive', (t) => {
  const source = `
    const path = require('node:path');
    const { WorkerPool } = require('native-worker-pool');
    ${example('## Moving over from pool.js', 'js')}
    pool.run({ n: 10 }).then(({ result }) => console.log(result, pool.maxQueue));`;
  assert.equal(run(t, 'program.js', source), '55 100\n');
});

test('the typed example runs', (t) => {
  // Type annotations: none, so it is JavaScript too.
  assert.equal(run(t, 'program.mjs', `${example('### Types', 'ts')}\nconsole.log(n, result);`), '10 55\n');
});

test('every error code is in the README and in the types', () => {
  const types = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8');
  const made = fs.readFileSync(path.join(root, 'lib/errors.js'), 'utf8').match(/ERR_[A-Z_]+/g);
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
