'use strict';

// Small programs that were written for other pools, after the move by docs/moving.md. fixtures/moved/ has them before and
// after; bench/moving.test.js, where the other pools are installed, compares what both print.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');

const PRINTED = {
  piscina: `[ '206b994b45838b04', '7c0f7617f2d2f1d1', '801d59fcfc844c6e' ]
TypeError ada has no password
0 [ 1, 2, 3 ]
[ true, true ]
AbortError
true 2 true
`,
  tinypool: `[
  'broken.test test: is wrong: failed',
  'broken.test test: throws: TypeError',
  'sum.test test: adds numbers: passed',
  'sum.test test: adds strings: passed'
]
[
  { file: 'sum.test', passed: 2, of: 2 },
  { file: 'broken.test', passed: 0, of: 2 }
]
[ 'rejected', 'rejected', 'rejected', 'rejected' ]
`,
  workerpool: `13
quick 26
3 [ { found: 1 }, { found: 2 }, { found: 3 } ]
This is no text
true
true
0
`,
  poolifier: `832040
true false
[ 3628800, 39916800, 479001600 ]
There is no factorial of a negative number
18 0
true 0 2 0
`,
};

for (const [peer, printed] of Object.entries(PRINTED)) {
  test(`a program for ${peer} prints the same after the move`, () => {
    const program = path.join(__dirname, 'fixtures/moved', peer, 'here/main.js');
    assert.equal(execFileSync(process.execPath, [program], { encoding: 'utf8' }), printed);
  });
}
