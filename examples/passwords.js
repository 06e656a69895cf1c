'use strict';

// Sign-up and login of a server, without the server. Hashing a password takes tens of milliseconds, so a flood of
// logins must not queue up without limit: what cannot run soon is refused.
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
    return isRight && users.has(name) ? 200 : 401;
  } catch (error) {
    if (error.code === 'ERR_POOL_QUEUE_FULL' || error.code === 'ERR_POOL_QUEUE_TIMEOUT') return 503;
    throw error;
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

  await pool.close();
}

main();
