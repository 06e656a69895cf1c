'use strict';

// docs/moving.md has every option of the other pools, by the types of their packages, and none besides. The programs in
// __test__/fixtures/moved print the same with the other pool as after the move.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const MODULES = path.join(__dirname, 'node_modules');
const page = fs.readFileSync(path.join(__dirname, '../docs/moving.md'), 'utf8');

/**
 * The interfaces of the options of each pool: the file of the types, and the prefix of the options in the document for
 * each interface. `[]` lists options whose own options are in the document instead.
 */
const PEERS = {
  piscina: { types: 'dist/index.d.ts', interfaces: { Options: '', RunOptions: 'run.', CloseOptions: 'close.' } },
  tinypool: { types: 'dist/index.d.ts', interfaces: { Options: '', RunOptions: 'run.' } },
  workerpool: {
    types: 'types/types.d.ts',
    interfaces: { WorkerPoolOptions: '', ExecOptions: 'exec.', WorkerRegisterOptions: 'worker.' },
  },
  poolifier: {
    types: 'lib/index.d.ts',
    interfaces: {
      PoolOptions: '',
      TasksQueueOptions: 'tasksQueueOptions.',
      WorkerChoiceStrategyOptions: 'workerChoiceStrategyOptions.',
      WorkerOptions: 'ThreadWorker.',
      TaskFunctionObject: 'taskFunction.',
    },
    nested: ['tasksQueueOptions', 'workerChoiceStrategyOptions'],
  },
};

/** The members of an interface or a type of an object. */
function membersOf(types, name) {
  const [, body] = types.match(
    new RegExp(`^(?:export )?(?:interface|type) ${name}(?:<[^\\n]*>)?(?: =)? \\{\\n(.*?)^\\}`, 'ms'),
  );
  return [...body.matchAll(/^ {2,4}(?:readonly )?(\w+)\??:/gm)].map(([, member]) => member);
}

/** The options in the table of a pool. */
function optionsIn(peer) {
  const table = page.split(`### Every option of ${peer}\n`)[1].split(/^#/m)[0];
  return [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, option]) => option);
}

for (const [peer, { types, interfaces, nested = [] }] of Object.entries(PEERS)) {
  test(`docs/moving.md has every option of ${peer}`, () => {
    const source = fs.readFileSync(path.join(MODULES, peer, types), 'utf8');
    const options = Object.entries(interfaces).flatMap(([name, prefix]) =>
      membersOf(source, name).map((member) => `${prefix}${member}`),
    );
    assert.ok(options.length >= 19, `${options.length} options of ${peer}`);
    const expected = options.filter((option) => !nested.includes(option));
    assert.deepEqual(optionsIn(peer).sort(), expected.sort());
  });

  test(`the program for ${peer} prints the same after the move`, (t) => {
    const programs = path.join(__dirname, '../__test__/fixtures/moved', peer);
    const copy = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'moved-'));
    t.after(() => fs.rmSync(copy, { recursive: true }));
    fs.cpSync(path.join(programs, 'there'), copy, { recursive: true });
    fs.symlinkSync(MODULES, path.join(copy, 'node_modules'), 'junction');
    const [there, here] = [copy, path.join(programs, 'here')].map((folder) =>
      execFileSync(process.execPath, [path.join(folder, 'main.js')], { encoding: 'utf8' }),
    );
    assert.notEqual(there, '');
    assert.equal(here, there);
  });
}
