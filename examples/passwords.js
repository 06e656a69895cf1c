'use strict';

// Sign-up and login of a server, without the server. Hashing a password takes tens of milliseconds, so a flood of
// logins must not queue up without limit: what cannot run soon is refused. Hashes of bcrypt that an earlier version of the
// server has stored become hashes of argon2id when their users log in.
//
//     node examples/passwords.js
//
// In a project that has installed the package, the line that names it is
//
//     const { WorkerPool } = require('native-worker-pool');

const { WorkerPool } = require('..');

/** Two threads hash; at most ten tasks wait for them. */
const pool = new WorkerPool(2, 'native', { maxQueue: 10 });
const { hashPassword, verifyPassword } = pool.proxy();

/** A login that has waited this long is refused, in milliseconds. Its user has probably given up. */
const QUEUE_TIMEOUT = 5_000;

/** The hashes of passwords by the names of users. A server keeps them in a database. */
const users = new Map();

/** The beginning of the hashes that `signUp` stores: the default algorithm and costs of `hashPassword`. */
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$';

/** The hash that is verified for unknown users, so that the response time does not reveal whether a user exists. */
const hashOfNobody = hashPassword({ password: 'no such user' });

async function signUp(name, password) {
  users.set(name, await hashPassword({ password }));
}

/** Returns the status of an HTTP response. */
async function login(name, password) {
  const hash = users.get(name) ?? (await hashOfNobody);
  try {
    const isRight = await verifyPassword({ password, hash }, { queueTimeout: QUEUE_TIMEOUT });
    if (!isRight || !users.has(name)) return 401;
    if (!hash.startsWith(CURRENT)) replaceHash(name, password, hash); // the response does not wait for it
    return 200;
  } catch (error) {
    if (error.code === 'ERR_POOL_QUEUE_FULL' || error.code === 'ERR_POOL_QUEUE_TIMEOUT') return 503;
    throw error;
  }
}

/** Replaces an old hash. Never rejects: the login has succeeded, and the next one tries again. */
async function replaceHash(name, password, old) {
  try {
    const hash = await hashPassword({ password }, { queueTimeout: QUEUE_TIMEOUT });
    if (users.get(name) === old) users.set(name, hash); // the user may have changed the password meanwhile
  } catch (error) {
    console.error(`The hash of ${name} was not replaced: ${error.message}`);
  }
}

async function main() {
  await signUp('ada', 'correct horse');
  console.log(await login('ada', 'correct horse')); // 200
  console.log(await login('ada', 'battery staple')); // 401
  console.log(await login('bob', 'no such user')); // 401

  // A hundred logins at once: two run, ten wait, and the others are refused at once.
  const flood = await Promise.all(Array.from({ length: 100 }, () => login('ada', 'correct horse')));
  console.log(flood.filter((status) => status === 200).length, 'logins'); // 12 logins
  console.log(flood.filter((status) => status === 503).length, 'refused'); // 88 refused

  // A hash of bcrypt, and the login that replaces it. Closing the pool waits for the new hash.
  users.set('grace', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW');
  console.log(await login('grace', 'U*U')); // 200
  await pool.close();
  console.log(users.get('grace').startsWith(CURRENT)); // true
}

main();
