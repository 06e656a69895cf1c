'use strict';

// What does not work on which runtime, and why.

const LACKS = {
  bun: {
    'bad-input.test.js': 'the words of JavaScriptCore for an object without a text are others',
    'directive.test.js': "it compares with V8's parser, by node:vm",
    'document-promises.test.js': 'it shows the faults of a pool of worker_threads, some of which are others there',
    'environments.test.js': 'the end of a worker_threads thread runs no cleanup hook: its pools stay',
    'error-codec.test.js': 'assert.deepStrictEqual does not come to an end for some objects in a circle',
    'event-loop.test.js':
      'a turn of the event loop takes up to nine rings of a thread-safe function, and the first takes more',
    'fairness.test.js': 'as event-loop.test.js: so many times 256 results may be settled in a turn',
    'function-workers.test.js': 'async_hooks says nothing of promises',
    'interrupted.test.js': 'what node:vm has interrupted is not collected',
    'late-ring.test.js': 'its test runner does not pass on an uncaught exception',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'a listener on parentPort is not called as a method of it',
    'no-thread.test.js': 'a change of process.env does not reach native code',
    'own-options.test.js': 'threads have no limit of memory',
    'permission.test.js': '--no-addons is said in other words',
    'polluted-prototype.test.js': 'it reads the options of a Worker from Object.prototype itself',
    'readme.test.js': 'console.log writes an object over several lines',
    'reentrancy.test.js': 'async_hooks says nothing of promises',
    'signal-reentrancy.test.js': 'async_hooks says nothing of promises',
    'worker-abort.test.js': 'an AbortError of its own making says something else',
    'worker-errors.test.js':
      'an uncaught error is no more than its class, message and stack when its thread dies of it',
    'worker-file-ahead.test.js': 'what is nested too deep for V8 to read can be read there',
    'worker-file-death.test.js':
      'threads have no limit of memory; the code and some errors of a thread that dies are lost or are others',
    'worker-file-ending.test.js':
      'process.exit runs exit handlers without process.emit, and there is no coverage by V8',
    'worker-file-handled.test.js': 'a thread ends by an uncaught exception though the program handles it',
    'worker-file-loading.test.js':
      'threads take no options of Node.js, require.main is another, and a file that exports nothing exports a default',
    'worker-file-parity.test.js': 'structuredClone keeps properties of a Map that V8 leaves out',
    'worker-file-printing.test.js': 'what threads print goes past process.stdout, in no order with their results',
    'worker-file-replaced.test.js':
      'its streams use globals that a worker file can replace; as worker-file-loading.test.js',
    'worker-file-styles.test.js': 'it does not say whether a listener was added by addEventListener',
    'worker-options.test.js':
      'threads have no limit of memory and no options of Node.js; what they print comes late; they are not collected',
  },
  deno: {
    'document-promises.test.js': 'it shows the faults of a pool of worker_threads, which hang there',
    'environments.test.js': 'the end of a worker_threads thread runs no cleanup hook: its pools stay',
    'function-workers.test.js':
      "a thread is said to have ended a little before it has; who awaits a task is told before 'drain' is emitted",
    'interrupted.test.js': 'mocked timers replace also what was imported before; the end of the stack is an error',
    'lost-termination.test.js': 'the test runner does not come to an end',
    'message-workers.test.js': 'as function-workers.test.js',
    'moving.test.js': 'a listener on parentPort is not called as a method of it',
    'stopping-files.test.js': 'a thread that was ended is said to have ended while it waits for a process',
    'worker-abort.test.js':
      'an AbortError of its own making says something else; a thread that was ended is told as dead',
    'worker-errors.test.js':
      'an unhandled rejection is told without its properties; a thread takes a third of a second for a megabyte of a buffer',
    'worker-file-death.test.js': 'threads have no limit of memory',
    'worker-file-parity.test.js':
      'an undefined message and a lone surrogate come through postMessage as something else',
    'worker-file-styles.test.js': 'it does not say whether a listener for one message is still there',
    'worker-options.test.js':
      'threads have no limit of memory and no options of Node.js; what they print is not passed on',
  },
};

/** @returns {string | undefined} why not all tests of this file can pass on that runtime. */
function lackOf(runtime, file) {
  return LACKS[runtime]?.[file];
}

module.exports = { lackOf };
