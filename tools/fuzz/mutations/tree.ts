/** Changes of documents, JSON and YAML, that leave them documents: another value, another key, one less, one more. */
import { parse, stringify } from "yaml";
import type { Rng } from "../../../pipeline/common/rng.ts";
import { bytesOf, type Mutant, textOf } from "../reader.ts";
import type { Mutate } from "./bytes.ts";
import { edgeNumber, pick } from "./numbers.ts";

type Tree = unknown;
type Branch = Record<string, Tree> | Tree[];
type Edit = (branch: Branch, key: string, rng: Rng) => string;

const DEPTH = 5000;
/** Names that mean something to JavaScript, and some that do to nobody. */
const KEYS = ["__proto__", "constructor", "toString", "length", "", "unknown", "a.b", "0"];

function nested(depth: number): Tree {
  let tree: Tree = [];
  for (let i = 0; i < depth; i++) tree = [tree];
  return tree;
}

const VALUES: readonly ((rng: Rng) => Tree)[] = [
  () => null,
  () => [],
  () => ({}),
  () => "",
  () => "text",
  () => "../../etc/passwd",
  () => "\u0000\u001b[2J",
  () => "x".repeat(100_000),
  () => true,
  () => [null],
  () => ({ "": null }),
  () => nested(DEPTH),
  edgeNumber,
  edgeNumber,
  edgeNumber,
  (rng) => String(edgeNumber(rng)),
];

/** What a value looks like in a report. */
const shown = (value: Tree): string => {
  try {
    return (JSON.stringify(value) ?? "nothing").slice(0, 40);
  } catch {
    return "a deep nest";
  }
};

const set = (branch: Branch, key: string, value: Tree): void => {
  // Else a key of this name would be lost.
  Object.defineProperty(branch, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};
const get = (branch: Branch, key: string): Tree => (branch as Record<string, Tree>)[key];

const replace: Edit = (branch, key, rng) => {
  const value = pick(VALUES, rng)(rng);
  set(branch, key, value);
  return `${key} = ${shown(value)}`;
};

const remove: Edit = (branch, key) => {
  if (Array.isArray(branch)) branch.splice(Number(key), 1);
  else delete branch[key];
  return `${key} removed`;
};

const add: Edit = (branch, key, rng) => {
  if (Array.isArray(branch)) {
    branch.push(branch[Number(key)]);
    return `${key} twice`;
  }
  const name = pick(KEYS, rng);
  set(branch, name, pick([get(branch, key), pick(VALUES, rng)(rng)], rng));
  return `${JSON.stringify(name)} added`;
};

const rename: Edit = (branch, key, rng) => {
  if (Array.isArray(branch)) return replace(branch, key, rng);
  const name = pick([...KEYS, `${key}x`, key.toUpperCase()], rng);
  const value = branch[key];
  delete branch[key];
  set(branch, name, value);
  return `${key} renamed to ${JSON.stringify(name)}`;
};

const wrap: Edit = (branch, key, rng) => {
  const value = get(branch, key);
  set(branch, key, pick([[value], { [key]: value }, String(value)], rng));
  return `${key} wrapped`;
};

const exchange: Edit = (branch, key, rng) => {
  const other = pick(Object.keys(branch), rng);
  const value = get(branch, key);
  set(branch, key, get(branch, other));
  set(branch, other, value);
  return `${key} and ${other} exchanged`;
};

const EDITS = [replace, replace, replace, remove, remove, add, rename, wrap, exchange];

/** Changes a tree in place, at any depth. Texts that hold JSON are trees too. @returns what was done */
export function editTree(tree: Branch, rng: Rng): string {
  const keys = Object.keys(tree);
  if (keys.length === 0) {
    set(tree, Array.isArray(tree) ? "0" : "unknown", pick(VALUES, rng)(rng));
    return "something added";
  }
  const key = pick(keys, rng);
  const value = get(tree, key);
  const down = rng.integer(4) > 0;
  if (down && isBranch(value) && Object.keys(value).length > 0) {
    return `${key}: ${editTree(value, rng)}`;
  }
  const inner = down && typeof value === "string" ? jsonIn(value) : undefined;
  if (inner) {
    const how = `${key}: ${editTree(inner, rng)}`;
    set(tree, key, JSON.stringify(inner));
    return how;
  }
  return pick(EDITS, rng)(tree, key, rng);
}

function isBranch(value: Tree): value is Branch {
  return typeof value === "object" && value !== null;
}

function jsonIn(text: string): Branch | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In a list, so that the root itself can be replaced too. */
function mutated(root: Tree, rng: Rng, print: (tree: Tree) => string): Mutant {
  const whole = [root];
  const how = isBranch(root) && rng.integer(20) > 0
    ? editTree(root, rng)
    : replace(whole, "0", rng);
  return { bytes: bytesOf(print(whole[0])), how };
}

export const mutateJson: Mutate = (bytes, rng) =>
  mutated(JSON.parse(textOf(bytes)), rng, (tree) => JSON.stringify(tree));

export const mutateYaml: Mutate = (bytes, rng) =>
  mutated(parse(textOf(bytes)), rng, (tree) => {
    try {
      return stringify(tree);
    } catch {
      // Too deep for the writer; JSON is YAML too.
      return JSON.stringify(tree);
    }
  });
