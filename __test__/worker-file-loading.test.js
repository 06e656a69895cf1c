'use strict';

// A worker file is loaded where `new Worker(file)` loads it, with the hooks of `--require` and `--import`, and finds
// that it is the main module. A file that cannot run tasks is refused, with the reason.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { WorkerPool } = require('..');
const { directoryOf, fileOf } = require('./support/files');
const { scale } = require('./support/scale');

/** What a module knows of how it was loaded. It posts that for a `Worker` and exports it for a pool. */
const FACTS = `globalThis.loads = (globalThis.loads ?? 0) + 1;
const facts = () => ({
  value,
  loads: globalThis.loads,
  argument: process.argv[1],
  fromHooks: [globalThis.fromRequire, globalThis.fromImport],
  module: typeof module === 'object' && { isMain: require.main === module, id: module.id, hasParent: !!module.parent, __filename },
});`;
const COMMON_JS = `const { parentPort } = require('node:worker_threads'); ${FACTS}
parentPort.postMessage(facts()); module.exports = facts;`;
const ES_MODULE = `import { parentPort } from 'node:worker_threads'; ${FACTS}
parentPort.postMessage(facts()); export default facts;`;
const META = `import { parentPort } from 'node:worker_threads';
const facts = () => [import.meta.url, import.meta.main];
parentPort.postMessage(facts()); export default facts;`;

const SOURCES = {
  'plain.js': `const value = 7; ${COMMON_JS}`,
  'plain.cjs': `const value = 7; ${COMMON_JS}`,
  'plain.mjs': `const value = 7; ${ES_MODULE}`,
  'meta.mjs': META,
  'await.mjs': `const value = await 7; ${ES_MODULE}`,
  'export.js': `const value = 7; ${ES_MODULE}`,
  'element.js': `const value = <a/>; ${COMMON_JS}`,
  'element.jsx': `const value = <a/>; ${COMMON_JS}`,
  'typed.ts': `enum A { X = 7 }\nconst value = A.X; ${ES_MODULE}`,
  'typed.tsx': `enum A { X = 7 }\nconst value = A.X; ${ES_MODULE}`,
  'typed.mts': `enum A { X = 7 }\nconst value = A.X; ${ES_MODULE}`,
  'typed.cts': `enum A { X = 7 }\nconst value = A.X; ${COMMON_JS}`,
  'plain.unknown': `const value = 7; ${COMMON_JS}`,
  'plain.made-up': `const value = 7; ${ES_MODULE}`,
  plain: `const value = 7; ${COMMON_JS}`,
};

/** Makes CommonJS of the sources above. */
const COMPILE = `const compile = (source) => source
  .replace(/^enum .*$/m, '')
  .replace(/A\\.X|<a\\/>/, '7')
  .replace(/import \\{ parentPort \\} from '(.*?)';/, "const { parentPort } = require('$1');")
  .replace('export default', 'module.exports =');
const fs = require('node:fs');`;

const HOOKS = {
  'global.cjs': 'globalThis.fromRequire = 1;',
  'global.mjs': 'globalThis.fromImport = 2;',
  // As those of ts-node and sucrase: what compiles an extension.
  'extensions.cjs': `${COMPILE}
    for (const extension of ['.ts', '.tsx', '.cts', '.mts', '.jsx']) {
      require.extensions[extension] = (module, file) => module._compile(compile(fs.readFileSync(file, 'utf8')), file);
    }`,
  // As those of esbuild-register, @swc-node/register and @babel/register: around what compiles any JavaScript.
  'pirates.cjs': `${COMPILE}
    const ofNode = require.extensions['.js'];
    const hook = (module, file) => {
      if (!file.startsWith(__dirname)) return ofNode(module, file);
      module._compile(compile(fs.readFileSync(file, 'utf8')), file);
    };
    for (const extension of ['.js', '.ts', '.tsx', '.jsx']) require.extensions[extension] = hook;`,
  // As those of ts-node/esm and @swc-node/register/esm-register: they run on a thread of their own.
  'hooks.mjs': `import fs from 'node:fs';
    export const load = (url, context, next) =>
      url.endsWith('.made-up')
        ? { format: 'module', shortCircuit: true, source: fs.readFileSync(new URL(url)) }
        : next(url, context);`,
  'register.mjs': "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
};

