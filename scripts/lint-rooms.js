'use strict';

// Checks which room of lib/ uses which; `npm run lint` runs this. The picture at the head of docs/architecture.md is the
// same table.

const fs = require('node:fs');
const path = require('node:path');

const lib = path.resolve(__dirname, '../lib');

/** The rooms that the files of a room may use, beside their own. `pool.js`, outside of them all, may use any. */
const MAY_USE = {
  api: [],
  platform: ['api'],
  link: ['platform'],
  tasks: ['api', 'platform'],
  iterate: ['api', 'platform', 'tasks'],
  native: ['api', 'platform', 'tasks'],
  files: ['api', 'platform', 'tasks', 'link'],
  'worker-thread': ['platform', 'link'],
};

/** Where a room may use only some files of another. */
const ENTRANCES = {
  // What a thread loads before it is ready: not the addon, which takes it longer than all the rest.
  'worker-thread': { platform: ['clock.js', 'cores.js', 'runtime.js'] },
};

/** What a file uses, by `require` or in a type. */
const USE = /(?:require|import)\(\s*'(\.[^']*)'\s*\)/g;

const roomOf = (file) => path.relative(lib, file).split(path.sep).slice(0, -1).shift();

function* filesIn(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(file);
    else if (file.endsWith('.js')) yield file;
  }
}

/** @returns why `file` may not use `used`, if so. */
function objection(file, used) {
  const room = roomOf(file);
  if (room === undefined) return undefined;
  if (!used.startsWith(lib)) return room === 'platform' ? undefined : 'only platform uses what is outside of lib';
  const other = roomOf(used);
  if (other === undefined) return 'nothing in a room uses what is outside of the rooms';
  if (other === room) return undefined;
  if (!MAY_USE[room].includes(other)) return `${room} may not use ${other}`;
  const entrances = ENTRANCES[room]?.[other];
  if (entrances !== undefined && !entrances.includes(path.basename(used))) {
    return `of ${other}, ${room} may only use ${entrances.join(', ')}`;
  }
  return undefined;
}

const objections = [];
for (const file of filesIn(lib)) {
  const room = roomOf(file);
  if (room !== undefined && !(room in MAY_USE)) objections.push(`${file}: there is no room ${room}`);
  for (const [, name] of fs.readFileSync(file, 'utf8').matchAll(USE)) {
    const reason = objection(file, require.resolve(path.resolve(path.dirname(file), name)));
    if (reason !== undefined) objections.push(`${path.relative(process.cwd(), file)} uses ${name}: ${reason}`);
  }
}
for (const text of objections) console.error(text);
process.exitCode = objections.length > 0 ? 1 : 0;
