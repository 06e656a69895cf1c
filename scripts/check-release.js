'use strict';

// Checks that a tag matches the version of the checkout, and prints the release notes of the version from CHANGELOG.md.
//
//     node scripts/check-release.js vX.Y.Z [OWNER/NAME]

const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

const [tag, repository] = process.argv.slice(2);
const manifest = JSON.parse(read('package.json'));
const version = tag?.replace(/^v/, '');
const problems = [];

if (manifest.version !== version) problems.push(`package.json has version ${manifest.version}`);
const ofCrates = read('Cargo.toml').match(/^\[workspace\.package\]\nversion = "(.*)"$/m)?.[1];
if (ofCrates !== version) problems.push(`Cargo.toml has version ${ofCrates}`);
// npm refuses provenance from any other repository.
const expected = `git+https://github.com/${repository}.git`;
if (repository !== undefined && manifest.repository.url !== expected) {
  problems.push(`package.json names the repository ${manifest.repository.url}`);
}

/** The section of the version, without its heading. */
const notes = read('CHANGELOG.md')
  .split(/^## /m)
  .find((section) => section.startsWith(`${version} `) || section.startsWith(`${version}\n`))
  ?.split('\n')
  .slice(1)
  .join('\n')
  .trim();
if (notes === undefined) problems.push(`CHANGELOG.md has no section "## ${version}"`);

if (problems.length > 0) {
  console.error(`${tag} cannot be released:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  process.exitCode = 1;
} else {
  console.log(notes);
}
