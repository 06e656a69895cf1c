'use strict';

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { pbkdf2Sync, randomBytes, scryptSync } = require('node:crypto');
const { WorkerPool } = require('./support/build-with-test-workers');
const { runProgram } = require('./support/child');

const turn = () => new Promise(setImmediate);

let pool;
let hashPassword;
let verifyPassword;

before(() => {
  pool = new WorkerPool(2, 'native');
  ({ hashPassword, verifyPassword } = pool.proxy());
});

after(async () => {
  assert.equal(pool.stats().crashes, 0);
  await pool.close();
});

/** Low costs of each algorithm. */
const CHEAP = [
  { algorithm: 'argon2id', memory: 32, iterations: 1, parallelism: 2 },
  { algorithm: 'argon2i', memory: 32, iterations: 1, parallelism: 1 },
  { algorithm: 'argon2d', memory: 32, iterations: 1, parallelism: 1 },
  { algorithm: 'bcrypt', cost: 4 },
  { algorithm: 'scrypt', ln: 4, r: 8, p: 2 },
  ...['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((digest) => ({
    algorithm: 'pbkdf2',
    iterations: 3,
    digest,
  })),
];

const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');

test('a hash of every algorithm verifies its password and no other', async () => {
  for (const costs of CHEAP) {
    for (const password of ['correct horse', '', 'pässwörd 🔑', randomBytes(40).map((byte) => byte || 1)]) {
      const hash = await hashPassword({ password, ...costs });
      assert.equal(await verifyPassword({ password, hash }), true, hash);
      for (const other of ['Correct horse', 'x', Buffer.concat([Buffer.from(password), Buffer.from('x')])]) {
        assert.equal(await verifyPassword({ password: other, hash }), false, hash);
      }
    }
  }
});

test('a hash states its algorithm and costs in the PHC string format, bcrypt in its own', async () => {
  const forms = [
    /^\$argon2id\$v=19\$m=32,t=1,p=2\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$argon2i\$v=19\$m=32,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$argon2d\$v=19\$m=32,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$2b\$04\$[\w./]{53}$/,
    /^\$scrypt\$ln=4,r=8,p=2\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$pbkdf2-sha1\$i=3,l=32\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$pbkdf2-sha224\$i=3,l=32\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$pbkdf2-sha256\$i=3,l=32\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$pbkdf2-sha384\$i=3,l=32\$[\w+/]{22}\$[\w+/]{43}$/,
    /^\$pbkdf2-sha512\$i=3,l=32\$[\w+/]{22}\$[\w+/]{43}$/,
  ];
  for (const [i, costs] of CHEAP.entries()) assert.match(await hashPassword({ password: 'x', ...costs }), forms[i]);
});

test('the default is argon2id with the costs of the documentation', async () => {
  const hash = await hashPassword({ password: 'x' });
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await verifyPassword({ password: 'x', hash }), true);
});

test('each hash has a salt of its own, unless one is given', async () => {
  for (const costs of CHEAP) {
    const data = { password: 'x', ...costs };
    assert.notEqual(await hashPassword(data), await hashPassword(data));
    const salted = { ...data, salt: Buffer.from('0123456789abcdef') };
    assert.equal(await hashPassword(salted), await hashPassword(salted));
  }
});

test('hashes of scrypt and PBKDF2 are those of node:crypto', async () => {
  for (const length of [0, 1, 16, 100]) {
    const salt = randomBytes(length);
    const derived = scryptSync('pässwörd', salt, 32, { N: 64, r: 4, p: 3 });
    const scrypt = `$scrypt$ln=6,r=4,p=3$${base64(salt)}$${base64(derived)}`;
    assert.equal(await hashPassword({ password: 'pässwörd', salt, algorithm: 'scrypt', ln: 6, r: 4, p: 3 }), scrypt);
    assert.equal(await verifyPassword({ password: 'pässwörd', hash: scrypt }), true);
    for (const digest of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
      const hash = base64(pbkdf2Sync('pässwörd', salt, 600, 32, digest));
      const pbkdf2 = `$pbkdf2-${digest}$i=600,l=32$${base64(salt)}$${hash}`;
      const data = { password: 'pässwörd', salt, algorithm: 'pbkdf2', iterations: 600, digest };
      assert.equal(await hashPassword(data), pbkdf2);
      assert.equal(await verifyPassword({ password: 'pässwörd', hash: pbkdf2.replace(',l=32', '') }), true);
    }
  }
});