const ALL = Object.keys(SOURCES);
const JAVASCRIPT = [
  'plain.js',
  'plain.cjs',
  'plain.mjs',
  'meta.mjs',
  'await.mjs',
  'export.js',
  'plain.unknown',
  'plain',
];

const COMPILED = ['element.js', 'element.jsx', 'typed.ts', 'typed.tsx', 'typed.mts', 'typed.cts'];

/** Flags of Node.js, and the files that are tried with them. */
const FLAGS = {
  'no hooks': { flags: [], files: ALL },
  'a module of --require': { flags: ['--require', 'global.cjs'], files: JAVASCRIPT },
  'a module of --import': { flags: ['--import', 'global.mjs'], files: JAVASCRIPT },
  'modules of --require and --import': { flags: ['-r', 'global.cjs', '--import', 'global.mjs'], files: JAVASCRIPT },
  'a compiler of extensions': {
    flags: ['-r', 'extensions.cjs'],
    files: scale(ALL, ['plain.js', 'plain.mjs', ...COMPILED]),
  },
  'a compiler of all JavaScript': {
    flags: ['-r', 'pirates.cjs'],
    files: scale(ALL, ['plain.js', 'plain.mjs', 'export.js', ...COMPILED]),
  },
  'hooks in a thread of their own': { flags: ['--import', 'register.mjs'], files: [...JAVASCRIPT, 'plain.made-up'] },
  'both compilers': { flags: ['-r', 'extensions.cjs', '--import', 'register.mjs'], files: JAVASCRIPT },
};

const inDirectory = (flags, directory) =>
  flags.map((flag) => (flag.startsWith('-') ? flag : path.join(directory, flag)));

/** What `new Worker` makes of a file: what that posts, or `undefined` if it cannot be loaded. */
function ofWorker(file, execArgv) {
  return new Promise((resolve) => {
    const worker = new Worker(file, { execArgv });
    worker.once('message', resolve);
    worker.once('error', () => resolve(undefined));
  });
}

async function ofPool(file, execArgv) {
  const pool = new WorkerPool(1, file, { workerOptions: { execArgv } });
  try {
    return await pool.run();
  } finally {
    await pool.close();
  }
}

/** With which flags each type of package is tried. */
const TRIED = scale(
  { commonjs: Object.keys(FLAGS), module: Object.keys(FLAGS), undefined: Object.keys(FLAGS) },
  {
    commonjs: ['no hooks', 'modules of --require and --import', 'a compiler of all JavaScript', 'both compilers'],
    module: ['a module of --require', 'a module of --import', 'hooks in a thread of their own'],
    undefined: ['a compiler of extensions'],
  },
);

for (const type of ['commonjs', 'module', undefined]) {
  for (const what of TRIED[type]) {
    const { flags, files } = FLAGS[what];
    test(`a pool loads files like new Worker in a package of type ${type} with ${what}`, async (t) => {
      const directory = directoryOf(t, { ...HOOKS, ...SOURCES, 'package.json': JSON.stringify({ type }) });
      const execArgv = inDirectory(flags, directory);
      let loaded = 0;
      for (const name of files) {
        const file = path.join(directory, name);
        const facts = await ofWorker(file, execArgv);
        if (facts === undefined) continue;
        loaded++;
        // Of what needs a loader, `import` is tried before, and so it is not the main module.
        if (name === 'plain.made-up') assert.equal((await ofPool(file, execArgv)).value, 7);
        else assert.deepEqual(await ofPool(file, execArgv), facts, name);
      }
      assert.ok(loaded >= 5, `only ${loaded} were loaded`);
    });
  }
}

