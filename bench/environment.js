'use strict';

// The machine and the versions of all software, on which the results depend.

const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { CANDIDATES } = require('./candidates');
const { cCompiler } = require('./c-compiler');

function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.arch()}`,
    kernel: os.release().match(/^[\d.]*\d/)?.[0],
  };
}

function versions() {
  const found = {
    Node: process.versions.node,
    V8: process.versions.v8,
    'native-worker-pool': `${versionIn(path.join(__dirname, '..'))} (${commit()})`,
  };
  for (const { package: name } of CANDIDATES) {
    if (name !== undefined) found[name] = versionIn(path.join(__dirname, 'node_modules', name));
  }
  found['C compiler'] = cCompiler()?.version ?? 'not found, so C is omitted';
  return found;
}

function versionIn(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}

function commit() {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=12'];
    return execFileSync('git', args, { cwd: __dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'not in a git repository';
  }
}

module.exports = { machine, versions };
