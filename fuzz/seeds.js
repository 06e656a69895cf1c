'use strict';

// Generates the seeds of the fuzz targets from typical task data:
//   node fuzz/seeds.js           writes the seeds to fuzz/seeds
//   node fuzz/seeds.js --check   fails if fuzz/seeds is out of date

const fs = require('node:fs');
const path = require('node:path');
const { codecOf } = require('../lib/native/tasks');

/** The tasks, in the order of `task.rs`. */
const TASKS = ['fib', 'hash', 'hashPassword', 'verifyPassword', 'deriveKey'];

/** A value in the format that `src/input.rs` reads. */
function encoded(value) {
  if (value === undefined) return [0];
  if (value === null) return [1];
  if (typeof value === 'boolean') return [value ? 3 : 2];
  if (Object.is(value, (value << 24) >> 24)) return [4, value & 255];
  if (typeof value === 'number') return [5, ...new Uint8Array(Float64Array.of(value).buffer)];
  if (typeof value === 'string') return [6, ...sized(value)];
  if (ArrayBuffer.isView(value)) return [7, ...sized(value)];
  if (Array.isArray(value)) return [8, value.length, ...value.flatMap(encoded)];
  const fields = Object.entries(value);
  return [9, fields.length, ...fields.flatMap(([name, value]) => [...sized(name), ...encoded(value)])];
}

/** The length in two bytes, followed by the bytes. */
function sized(data) {
  const bytes = Buffer.from(data);
  return [bytes.length & 255, bytes.length >> 8, ...bytes];
}

/** The input of a task, encoded from its data. */
const task = (name, data) => [TASKS.indexOf(name), ...encoded(codecOf(name).encode(data))];

/** A value, a block, the bounds of a part of the block, and the types as which the fields are read. */
const value = (value, block, start, rest, ...types) => [...encoded(value), ...sized(block), start, rest, ...types];

const SALT = 'c29tZXNhbHQ';
const HASH = 'nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
const BCRYPT = 'DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.';
const password = 'password';
const salt = Buffer.from('somesaltsomesalt');
/** scrypt with `maxMemory` exactly at the amount that it needs. */
const AT_LIMIT = { password, salt, algorithm: 'scrypt', ln: 4, r: 8, p: 9, maxMemory: 128 * 8 * (16 + 9) };

/** Compressed data. It is stored here, since the output of zlib, brotli, zstd and lz4 depends on their version. */
const packed = (text) => Buffer.from(text, 'base64');

