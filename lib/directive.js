'use strict';

// Reads the directive prologue of a JavaScript source: the string literals that stand alone as its
// first statements, where 'use strict' stands. Only as much of the grammar as that takes (ECMA-262,
// "Directive Prologues", "Automatic Semicolon Insertion"); what follows is not looked at, so any
// syntax may.

const BYTE_ORDER_MARK = /\uFEFF?/y;
const HASHBANG = /(?:#![^\n\r\u2028\u2029]*)?/y;
const BLANK = /(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /'[^'\\\n\r]*(?:\\(?:\r\n|[\s\S])[^'\\\n\r]*)*'|"[^"\\\n\r]*(?:\\(?:\r\n|[\s\S])[^"\\\n\r]*)*"/y;
const LINE_TERMINATOR = /[\n\r\u2028\u2029]/;

// What, on a later line, makes the string the start of a longer expression.
const CONTINUES = /[.,([`?:*/%<>=&|^]|\+(?!\+)|-(?!-)|!=|(?:in|instanceof)(?![\p{ID_Continue}$])/uy;
const ENDS_STATEMENT = /;|\}|$/y;

/** The directives of `source`, without their quotes, as they are written there. */
function directives(source) {
  let position = 0;
  const skip = (pattern) => {
    pattern.lastIndex = position;
    const [text] = pattern.exec(source) ?? [];
    position += text?.length ?? 0;
    return text;
  };

  const found = [];
  skip(BYTE_ORDER_MARK);
  skip(HASHBANG);
  for (;;) {
    skip(BLANK);
    const literal = skip(STRING);
    if (literal === undefined) return found;
    const onNewLine = LINE_TERMINATOR.test(skip(BLANK));
    CONTINUES.lastIndex = position;
    if (skip(ENDS_STATEMENT) === undefined && (!onNewLine || CONTINUES.test(source))) return found;
    found.push(literal.slice(1, -1));
  }
}

/** The NAME of the first 'use native:NAME' among the directives of `source`, or undefined. */
function nativeDirective(source) {
  const prefix = 'use native:';
  return directives(source)
    .find((directive) => directive.startsWith(prefix))
    ?.slice(prefix.length);
}

module.exports = { nativeDirective };
