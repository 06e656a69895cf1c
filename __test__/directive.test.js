'use strict';

// Which directive a source has is a question V8 can answer too, for its own 'use strict'. So each
// source of the tables below that is a script is put to it as well: with 'use strict' in place of
// the directive, does it refuse what strict mode forbids?

const { test } = require('node:test');
const assert = require('node:assert/strict');
const vm = require('node:vm');
const { nativeDirective } = require('../lib/api/directive');

/** Whether V8 sees a directive where `source` has 'use native:fib'. */
function isDirectiveToV8(source) {
  const strictOrNot = source.replaceAll('use native:fib', 'use strict');
  compile(strictOrNot, 'is no script');
  try {
    compile(`${strictOrNot}\n;with ({}) {}`, 'is strict');
  } catch (error) {
    if (error.message.includes('Strict mode code')) return true;
    throw error;
  }
  return false;
}

/** As Node compiles a CommonJS module, but for the wrapper, in which every prologue is the same. */
function compile(source, otherwise) {
  try {
    new vm.Script(source.replace(/^\uFEFF/, ''), { filename: otherwise });
  } catch (error) {
    throw new SyntaxError(`${otherwise}: ${error.message}`);
  }
}

const DIRECTIVES = {
  'single quotes': `'use native:fib';`,
  'double quotes': `"use native:fib";`,
  'no semicolon, end of file': `'use native:fib'`,
  'no semicolon, new line': `'use native:fib'\nlet a;`,
  'blanks around': ` \t\v\f\u00A0\u2003'use native:fib' \t ; `,
  'blank lines before': `\n\r\n\n  'use native:fib';`,
  'line comment before': `// a 'comment'\n'use native:fib';`,
  'block comment before': `/* a "comment"\n * of two lines */'use native:fib';`,
  'empty block comments before': `/**//***/'use native:fib';`,
  'a license banner before': `/*! pkg v1.0 | MIT */\n// another\n\n'use native:fib';`,
  'line comment between string and semicolon': `'use native:fib' // why\n;`,
  'block comment between string and semicolon': `'use native:fib' /* why */ ;`,
  'line comment ends the line': `'use native:fib' // why\nlet a;`,
  'block comment of two lines ends the line': `'use native:fib' /* \n */ let a;`,
  'a line separator ends the line': `'use native:fib'\u2028let a;`,
  'a paragraph separator in a comment ends the line': `'use native:fib' /*\u2029*/ let a;`,
  'byte order mark': `\uFEFF'use native:fib';`,
  hashbang: `#!/usr/bin/env node\n'use native:fib';`,
  'byte order mark and hashbang': `\uFEFF#!/usr/bin/env node\n'use native:fib';`,
  'hashbang of a quote': `#! 'no directive'\n'use native:fib';`,
  'carriage returns': `// a\r\n'use strict'\r\n'use native:fib'\r\nlet a;\r\n`,
  'bare carriage returns': `// a\r'use native:fib'\rlet a;\r`,
  'another directive before': `'a directive';\n'use native:fib';`,
  'another directive without semicolon before': `'a directive'\n"use native:fib"\n`,
  'on one line with another': `'a directive';'use native:fib';`,
  'a directive of awkward characters before': `'\\' " // /* \\\\';'use native:fib';`,
  'a directive with a continued line before': `'a\\\nb\\\r\nc';'use native:fib';`,
  'a directive with a line separator in it before': `'a\u2028b';'use native:fib';`,
  'an empty directive before': `'';"";'use native:fib';`,
  'another directive after': `'use native:fib';\n'a directive';`,
  'a block follows': `'use native:fib'\n{ let a; }`,
  'an identifier that starts like an operator follows': `'use native:fib'\ninput()`,
  'an identifier that starts like instanceof follows': `'use native:fib'\ninstanceofs = 1`,
  'an identifier that starts like in and goes on beyond ASCII follows': `'use native:fib'\ninß = 1`,
  'an increment follows': `'use native:fib'\nlet a\n++a`,
  'an increment follows at once': `'use native:fib'\n++globalThis.a`,
  'a decrement follows at once': `'use native:fib'\n--globalThis.a`,
  'a negation follows': `'use native:fib'\n!function () {}()`,
  'a complement follows': `'use native:fib'\n~1`,
  'another string follows': `'use native:fib'\n'a'.length`,
};