const SEEDS = {
  compress: Object.fromEntries(
    Array.from({ length: 6 }, (_, format) => [
      `format-${format}`,
      [format, format, ...Buffer.from('hello hello hello, compressed world'.repeat(format + 1))],
    ]),
  ),
  decompress_gzip: {
    text: packed('H4sIAAAAAAAAA8tIzcnJV8hAkDoKyfm5BUWpxcWpKQrl+UU5KQC8+Gs9IwAAAA=='),
    stored: packed('H4sIAAAAAAAEAwEjANz/aGVsbG8gaGVsbG8gaGVsbG8sIGNvbXByZXNzZWQgd29ybGS8+Gs9IwAAAA=='),
    members: packed('H4sIAAAAAAAAA8vPSwUA8YZsegMAAAAfiwgAAAAAAAADAwAAAAAAAAAAAB+LCAAAAAAAAAMrKc8HAGaKyhEDAAAAAAAAAA=='),
  },
  decompress_deflate: {
    text: packed('eJzLSM3JyVfIQJA6Csn5uQVFqcXFqSkK5flFOSkA7AQNRg=='),
    fixed: packed('eAHLSM3JyVfIQJA6Csn5uQVFqcXFqSkK5flFOSkA7AQNRg=='),
  },
  decompress_deflate_raw: {
    text: packed('y0jNyclXyECQOgrJ+bkFRanFxakpCuX5RTkpAA=='),
    dynamic: packed(
      'ncmxAYAgDACwVzjAp4BWEQqFoha53tWZJUus84D7Ec6YKBeuTfp1PzreaRcmIBGbn5vxnKtg7whGWQisw9hmGhlUuLAo5JFmi+jW5gM=',
    ),
  },
  decompress_brotli: {
    text: packed('GyIA+B0JNk50b+Q9FmgNUsb2pkFYyNjkJtDAkwfEkNF6o7LojAA='),
    fast: packed('iyIAAICqqqrq/3RluOv1JsIAcmABFhA5KGzA4UyzhxEOhMPBmLElU5QMy/MQ7lneMfG9ytqqAQ=='),
  },
  decompress_zstd: {
    text: packed('KLUv/QRY9QAAwGhlbGxvICwgY29tcHJlc3NlZCB3b3JsZAEAMUoROq4TMg=='),
    'level-19': packed('KLUv/QRoFQEAwGhlbGxvICwgY29tcHJlc3NlZCB3b3JsZAIALBlVQ4wCBx1Wfwo='),
    'without-checksum': packed('KLUv/QBYTQAAEHh4AQDjK4AF'),
    skippable: packed('UCpNGAMAAABhYmMotS/9AFhNAAAQeHgBAOMrgAU='),
  },
  decompress_lz4: {
    text: packed('BCJNGGRApywAAABnaGVsbG8gBgD3AywgY29tcHJlc3NlZCB3b3JsZB0AAikADyMAHVB3b3JsZAAAAABiNNhD'),
    blocks: packed('BCJNGHRAvScAAABnaGVsbG8gBgD/AywgY29tcHJlc3NlZCB3b3JsZCMA/wFQd29ybGSffNUaAAAAAGxXytY='),
  },
  phc: {
    argon2id: `$argon2id$v=19$m=64,t=2,p=2$${SALT}$${HASH}`,
    'argon2i-without-version': `$argon2i$m=65536,t=2,p=1$${SALT}$${HASH}`,
    'argon2d-v16': `$argon2d$v=16$m=32,t=1,p=1$${SALT}$${HASH}`,
    bcrypt: `$2b$04$${BCRYPT}`,
    'bcrypt-2a': `$2a$31$${BCRYPT}`,
    'bcrypt-2y': `$2y$06$${BCRYPT}`,
    scrypt: `$scrypt$ln=3,r=8,p=1$${SALT}$${HASH}`,
    'scrypt-with-version': `$scrypt$v=1$ln=3,r=8,p=1$${SALT}$${HASH}`,
    'scrypt-absurd': `$scrypt$ln=63,r=4294967295,p=1$${SALT}$${HASH}`,
    'pbkdf2-sha1': `$pbkdf2-sha1$i=5$${SALT}$${HASH}`,
    'pbkdf2-sha512': `$pbkdf2-sha512$i=4,l=32$${SALT}$${HASH}`,
    'parts-missing': `$argon2id$v=19$m=64,t=2,p=2$${SALT}`,
    'cost-unknown': `$scrypt$ln=3,r=8,p=1,data=1$${SALT}$${HASH}`,
  },
  task: {
    fib: task('fib', 10),
    'hash-sha256': task('hash', { data: 'abc' }),
    'hash-hmac': task('hash', { data: salt, key: 'key', algorithm: 'sha512', encoding: 'base64url' }),
    'hash-blake3-keyed': task('hash', { data: salt, key: Buffer.alloc(32, 1), algorithm: 'blake3' }),
    'hash-xxh3': task('hash', { data: 'x'.repeat(300), algorithm: 'xxh3', encoding: 'buffer' }),
    'hash-file': task('hash', { file: '/dev/null' }),
    'hashPassword-argon2id': task('hashPassword', { password, salt, memory: 64, iterations: 1 }),
    'hashPassword-bcrypt': task('hashPassword', { password, salt, algorithm: 'bcrypt', cost: 4 }),
    'hashPassword-scrypt': task('hashPassword', { password, salt, algorithm: 'scrypt', ln: 4, r: 8, p: 1 }),
    'hashPassword-pbkdf2': task('hashPassword', {
      password,
      salt,
      algorithm: 'pbkdf2',
      iterations: 9,
      digest: 'sha384',
    }),
    'hashPassword-at-the-limit': task('hashPassword', AT_LIMIT),
    'hashPassword-above-the-limit': task('hashPassword', { ...AT_LIMIT, maxMemory: AT_LIMIT.maxMemory - 1 }),
    'hashPassword-too-large': task('hashPassword', { password, salt, maxMemory: 1000 }),
    verifyPassword: task('verifyPassword', { password, hash: `$2b$04$${BCRYPT}` }),
    'deriveKey-hkdf': task('deriveKey', { password, salt, algorithm: 'hkdf', info: 'i', length: 64, digest: 'sha1' }),
    'deriveKey-scrypt': task('deriveKey', { password, salt, algorithm: 'scrypt', N: 16, r: 2, p: 2, length: 32 }),
    'deriveKey-pbkdf2': task('deriveKey', {
      password,
      salt,
      algorithm: 'pbkdf2',
      iterations: 2,
      length: 99,
      digest: 'sha1',
    }),
  },
  value: {
    leaves: value([undefined, null, true, false, 5, -1.5, 'text', salt], 'block', 1, 2, 0, 4, 5, 6, 4, 2, 2, 0),
    nested: value([[], [[1, { a: { é: 'secret' }, '': [null] }]], {}], '', 0, 0, 0),
    fields: value(['data', undefined, '/path', salt, 4294967295, 2 ** 64, NaN], 'x', 9, 9, 1, 2, 3, 1, 5, 6, 6),
    position: value([0, 2, 3], 'abc', 3, 0, 5, 5),
    record: value({ a: 1, b: ['x'] }, salt, 0, 0),
  },
};

const directory = path.join(__dirname, 'seeds');
const isCheck = process.argv.includes('--check');

function isWritten(file, content) {
  return fs.existsSync(file) && fs.readFileSync(file).equals(content);
}

/** Corrects a file, or reports that it is out of date. */
function correct(file, write) {
  if (!isCheck) return write();
  console.error(`${file} is out of date: run "node fuzz/seeds.js"`);
  process.exitCode = 1;
}

for (const [target, seeds] of Object.entries(SEEDS)) {
  const folder = path.join(directory, target);
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, seed] of Object.entries(seeds)) {
    const file = path.join(folder, name);
    const content = Buffer.from(seed);
    if (!isWritten(file, content)) correct(file, () => fs.writeFileSync(file, content));
  }
  // Other files, such as those that libFuzzer writes to its first corpus folder, are removed.
  for (const name of fs.readdirSync(folder).filter((name) => !Object.hasOwn(seeds, name))) {
    const file = path.join(folder, name);
    correct(file, () => fs.rmSync(file));
  }
}