test('a compiler for require also compiles files that Node.js imports', async (t) => {
  const directory = directoryOf(t, { ...HOOKS, ...SOURCES, 'package.json': '{}' });
  const compilers = {
    'the flags of both': ['-r', path.join(directory, 'extensions.cjs'), '--import', path.join(directory, 'global.mjs')],
    tsx: ['--import', require.resolve('tsx')], // on Node.js 20, in a thread
  };
  for (const [what, execArgv] of Object.entries(compilers)) {
    for (const name of ['typed.ts', 'typed.tsx', 'typed.mts', 'typed.cts', 'element.jsx']) {
      if (what === 'tsx' && name === 'element.jsx') continue; // it has no `React`
      if (what !== 'tsx' && process.features.typescript && /s$/.test(name)) continue; // which Node.js reads by itself
      const { value } = await ofPool(path.join(directory, name), execArgv);
      assert.equal(value, 7, `${name} with ${what}`);
    }
  }
});

test('a file with an unknown extension rejects with ERR_UNKNOWN_FILE_EXTENSION', async (t) => {
  const file = fileOf(t, 'neither JavaScript nor anything else', 'worker.made-up');
  const error = await ofPool(file, []).catch((reason) => reason);
  assert.equal(error.code, 'ERR_UNKNOWN_FILE_EXTENSION');
  assert.ok(error.cause instanceof SyntaxError);
});

test('a file with an unknown extension loads from a directory with a backslash in its name', {
  skip: process.platform === 'win32' && 'a backslash is no part of a name there',
}, async (t) => {
  const directory = path.join(directoryOf(t, {}), 'back\\slash');
  mkdirSync(directory);
  const file = path.join(directory, 'worker.made-up');
  writeFileSync(file, 'module.exports = () => __filename;');
  assert.equal(await ofPool(file, []), file);
});

test('a worker file is compiled once', async (t) => {
  const hook = `globalThis.reads = [];
    const { readFileSync } = require('node:fs');
    require.extensions['.ts'] = (module, file) => {
      globalThis.reads.push(file);
      module._compile(readFileSync(file, 'utf8'), file);
    };`;
  const directory = directoryOf(t, {
    'package.json': '{ "type": "commonjs" }',
    'hook.cjs': hook,
    'worker.ts': 'module.exports = () => globalThis.reads.length;',
  });
  assert.equal(await ofPool(path.join(directory, 'worker.ts'), ['-r', path.join(directory, 'hook.cjs')]), 1);
});

test('an ES module whose top-level await never settles rejects with a cause that explains it', async (t) => {
  const file = fileOf(t, 'await new Promise(() => {}); export default (n) => n;', 'worker.mjs');
  const pool = new WorkerPool(1, file);
  const error = await pool.run(1).catch((reason) => reason);
  assert.equal(error.code, 'ERR_POOL_CRASH');
  assert.match(error.message, /^Worker exited with code \d+$/);
  assert.match(error.cause.message, /never finished loading/);
  assert.ok(error.cause.message.includes(file));
  await pool.close();
});

test('a file that exits while it loads is not reported as an unsettled await', async (t) => {
  for (const source of ['process.exit(3);', 'await 0; process.exit(3);']) {
    const error = await ofPool(fileOf(t, source, 'worker.mjs'), []).catch((reason) => reason);
    assert.equal(error.message, 'Worker exited with code 3');
    assert.equal(error.cause, undefined);
  }
});

test("a module that keeps loading after 'beforeExit' is loaded", async (t) => {
  const source = `await new Promise((resolve) => process.once('beforeExit', () => setTimeout(resolve, 1)));
    export default (n) => n;`;
  const pool = new WorkerPool(1, fileOf(t, source, 'worker.mjs'));
  assert.equal(await pool.run(7), 7);
  await pool.close();
});

/** Files without a function and without a listener: their source, and what the error says of their exports. */
const USELESS = {
  'a default export that is not a function': ['worker.mjs', 'export default 5;', /exports default:/],
  'a value instead of exports': ['worker.js', 'module.exports = 5;', /exports module\.exports:/],
  'a promise of a value that is not a function': [
    'worker.js',
    'module.exports = Promise.resolve({ add: 1 });',
    /exports add:/,
  ],
  'named exports that are not functions': ['worker.mjs', 'export const add = 1, sub = 2;', /exports add, sub:/],
};

