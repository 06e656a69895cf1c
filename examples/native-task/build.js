'use strict';

// Builds the addon, my-task.node, with cargo.

const { execFileSync } = require('node:child_process');
const { copyFileSync } = require('node:fs');
const path = require('node:path');

const args = ['build', '--release', '--message-format=json-render-diagnostics'];
const stdio = ['ignore', 'pipe', 'inherit'];
const output = execFileSync('cargo', args, { cwd: __dirname, encoding: 'utf8', maxBuffer: 2 ** 26, stdio });

// cargo prints the files that it makes, a message a line.
const messages = output
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const { filenames } = messages.find(
  ({ reason, target }) => reason === 'compiler-artifact' && target.name === 'my_task',
);
copyFileSync(
  filenames.find((file) => /\.(so|dylib|dll)$/.test(file)),
  path.join(__dirname, 'my-task.node'),
);
