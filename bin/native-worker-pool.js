#!/usr/bin/env node
'use strict';

// `npx native-worker-pool new NAME` writes a package with a native task: a copy of examples/native-task with its names
// replaced.

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const template = path.resolve(__dirname, '../examples/native-task');
const { version } = require('../package.json');

/** What the template has for `native-worker-pool new my-task`, by the folder that it is written to. */
const FILES = [
  '.cargo/config.toml',
  'Cargo.toml',
  'README.md',
  'build.js',
  'index.d.ts',
  'index.js',
  'package.json',
  'src/lib.rs',
  'test/my-task.test.js',
];

const USAGE = `usage: native-worker-pool new NAME [--sdk PATH]

Writes a package with a native task in Rust to the folder NAME.

  NAME         of the package: lower-case letters, digits and hyphens, beginning with a letter, such as my-task
  --sdk PATH   uses the crate native-worker-pool-sdk of this folder, and not the published one: crates/sdk of a
               checkout of native-worker-pool. Needed until the crate is published.
  --help       prints this`;

/** What a caller has done wrong. */
class Mistake extends Error {}

function main() {
  const { values, positionals } = argumentsOf(process.argv.slice(2));
  if (values.help) return console.log(USAGE);
  const [command, name, ...more] = positionals;
  if (command !== 'new' || name === undefined || more.length > 0) throw new Mistake(USAGE);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Mistake(`${name} is no name: lower-case letters, digits and hyphens, beginning with a letter`);
  }
  if (fs.existsSync(name)) throw new Mistake(`${name} is there already`);
  write(name, sdkOf(values.sdk, name));
  console.log(`Wrote ${name}. Next:

    cd ${name}
    npm install native-worker-pool
    npm test

src/lib.rs has the task. docs/native-tasks.md of native-worker-pool is the guide.`);
}

function argumentsOf(args) {
  const options = { sdk: { type: 'string' }, help: { type: 'boolean', short: 'h' } };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    throw new Mistake(`${cause.message}\n\n${USAGE}`);
  }
}

/** The dependency on the SDK, for Cargo.toml. */
function sdkOf(folder, name) {
  const published = version.split('.').slice(0, 2).join('.');
  if (folder === undefined) return `"${published}"`;
  if (!fs.existsSync(path.join(folder, 'Cargo.toml'))) throw new Mistake(`${folder} has no Cargo.toml`);
  // cargo reads forward slashes on every system.
  const relative = path.relative(path.resolve(name), path.resolve(folder)).replaceAll(path.sep, '/');
  return `{ path = ${JSON.stringify(relative)} }`;
}

function write(name, sdk) {
  const words = name.split('-');
  const capitals = words.map((word) => word[0].toUpperCase() + word.slice(1));
  const names = {
    'my-task': name,
    my_task: words.join('_'),
    MyTask: capitals.join(''),
    myTask: words[0] + capitals.slice(1).join(''),
  };
  const renamed = (text) => text.replaceAll(/my-task|my_task|MyTask|myTask/g, (found) => names[found]);
  for (const file of FILES) {
    const text = fs.readFileSync(path.join(template, file), 'utf8');
    put(path.join(name, renamed(file)), renamed(text).replace(/(?<=^native-worker-pool-sdk = ).*$/m, sdk));
  }
  put(path.join(name, '.gitignore'), 'node_modules/\ntarget/\n*.node\n');
}

function put(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
