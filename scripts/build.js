'use strict';

// Builds the addon for this machine: `native.js` and the binary that it loads.
// --with-tests also makes the test build, whose additional workers misbehave on purpose, and the addons of users that the
// tests load.

const { execFileSync, spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const cli = require.resolve('@napi-rs/cli/package.json');
const napi = path.resolve(path.dirname(cli), require(cli).bin.napi);

function requireCargo() {
  const { error, status } = spawnSync('cargo', ['--version'], { stdio: 'ignore' });
  if (error || status !== 0) {
    throw new Error(
      'Building native-worker-pool needs Rust, but there is no cargo on the PATH: ' +
        'install Rust with rustup (see "Install" at rust-lang.org), open a new shell, and run this again.',
    );
  }
}

function build(...options) {
  const { status } = spawnSync(process.execPath, [napi, 'build', '--platform', ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed; see the output of cargo above.');
}

try {
  requireCargo();
  build('--release', '--js', 'native.js', '--dts', 'native.d.ts');
  if (process.argv.includes('--with-tests')) {
    build('--profile', 'test-addon', '--features', 'test-workers', '--no-js', '--output-dir', 'target/test-build');
    execFileSync(process.execPath, [path.join(__dirname, 'build-addons.js')], { stdio: 'inherit' });
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
