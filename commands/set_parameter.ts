/** Writes a parameter into params.yaml as `dvc exp run -S` does: for what runs, or will run, without DVC at hand. */
import type { Document } from "yaml";
import { shown } from "../pipeline/common/io/checked.ts";
import { readYaml } from "../pipeline/common/io/yaml.ts";

/** What DVC (Hydra) takes for a number; YAML knows more of them, 010, 0x10 and 0o2 too, which are texts to DVC. */
const NUMBER = /^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const WORD = /^[\w.+-]+$/;

/**
 * The value of a parameter as YAML and DVC both read it.
 * @param setting SECTION.KEY=VALUE, for errors
 * @throws {Error} when the two would read it otherwise, or it is not YAML
 */
export function parameterValue(value: string, setting: string): unknown {
  const file = `-S ${setting}`;
  const words = value.split(/[[\]{},:]/).map((word) => word.trim()).filter((word) => word !== "");
  const other = words.find((word) =>
    !WORD.test(word) || typeof readYaml(word, { file }) === "number" && !NUMBER.test(word)
  );
  if (other !== undefined || value.trim() === "") {
    throw new Error(
      `Cannot read ${file}: DVC would not take ${
        shown(other ?? value)
      } for what YAML does. Write a plain number ` +
        `(10, 0.3, 1e-3), a word, true or false, a list of these in [], or a group {key:value,key:value}.`,
    );
  }
  // A group of keys, {a:1,b:2}: YAML asks for a blank after a colon.
  return readYaml(value.includes("{") ? value.replaceAll(":", ": ") : value, { file });
}

/**
 * @param document of params.yaml
 * @param setting SECTION.KEY=VALUE; whether the value is allowed, parseParams() says
 * @throws {Error} as parameterValue(), and when a part of the key is no section
 */
export function setParameter(document: Document, setting: string): void {
  const [key, value] = setting.split(/=(.*)/s);
  const parsed = parameterValue(value, setting);
  try {
    document.setIn(key.split("."), document.createNode(parsed));
  } catch {
    throw new Error(
      `Cannot read -S ${setting}: a part of ${key} is a value of params.yaml, not a section.`,
    );
  }
}