const NO_DIRECTIVES = {
  'nothing at all': ``,
  'blanks only': ` \n\t\r\n`,
  'comments only': `// 'use native:fib';\n/* 'use native:fib'; */`,
  'a byte order mark only': `\uFEFF`,
  'a hashbang only': `#!'use native:fib'`,
  'after a statement': `let a;\n'use native:fib';`,
  'after an empty statement': `;'use native:fib';`,
  'after a directive-like expression': `'a'.length;\n'use native:fib';`,
  'in a function': `function f() { 'use native:fib'; }`,
  'in a block': `{ 'use native:fib'; }`,
  'in parentheses': `('use native:fib');`,
  'a template literal': '`use native:fib`;',
  'a tag': `'use native:fib'\n\`a\``,
  'an initial value': `const a = 'use native:fib';`,
  'an operand': `'use native:fib' + 'a';`,
  'a list': `'use native:fib', 'a';`,
  'a condition': `'use native:fib' ? 1 : 2;`,
  'a property on the same line': `'use native:fib'.length;`,
  'a property on the next line': `'use native:fib'\n.length;`,
  'an optional property on the next line': `'use native:fib'\n?.length;`,
  'a property after comments': `'use native:fib' // a\n/* b */\n// c\n.length;`,
  'an index on the next line': `'use native:fib'\n[0];`,
  'a call on the next line': `'use native:fib'\n(function () {})();`,
  'a sum on the next line': `'use native:fib'\n+ 1;`,
  'a difference on the next line': `'use native:fib'\n- 1;`,
  'a division on the next line': `'use native:fib'\n/ 2;`,
  'what looks like a regular expression on the next line': `'use native:fib'\n/a/g`,
  'a product on the next line': `'use native:fib'\n* 2;`,
  'a power on the next line': `'use native:fib'\n** 2;`,
  'a remainder on the next line': `'use native:fib'\n% 2;`,
  'comparisons on the next line': `'use native:fib'\n< 2;`,
  'an equality on the next line': `'use native:fib'\n=== 2;`,
  'an inequality on the next line': `'use native:fib'\n!== 2;`,
  'a logical and on the next line': `'use native:fib'\n&& 2;`,
  'a logical or on the next line': `'use native:fib'\n|| 2;`,
  'an exclusive or on the next line': `'use native:fib'\n^ 2;`,
  'a nullish default on the next line': `'use native:fib'\n?? 2;`,
  'a condition on the next line': `'use native:fib'\n? 1 : 2;`,
  'a comma on the next line': `'use native:fib'\n, 2;`,
  'in on the next line': `'use native:fib'\nin {};`,
  'instanceof on the next line': `'use native:fib'\ninstanceof Object;`,
  'in without a blank after it on the next line': `'use native:fib'\nin{};`,
};

for (const [what, source] of Object.entries(DIRECTIVES)) {
  test(`is a directive: ${what}`, () => {
    assert.equal(isDirectiveToV8(source), true);
    assert.equal(nativeDirective(source), 'fib');
  });
}

for (const [what, source] of Object.entries(NO_DIRECTIVES)) {
  test(`is not a directive: ${what}`, () => {
    assert.equal(isDirectiveToV8(source), false);
    assert.equal(nativeDirective(source), undefined);
  });
}