test('verifies hashes of any length from 12 bytes', async () => {
  const salt = randomBytes(16);
  for (const length of [12, 20, 64, 200]) {
    const hash = base64(pbkdf2Sync('x', salt, 2, length, 'sha256'));
    assert.equal(await verifyPassword({ password: 'x', hash: `$pbkdf2-sha256$i=2$${base64(salt)}$${hash}` }), true);
  }
  const other = base64(pbkdf2Sync('y', salt, 2, 32, 'sha256'));
  assert.equal(await verifyPassword({ password: 'x', hash: `$pbkdf2-sha256$i=2$${base64(salt)}$${other}` }), false);
});

/** Made by argon2-cffi, which calls the reference implementation of Argon2. */
const ARGON2 = {
  'correct horse': [
    '$argon2id$v=16$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$lwUu8Gy5sc02ch0qrd5qZkOTngG4PpzpdPFAZmhDCos',
    '$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGpor9OaG4WSZVb4jCfev4ys',
    '$argon2i$v=16$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$tGIxLiBuBRoNePzxgRL/rccpXV/9pZbAfObn5cPwCe8',
    '$argon2i$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$tGIxLiBuBRoNePzxgRL/rccpXV/9pZbAfObn5cPwCe8',
    '$argon2i$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$JJ/ZDykYOnhMabOK2tGFjoWMyIA2jiyUS51az8rbHG4',
    '$argon2d$v=16$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$wXYC3c9kVdoANr7uvSnCcMD5lIu4fpSRZ9vVqL9x0mo',
    '$argon2d$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$dOi7cZl2dlo4eu/sTQ2j9syppP/ZDNFzsjFGgjz/J0M',
    '$argon2id$v=19$m=65536,t=3,p=4$fA6wI8XDAejmwk/kfkKumg$vVggGazWqpY9bzu+DN5/o5iWbm2or+cN0bEZ3W/Y52s',
  ],
  pässwörd: [
    '$argon2id$v=19$m=128,t=3,p=4$c2FsdHNhbHQ$KiDZn3+LQ2/+UtIcB1Mkvgbw0OAxgpf8zLaoA2C3gNXKz/MyzlAwiBQoGESDx1AcihsnROFavdYoAEU6T4asHw',
  ],
};

test('hashes of the reference implementation of Argon2 verify', async () => {
  for (const [password, hashes] of Object.entries(ARGON2)) {
    for (const hash of hashes) {
      assert.equal(await verifyPassword({ password, hash }), true, hash);
      assert.equal(await verifyPassword({ password: `${password}x`, hash }), false, hash);
    }
  }
});