for (const [what, [name, source, expected]] of Object.entries(USELESS)) {
  test(`a file with ${what} rejects its tasks at once if nothing can make it listen`, async (t) => {
    const pool = new WorkerPool(2, fileOf(t, source, name));
    const crashes = [];
    pool.on('crash', (error) => crashes.push(error));
    const outcomes = await Promise.allSettled([pool.run(1), pool.run(2), pool.run(3)]);
    for (const { reason } of outcomes) {
      assert.equal(reason?.code, 'ERR_POOL_TASK_NOT_FOUND', String(reason));
      assert.match(reason.message, /neither exports a function as its default nor listens on parentPort/);
      assert.match(reason.message, expected);
    }
    assert.ok(crashes.length > 0);
    await pool.close();
  });
}

/** Files that export functions, but none as their default: their source, and the names. */
const NAMED = {
  'named exports': ['worker.mjs', 'export const add = (a) => a, sub = () => 1;', 'add, sub'],
  'named exports of CommonJS': ['worker.js', 'exports.add = (a) => a; exports.sub = () => 1;', 'add, sub'],
  'compiled named exports': ['worker.js', 'exports.__esModule = true; exports.add = (a) => a;', 'add'],
};

for (const [what, [name, source, names]] of Object.entries(NAMED)) {
  test(`a file with ${what} rejects tasks without a name if nothing can make it listen`, async (t) => {
    const pool = new WorkerPool(1, fileOf(t, source, name));
    const refused = { code: 'ERR_POOL_TASK_NOT_FOUND', message: `options.name is required; the tasks are ${names}` };
    await assert.rejects(pool.run(1), refused);
    await assert.rejects(pool.run(2), refused);
    assert.equal(await pool.run(3, { name: 'add' }), 3);
    await pool.close();
    assert.equal(pool.stats().crashes, 0);
  });
}

test('a file that exports a value is refused after 5 s if it does not listen, whatever it has open', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'setInterval(() => {}, 1000); exports.add = 1;'));
  await assert.rejects(pool.run(1), { code: 'ERR_POOL_TASK_NOT_FOUND', message: /exports add:/ });
  await pool.close();
});

test('a file with named exports refuses a task without a name after 5 s, whatever it has open', async (t) => {
  const pool = new WorkerPool(1, fileOf(t, 'setInterval(() => {}, 1000); exports.add = (a) => a;'));
  await assert.rejects(pool.run(1), {
    code: 'ERR_POOL_TASK_NOT_FOUND',
    message: 'options.name is required; the tasks are add',
  });
  await pool.close();
});

for (const name of ['worker.js', 'worker.mjs']) {
  test(`a file that exports no function may listen after an asynchronous start (${name})`, async (t) => {
    const [load, exported] = name.endsWith('.mjs')
      ? ["import { parentPort } from 'node:worker_threads';", 'export { main };']
      : ["const { parentPort } = require('node:worker_threads');", 'module.exports = { main };']; // for its tests
    const file = fileOf(
      t,
      `${load}
       async function main() {
         await new Promise((resolve) => setTimeout(resolve, 20));
         parentPort.on('message', (n) => parentPort.postMessage(n + 1));
       }
       main();
       ${exported}`,
      name,
    );
    const pool = new WorkerPool(1, file);
    assert.equal(await pool.run(1), 2);
    await pool.close();
  });
}

/** What a module with a top-level await ends with, and whether it exports a function by that. */
const ENDS = {
  'export default': ['export default (n) => n + 1;', true],
  'a banner before export default': ['/* banner */ export default (n) => n + 1;', true],
  'a quoted name': ["const f = (n) => n + 1; export { f as 'default' };", true],
  'a default export of another module': ["export { default } from './other.mjs';", true],
  'a line of a comment that looks like an export': ['/*\nexport default x;\n*/', false],
  'no export': ['', false],
};