test('an identifier that starts like an operator may contain characters that only identifiers can', () => {
  for (const name of ['in$', 'in_', 'in1', 'in\\u0061', 'in\\u{61}', 'in\u200C', 'in\u200D', 'in𠮷']) {
    const source = `'use native:fib'\n${name} = 1`;
    assert.equal(isDirectiveToV8(source), true, name);
    assert.equal(nativeDirective(source), 'fib', name);
  }
});

test('the directive is matched literally, without escapes', () => {
  for (const words of [
    'us\\u0065 native:fib',
    'use\\x20native:fib',
    'use \\\nnative:fib',
    ' use native:fib',
    'use  native:fib',
    'Use native:fib',
    'use strict native:fib',
    'native:fib',
  ]) {
    assert.equal(nativeDirective(`'${words}';`), undefined, words);
  }
});

test('the directive is found in the prologue of an ES module', () => {
  assert.equal(nativeDirective(`'use native:fib';\nimport { parentPort } from 'node:worker_threads';`), 'fib');
  assert.equal(nativeDirective(`'use native:fib'\nimport 'a';`), 'fib');
  assert.equal(nativeDirective(`'use native:fib'\nimport.meta.url;`), 'fib');
  assert.equal(nativeDirective(`'use native:fib'\nexport default 1;`), 'fib');
  assert.equal(nativeDirective(`import 'a';\n'use native:fib';`), undefined);
});

test('anything may follow the prologue', () => {
  assert.equal(nativeDirective(`'use native:fib';\n@@ type A<B> = not #yet [ JavaScript \u0000`), 'fib');
  assert.equal(nativeDirective(`'use native:fib'\n#private = '`), 'fib');
  assert.equal(nativeDirective(`'use native:fib';\n/* never closed`), 'fib');
  assert.equal(nativeDirective(`'use native:fib';\n'never closed`), 'fib');
});

test('an unterminated string is not a directive', () => {
  for (const source of [`'use native:fib`, `'use native:fib\n'`, `'use native:fib"`, `'use native:fib\\`, `'`]) {
    assert.equal(nativeDirective(source), undefined, source);
  }
});

test('two statements on one line without a semicolon are not a directive', () => {
  assert.equal(nativeDirective(`'use native:fib' let a;`), undefined);
  assert.equal(nativeDirective(`'use native:fib' 'a';`), undefined);
});

test('the name of the directive is returned even if no such worker exists', () => {
  assert.equal(nativeDirective(`'use native:no-such';`), 'no-such');
  assert.equal(nativeDirective(`'use native:';`), '');
  assert.equal(nativeDirective(`'use native: fib ';`), ' fib ');
  assert.equal(nativeDirective(`"use native:it's";`), "it's");
  assert.equal(nativeDirective(`'use native:f\\u0069b';`), 'f\\u0069b');
});

test('the first of several directives applies', () => {
  assert.equal(nativeDirective(`'use native:one';'use native:two';`), 'one');
});

test('a huge prologue is parsed to its end', () => {
  const directive = `'use native:fib'`;
  const million = 1_000_000;
  for (const [what, before] of Object.entries({
    blanks: ' '.repeat(10 * million),
    lines: '\r\n'.repeat(5 * million),
    'line comments': '// a comment\n'.repeat(million),
    'block comments': '/**/'.repeat(million),
    'one block comment': `/*${'* /\n'.repeat(million)}*/`,
    'one string': `'${'a'.repeat(10 * million)}';`,
    'one string of escapes': `'${'\\a'.repeat(5 * million)}';`,
    strings: `'a';`.repeat(million),
  })) {
    assert.equal(nativeDirective(before + directive), 'fib', what);
  }
});

test('a huge file is not parsed beyond its prologue', () => {
  // Read through, character by character or token by token, these would be found to be broken.
  assert.equal(nativeDirective(`'use native:fib';${'('.repeat(20_000_000)}`), 'fib');
  assert.equal(nativeDirective(`'use native:fib';let a = '${'a'.repeat(20_000_000)}`), 'fib');
});