/** Of crypt_blowfish, and made by the bcrypt module of Python, which is that of OpenBSD. */
const BCRYPT = [
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
  [
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
  [Buffer.from([0xa3]), '$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq'],
  ['correct horse', '$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  ['correct horse', '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  ['correct horse', '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  ['x'.repeat(72), '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i'],
  ['x'.repeat(100), '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i'],
  ['pässwörd', '$2b$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC'],
  [Buffer.from([0xff, 0xff, 0xa3]), '$2b$04$abcdefghijklmnopqrstuuMOaOTHB4gEm.rriBjXNwBNh.Oc4mKGG'],
];

test('hashes of other implementations of bcrypt verify, whose passwords count up to 72 bytes', async () => {
  for (const [password, hash] of BCRYPT) {
    assert.equal(await verifyPassword({ password, hash }), true, hash);
    assert.equal(await verifyPassword({ password: `1${password}`, hash }), false, hash);
  }
});

test('bcrypt makes the hashes of other implementations', async () => {
  const hash = '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
  // Its salt, in the alphabet of bcrypt.
  const salt = Buffer.from('cdefghijklmnopqrstuvwww'.slice(0, 22), 'base64');
  const [, , , encoded] = hash.split('$');
  const standard = encoded
    .slice(0, 22)
    .replace(
      /./g,
      (c) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[
          './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.indexOf(c)
        ],
    );
  assert.deepEqual(salt, Buffer.from(standard, 'base64'));
  assert.equal(await hashPassword({ password: 'correct horse', algorithm: 'bcrypt', cost: 4, salt }), hash);
});

test('bcrypt refuses to hash passwords that it would cut: above 72 bytes, or with NUL', async () => {
  const bcrypt = (password) => hashPassword({ password, algorithm: 'bcrypt', cost: 4 });
  for (const password of ['x'.repeat(73), 'ä'.repeat(37), Buffer.alloc(1000, 'x')]) {
    const length = Buffer.byteLength(password);
    await assert.rejects(bcrypt(password), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: `bcrypt hashes at most 72 bytes of a password, not ${length}`,
    });
  }
  const nul = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /NUL/ };
  for (const password of ['\0', 'a\0b', 'trailing\0', Buffer.alloc(72)]) await assert.rejects(bcrypt(password), nul);
  assert.match(await bcrypt('ä'.repeat(36)), /^\$2b\$04\$/);
});

const SALT = 'c29tZXNhbHQ';
const HASH = '9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ';

const MALFORMED = [
  '',
  '$',
  '$$$$$',
  'password',
  'argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$9sTb',
  '5f4dcc3b5aa765d61d8327deb882cf99', // MD5
  '$1$salt$qJH7.N4xYta3aEG/dfqo/0', // md5crypt
  '$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.',
  '$P$984478476IagS59wHZvyQMArzfx58u.', // phpass
  '{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr',
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}$`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}=`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}!`,
  `$argon2id$v=19$m=64,t=1,p=1$not base64$${HASH}`,
  `$argon2id$v=19$m=64,t=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=64,t=1,p=1,x=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=64,t=1,p=1,m=64$${SALT}$${HASH}`,
  `$argon2id$v=19$m=064,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=+64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=-64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=6e1,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=99999999999,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=x$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$v=19$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id $v=19$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2x$v=19$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$ARGON2ID$v=19$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=4,r=8$${SALT}$${HASH}`,
  `$scrypt$N=16,r=8,p=1$${SALT}$${HASH}`,
  `$pbkdf2-sha256$i=2,l=31$${SALT}$${HASH}`,
  ...['argon2id$v=19$m=64,t=1,p=1', 'scrypt$ln=4,r=8,p=1', 'pbkdf2-sha256$i=2'].map(
    (costs) => `$${costs}$${SALT}$${HASH.slice(0, 14)}`, // truncated to 10 bytes
  ),
  `$pbkdf2-md5$i=2$${SALT}$${HASH}`,
  `$pbkdf2$i=2$${SALT}$${HASH}`,
  `$pbkdf2-sha256$29000$${SALT}$${HASH}`,
  ` $argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}\n`,
  `$argon2id$v=19$m=64,t=1,p=1$${SALT}$${HASH}\0`,
  '$2$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$4$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$+4$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$004$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6',
  '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6ee',
  '$2b$04$abcdefghijklmnopqrstu$jydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$04$äbcdefghijklmnopqrstujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  '$2b$',
  '\ud800',
  '$'.repeat(100_000),
];

test('a text that is no hash rejects with ERR_INVALID_DATA', async () => {
  for (const hash of MALFORMED) {
    await assert.rejects(
      verifyPassword({ password: 'correct horse', hash }),
      { name: 'Error', code: 'ERR_INVALID_DATA' },
      hash.slice(0, 200),
    );
  }
});

test('a hash of another algorithm is refused with the name of the algorithm', async () => {
  const message = 'The algorithm of the hash is unknown: "6"';
  await assert.rejects(verifyPassword({ password: '', hash: '$6$salt$IxDD3jeSOb5eB1CX5LBsqZ' }), { message });
  for (const hash of ['$argon2id$v=19$m=8,t=1,p=1', '$ecret', '$ecret$ecret']) {
    await assert.rejects(verifyPassword({ password: '', hash }), {
      message: 'The hash is malformed: it has not the parts of a PHC string',
    });
  }
});

test('a malformed hash is not repeated at length in its error', async () => {
  const hash = `$${'secret'.repeat(1000)}$m=1$a$b`;
  await assert.rejects(verifyPassword({ password: '', hash }), ({ message }) => message.length < 200);
});

test('costs of a stored hash that are out of range reject', async () => {
  for (const costs of [
    'argon2id$v=19$m=7,t=1,p=1',
    'argon2id$v=19$m=64,t=0,p=1',
    'argon2id$v=19$m=64,t=1,p=0',
    'argon2id$v=19$m=64,t=1,p=9',
    'argon2id$v=20$m=64,t=1,p=1',
    'scrypt$ln=0,r=8,p=1',
    'scrypt$ln=4,r=0,p=1',
    'scrypt$ln=4,r=8,p=0',
    'pbkdf2-sha256$i=0',
  ]) {
    await assert.rejects(
      verifyPassword({ password: '', hash: `$${costs}$${SALT}$${HASH}` }),
      { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
      costs,
    );
  }
  for (const cost of ['03', '32', '99']) {
    const hash = `$2b$${cost}$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e`;
    await assert.rejects(verifyPassword({ password: '', hash }), { code: 'ERR_OUT_OF_RANGE' }, hash);
  }
});

test('costs above maxMemory are refused before memory is allocated', async () => {
  const before = process.memoryUsage.rss();
  const tooLarge = (needed, limit) => ({
    name: 'RangeError',
    code: 'ERR_BUFFER_TOO_LARGE',
    message: `The costs need ${needed} bytes of memory, above maxMemory: ${limit}`,
  });
  const gib = 2 ** 30;
  const stored = (costs) => ({ password: '', hash: `$${costs}$${SALT}$${HASH}` });
  await assert.rejects(verifyPassword(stored('argon2id$v=19$m=1048577,t=1,p=1')), tooLarge(gib + 1024, gib));
  await assert.rejects(verifyPassword(stored('scrypt$ln=20,r=8,p=1')), tooLarge(gib + 1024, gib));
  for (const costs of [
    'argon2id$v=19$m=4294967295,t=4294967295,p=1',
    'argon2d$m=4294967295,t=1,p=16777215',
    'scrypt$ln=63,r=8,p=1',
    'scrypt$ln=64,r=8,p=1',
    'scrypt$ln=4294967295,r=1,p=1',
    'scrypt$ln=1,r=4294967295,p=4294967295',
    'scrypt$ln=1,r=1,p=1073741823',
  ]) {
    await assert.rejects(verifyPassword(stored(costs)), { name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE' }, costs);
  }
  const limited = { maxMemory: 2 ** 20 };
  await assert.rejects(
    verifyPassword({ ...stored('argon2id$v=19$m=1025,t=1,p=1'), ...limited }),
    tooLarge(1025 * 1024, 2 ** 20),
  );
  assert.equal(await verifyPassword({ ...stored('argon2id$v=19$m=1024,t=1,p=1'), ...limited }), false);
  await assert.rejects(hashPassword({ password: '', memory: 1025, ...limited }), tooLarge(1025 * 1024, 2 ** 20));
  await assert.rejects(hashPassword({ password: '', algorithm: 'scrypt', ...limited }), {
    code: 'ERR_BUFFER_TOO_LARGE',
  });
  assert.ok(process.memoryUsage.rss() - before < 100e6);
});

test('memory that the system does not have rejects, even if maxMemory allows it', async () => {
  const { code, stdout, stderr } = await runProgram(`
    (async () => {
      const pool = new WorkerPool(1, 'native');
      const { hashPassword } = pool.proxy();
      for (const ln of [45, 50, 53]) {
        const data = { password: '', algorithm: 'scrypt', ln, maxMemory: Infinity };
        console.log(await hashPassword(data).catch(({ code }) => code));
      }
      await pool.close();
    })();
  `);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stdout, 'ERR_BUFFER_TOO_LARGE\n'.repeat(3));
});

test('a cost that does not belong to the algorithm is refused, and the message lists those that do', async () => {
  const refused = (message) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });
  for (const [algorithm, name, own] of [
    ['argon2id', 'cost', 'memory, iterations, parallelism'],
    ['argon2i', 'ln', 'memory, iterations, parallelism'],
    ['bcrypt', 'iterations', 'cost'],
    ['bcrypt', 'memory', 'cost'],
    ['scrypt', 'cost', 'ln, r, p'],
    ['scrypt', 'memory', 'ln, r, p'],
    ['pbkdf2', 'memory', 'iterations, digest'],
  ]) {
    await assert.rejects(
      hashPassword({ password: '', algorithm, [name]: 8 }),
      refused(`data.${name} is not a cost of ${algorithm}; its costs are ${own}`),
    );
  }
  await assert.rejects(
    hashPassword({ password: '', digest: 'sha1' }),
    refused(/^data\.digest is not a cost of argon2id/),
  );
  // The range of bcrypt's cost is of no use to a caller who means the N of scrypt.
  await assert.rejects(
    hashPassword({ password: '', algorithm: 'scrypt', cost: 16_384 }),
    refused('data.cost is not a cost of scrypt; its costs are ln, r, p'),
  );
  await assert.rejects(
    hashPassword({ password: '', itterations: 1 }),
    refused('data.itterations is not a field of hashPassword; did you mean iterations?'),
  );
  await assert.rejects(
    verifyPassword({ password: '', hash: '', memory: 1 }),
    refused(/^data\.memory is not a field of verifyPassword/),
  );
});

test('a cost that is out of range is refused, and the message names the cost', async () => {
  for (const [algorithm, name, values] of [
    ['argon2id', 'memory', [7, 2 ** 32, 8.5, -1, NaN, Infinity]],
    ['argon2id', 'iterations', [0, 2 ** 32]],
    ['argon2id', 'parallelism', [0, 2 ** 24]],
    ['bcrypt', 'cost', [3, 32, 4.5]],
    ['scrypt', 'ln', [0, 64]],
    ['scrypt', 'r', [0]],
    ['scrypt', 'p', [0]],
    ['pbkdf2', 'iterations', [0]],
    ['pbkdf2', 'digest', ['md5', 'SHA1']],
  ]) {
    for (const value of values) {
      await assert.rejects(
        hashPassword({ password: '', algorithm, [name]: value }),
        ({ code, message }) => code === 'ERR_OUT_OF_RANGE' && message.startsWith(`data.${name} must be`),
        `${algorithm} ${name} ${value}`,
      );
    }
  }
  await assert.rejects(hashPassword({ password: '', memory: 31, parallelism: 4 }), {
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
    message: 'memory must be at least 8 KiB for each of parallelism 4, not 31',
  });
  await assert.rejects(hashPassword({ password: '', memory: '64' }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(hashPassword({ password: '', algorithm: 'argon3' }), { message: /argon2id.*pbkdf2/ });
});

test('a salt that the algorithm cannot use is refused', async () => {
  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  await assert.rejects(hashPassword({ password: '', memory: 32, salt: '1234567' }), range);
  assert.match(await hashPassword({ password: '', memory: 32, salt: '12345678' }), /\$MTIzNDU2Nzg\$/);
  for (const length of [0, 15, 17]) {
    const salt = Buffer.alloc(length);
    await assert.rejects(hashPassword({ password: '', algorithm: 'bcrypt', cost: 4, salt }), range);
  }
});

test('a password or a hash that is missing or of a wrong type is refused', async () => {
  await assert.rejects(hashPassword(), { code: 'ERR_INVALID_ARG_VALUE', message: 'data.password is required' });
  await assert.rejects(hashPassword({ password: null }), { message: 'data.password is required' });
  await assert.rejects(verifyPassword({ password: '' }), { message: 'data.hash is required' });
  await assert.rejects(verifyPassword({ hash: '' }), { message: 'data.password is required' });
  for (const password of [5, true, {}, ['x']]) {
    await assert.rejects(hashPassword({ password }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  await assert.rejects(verifyPassword({ password: '', hash: Buffer.from('x') }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a password may be bytes of any kind', async () => {
  const bytes = Uint8Array.from(Buffer.from('pässwörd'));
  const hash = await hashPassword({ password: 'pässwörd', memory: 32, iterations: 1 });
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  for (const password of [bytes, bytes.buffer, new DataView(bytes.buffer), shared, shared.buffer]) {
    assert.equal(await verifyPassword({ password, hash }), true);
  }
});

/** Costs at which hashing takes hours. */
const ABSURD = [
  { algorithm: 'argon2id', memory: 8, iterations: 2 ** 32 - 1 },
  { algorithm: 'argon2i', memory: 65_536, iterations: 2 ** 32 - 1, parallelism: 3 },
  { algorithm: 'argon2d', memory: 65_536, iterations: 2 ** 32 - 1 },
  { algorithm: 'bcrypt', cost: 31 },
  { algorithm: 'scrypt', ln: 19, r: 8, p: 100_000 },
  { algorithm: 'pbkdf2', iterations: 2 ** 32 - 1 },
];

/** Stored hashes that take hours to verify. */
const ABSURD_STORED = [
  `$argon2id$v=19$m=8,t=4294967295,p=1$${SALT}$${HASH}`,
  `$argon2id$v=19$m=65536,t=4294967295,p=4$${SALT}$${HASH}`,
  `$argon2d$m=1048576,t=4294967295,p=1$${SALT}$${HASH}`,
  `$scrypt$ln=19,r=8,p=100000$${SALT}$${HASH}`,
  `$pbkdf2-sha512$i=4294967295$${SALT}$${HASH}`,
  '$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
];

test('every algorithm stops on abort, timeout and forced close, and its thread is free again', async () => {
  for (const run of [
    ...ABSURD.map((costs) => (pool, options) => pool.proxy().hashPassword({ password: '', ...costs }, options)),
    ...ABSURD_STORED.map((hash) => (pool, options) => pool.proxy().verifyPassword({ password: '', hash }, options)),
  ]) {
    const single = new WorkerPool(1, 'native');
    const controller = new AbortController();
    const task = run(single, { signal: controller.signal });
    while (single.stats().running === 0) await turn();
    controller.abort();
    await assert.rejects(task, { code: 'ABORT_ERR' });
    while (single.stats().stopping > 0) await turn();
    assert.equal(single.stats().idle, 1);
    await assert.rejects(run(single, { timeout: 1 }), { code: 'ERR_POOL_TIMEOUT' });
    assert.match(await single.proxy().hashPassword({ password: '', memory: 32 }), /^\$argon2id/);
    const closed = assert.rejects(run(single), { code: 'ERR_POOL_CLOSED' });
    await single.close({ force: true });
    await closed;
  }
});
