'use strict';

// Checks the dependencies between the rooms of lib/, its folders. `npm run lint` runs this. docs/architecture.md has
// the same table.

const fs = require('node:fs');
const path = require('node:path');

const lib = path.resolve(__dirname, '../lib');

/** The other rooms that each room may import. `pool.js` and `backends.js` belong to no room and may import from all. */
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

/** The files of a room that another room may use, where it may not use all. */
const ENTRANCES = {
  // A thread must not load the addon: that would take longer than everything else before its first task.
  'worker-thread': { platform: ['clock.js', 'cores.js', 'runtime.js', 'spin-backoff.js'] },
};

/** Matches a dependency: a `require`, or an `import` in a type. */
const USE = /(?:require|import)\(\s*'(\.[^']*)'\s*\)/g;

const roomOf = (file) => path.relative(lib, file).split(path.sep).slice(0, -1).shift();

function* filesIn(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(file);
    else if (file.endsWith('.js')) yield file;
  }
}

/** @returns {string | undefined} why `file` may not use `used`, or undefined if it may. */
function objection(file, used) {
  const room = roomOf(file);
  if (room === undefined) return undefined;
  if (!used.startsWith(lib)) return room === 'platform' ? undefined : 'only platform may use files outside lib';
  const other = roomOf(used);
  if (other === undefined) return 'no room may use files outside the rooms';
  if (other === room) return undefined;
  if (!MAY_USE[room].includes(other)) return `${room} may not use ${other}`;
  const entrances = ENTRANCES[room]?.[other];
  if (entrances !== undefined && !entrances.includes(path.basename(used))) {
    return `${room} may use only these files of ${other}: ${entrances.join(', ')}`;
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
