'use strict';

// Packs the tarballs to publish into the folder OUT: the main package, and a platform package for each binary in the
// folder BINARIES. By default that is the checkout, which has the binary of this machine. The checkout is not changed.
//
//     node scripts/pack.js OUT [BINARIES]

const { execFileSync, execSync } = require('node:child_process');
const { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const cli = require.resolve('@napi-rs/cli/package.json');
const napi = path.resolve(path.dirname(cli), require(cli).bin.napi);

/** The licences that accompany a binary: ours, and those of the crates linked into it. */
const LICENCES = ['LICENSE', 'THIRD-PARTY-LICENSES'];

function pack(out, binaries) {
  mkdirSync(out, { recursive: true });
  const copy = mkdtempSync(path.join(tmpdir(), 'native-worker-pool-pack-'));
  try {
    // These serve a checkout only. Without scripts, nothing can run where the package is installed.
    const { scripts, devDependencies, overrides, ...manifest } = require('../package.json');
    for (const file of manifest.files) cpSync(path.join(root, file), path.join(copy, file), { recursive: true });
    writeManifest(copy, manifest);
    manifest.optionalDependencies = packPlatforms(copy, out, binaries);
    writeManifest(copy, manifest);
    npmPack(copy, out);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/**
 * Packs the platforms that have a binary, and returns them as dependencies. A project with a dependency that no
 * registry has could not be installed from its lock file. (`napi artifacts` and `napi pre-publish` need the binaries of
 * all platforms.)
 */
function packPlatforms(copy, out, binaries) {
  execFileSync(process.execPath, [napi, 'create-npm-dirs', '--cwd', copy], { stdio: 'pipe' });
  const dependencies = {};
  for (const platform of readdirSync(path.join(copy, 'npm'))) {
    const folder = path.join(copy, 'npm', platform);
    const manifest = require(path.join(folder, 'package.json'));
    const { name, version, main } = manifest;
    if (!existsSync(path.join(binaries, main))) continue;
    dependencies[name] = version;
    cpSync(path.join(binaries, main), path.join(folder, main));
    for (const file of LICENCES) cpSync(path.join(root, file), path.join(folder, file));
    writeManifest(folder, { ...manifest, type: 'commonjs', files: [main, ...LICENCES] });
    npmPack(folder, out);
  }
  if (Object.keys(dependencies).length === 0)
    throw new Error(`${binaries} has no binary to pack: run "npm run build".`);
  return dependencies;
}

function writeManifest(folder, manifest) {
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function npmPack(folder, out) {
  // A command line, since npm is a batch file on Windows.
  execSync(`npm pack --silent --ignore-scripts --pack-destination "${out}"`, { cwd: folder, stdio: 'inherit' });
}

const [out, binaries = root] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node scripts/pack.js OUT [BINARIES]');
  process.exit(2);
}
pack(path.resolve(out), path.resolve(binaries));
