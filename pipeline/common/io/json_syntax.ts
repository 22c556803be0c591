/**
 * The first thing wrong with a text as JSON, and where. Engines word their errors differently and most name no place; and
 * JSON.parse takes what silently loses something: of equal keys all but the last, of 1e999 the value.
 */

/** No file of this project comes near; what goes deeper would end in a full stack somewhere else. */
const DEEPEST = 64;
/** A key of this name is no property like others in JavaScript. */
const PROTOTYPE = "__proto__";

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const BLANK = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end" | "end";

const EXPECTATIONS: Readonly<Record<Expected, string>> = {
  value: "expected a value",
  "value or ]": "expected a value or ]",
  key: "expected a key in double quotes",
  "key or }": "expected a key in double quotes or }",
  colon: "expected a colon",
  "comma or end": "expected a comma or the end of the list or object",
  end: "expected nothing more",
};

export interface JsonProblem {
  /** Place in the text, from 0. */
  readonly at: number;
  /** Continues "line 3, column 7: ...". */
  readonly what: string;
}

/**
 * @param mostValues texts, numbers, words, lists and objects that it may hold
 * @returns undefined for a text that JSON.parse reads without losing anything
 */
export function jsonProblem(text: string, mostValues = Infinity): JsonProblem | undefined {
  let values = 0;
  /** The keys of each open object; of an open list none. */
  const open: (Set<string> | undefined)[] = [];
  let expected: Expected = "value";
  let at = skip(text, 0);
  for (; at < text.length; at = skip(text, at)) {
    if (values > mostValues) return { at, what: `it holds more than ${mostValues} values` };
    const character = text[at];
    const closes = character === "}" ? "key or }" : character === "]" ? "value or ]" : undefined;
    const isOpen = open.length > 0 && (open.at(-1) !== undefined) === (character === "}");
    if (closes && isOpen && (expected === closes || expected === "comma or end")) {
      open.pop();
      at++;
      expected = open.length > 0 ? "comma or end" : "end";
    } else if (expected === "colon" && character === ":") {
      at++;
      expected = "value";
    } else if (expected === "comma or end" && character === ",") {
      at++;
      expected = open.at(-1) ? "key" : "value";
    } else if (expected.startsWith("key") && character === '"') {
      const end = endOfString(text, at);
      if (typeof end !== "number") return end;
      const key: string = JSON.parse(text.slice(at, end));
      const keys = open.at(-1)!;
      if (keys.has(key)) return { at, what: `the key ${text.slice(at, end)} stands there twice` };
      if (key === PROTOTYPE) return { at, what: `the key ${PROTOTYPE} is not allowed` };
      keys.add(key);
      at = end;
      expected = "colon";
    } else if (expected.startsWith("value") && (character === "{" || character === "[")) {
      if (open.length === DEEPEST) return { at, what: `it is nested deeper than ${DEEPEST} times` };
      open.push(character === "{" ? new Set() : undefined);
      values++;
      at++;
      expected = character === "{" ? "key or }" : "value or ]";
    } else if (expected.startsWith("value")) {
      const end = endOfPlainValue(text, at);
      if (typeof end !== "number") return end ?? unexpected(text, at, expected);
      values++;
      at = end;
      expected = open.length > 0 ? "comma or end" : "end";
    } else return unexpected(text, at, expected);
  }
  return expected === "end" ? undefined : { at, what: `${EXPECTATIONS[expected]}, the text ends` };
}

/** Place in a text as people count: lines and columns from 1. */
export function lineAndColumn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function unexpected(text: string, at: number, expected: Expected): JsonProblem {
  const [word] = /^[\w.+-]{1,20}|^./su.exec(text.slice(at, at + 20))!;
  return { at, what: `${EXPECTATIONS[expected]}, got ${JSON.stringify(word)}` };
}

function skip(text: string, at: number): number {
  return match(BLANK, text, at) ?? at;
}

/** Where a match that starts at a place ends. */
function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function endOfPlainValue(text: string, at: number): number | JsonProblem | undefined {
  if (text[at] === '"') return endOfString(text, at);
  const end = match(NUMBER, text, at);
  if (end === undefined) return match(WORD, text, at);
  if (Number.isFinite(Number(text.slice(at, end)))) return end;
  return { at, what: `the number ${text.slice(at, end).slice(0, 40)} is too large` };
}

function endOfString(text: string, start: number): number | JsonProblem {
  for (let at = start + 1; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return { at, what: "a control character must not stand in a text" };
    if (code !== 0x5c) at++;
    else {
      const end = match(ESCAPE, text, at);
      if (end === undefined) return { at, what: "a backslash begins no character" };
      at = end;
    }
  }
  return { at: text.length, what: "a text in double quotes does not end" };
}