for (const [what, [end, isFunction]] of Object.entries(ENDS)) {
  test(`a module that listens before its top-level await is served by its style (${what})`, async (t) => {
    const directory = directoryOf(t, {
      'other.mjs': 'export default (n) => n + 1;',
      'worker.mjs': `import { parentPort } from 'node:worker_threads';
        ${isFunction ? "parentPort.on('message', () => {}); await new Promise((resolve) => setTimeout(resolve, 20));" : "const first = await new Promise((resolve) => parentPort.once('message', resolve)); parentPort.postMessage(first + 1); parentPort.on('message', (n) => parentPort.postMessage(n + 1));"}
        ${end}`,
    });
    const pool = new WorkerPool(1, path.join(directory, 'worker.mjs'));
    assert.deepEqual(await Promise.all([pool.run(1), pool.run(2)]), [2, 3]);
    await pool.close();
  });
}

test('a CommonJS file that exports a function and listens is of function style, whatever hooks load it', async (t) => {
  const directory = directoryOf(t, {
    'hooks.mjs': 'export const resolve = (specifier, context, next) => next(specifier, context);',
    'register.mjs': "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
    'worker.cjs': `require('worker_threads').parentPort.on('message', () => {}); module.exports = () => 'function';`,
  });
  const flags = ['--import', path.join(directory, 'register.mjs')];
  const file = path.join(directory, 'worker.cjs');
  // Which comes first, the module or the turn of the event loop, was a matter of luck.
  for (let attempt = 0; attempt < scale(10, 3); attempt++) assert.equal(await ofPool(file, flags), 'function');
});

test('a file that exports nothing is refused once it has nothing open that could make it listen', async (t) => {
  for (const [name, source] of [
    ['worker.js', ''],
    ['worker.mjs', 'setTimeout(() => {}, 1);'],
    ['worker.mjs', 'export {};'],
  ]) {
    const pool = new WorkerPool(1, fileOf(t, source, name));
    await assert.rejects(pool.run(1), { code: 'ERR_POOL_TASK_NOT_FOUND', message: /exports nothing:/ });
    await pool.close();
  }
});

test('a file that exports nothing may listen late, by any kind of listener', async (t) => {
  const ways = [
    "parentPort.on('message', answer)",
    "parentPort.once('message', answer)",
    "parentPort.addListener('message', answer)",
    "parentPort.addEventListener('message', ({ data }) => answer(data))",
    "parentPort.addEventListener('message', { handleEvent: ({ data }) => answer(data) })",
    'parentPort.onmessage = ({ data }) => answer(data)',
    "require('node:events').once(parentPort, 'message').then(([data]) => answer(data))",
  ];
  for (const way of ways) {
    const file = fileOf(
      t,
      `const { parentPort } = require('node:worker_threads');
       const answer = (data) => parentPort.postMessage(data);
       setTimeout(() => { ${way}; }, 5);`,
    );
    const pool = new WorkerPool(1, file);
    assert.equal(await pool.run(way), way);
    await pool.close();
  }
});

test('a removed listener receives no task, and a re-added one does', async (t) => {
  const file = fileOf(
    t,
    `const { parentPort } = require('node:worker_threads');
     const wrong = () => parentPort.postMessage('wrong');
     parentPort.on('message', wrong);
     parentPort.addEventListener('message', wrong);
     parentPort.off('message', wrong);
     parentPort.onmessage = wrong;
     parentPort.onmessage = null;
     const listen = () => {
       parentPort.onmessage = ({ data }) => {
         parentPort.onmessage = null;
         parentPort.postMessage(data);
         setTimeout(listen, 1);
       };
     };
     listen();`,
  );
  const pool = new WorkerPool(1, file);
  for (const data of [1, 2, 3]) assert.equal(await pool.run(data), data);
  assert.deepEqual(await Promise.all([4, 5, 6].map((data) => pool.run(data))), [4, 5, 6]);
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

test('a thread does not load the HTTP client of Node.js, which would slow its start', {
  skip: process.moduleLoadList === undefined ? 'only Node.js lists its loaded modules' : false,
}, async (t) => {
  const source = `module.exports = () => process.moduleLoadList.filter((name) => /undici/.test(name));`;
  const pool = new WorkerPool(1, fileOf(t, source));
  assert.deepEqual(await pool.run(), []);
  await pool.close();
});
