/** A recipe and the text of params.yaml: in what they differ, the text with the recipe's values, and these as arguments of DVC. */
import { parseDocument } from "yaml";
import { shown } from "../../pipeline/common/io/checked.ts";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { parseParams } from "../../stages/check/params.ts";
import { parameterValue } from "../set_parameter.ts";
import type { ParameterValue, Recipe } from "./recipe.ts";

export interface Change {
  /** Dotted name of a parameter. */
  readonly key: string;
  readonly before: unknown;
  readonly after: ParameterValue;
}

/**
 * What the recipe would change, in the order of the recipe.
 * @param params text of params.yaml
 * @throws {Error} when params.yaml is not allowed as it is, or the recipe names what is no parameter
 */
export function changesOf(params: string, recipe: Recipe): Change[] {
  const present: unknown = parseParams(params);
  return [...recipe.params].flatMap(([key, after]) => {
    const before = valueAt(present, key);
    if (before === undefined) {
      throw new Error(
        `Cannot use recipe ${recipe.name}: ${key} is no parameter of params.yaml. Correct its name in recipes/.`,
      );
    }
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ key, before, after }];
  });
}

function valueAt(sections: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>(
    (outer, name) =>
      typeof outer === "object" && outer !== null && Object.hasOwn(outer, name)
        ? (outer as Record<string, unknown>)[name]
        : undefined,
    sections,
  );
}

/**
 * The text with these changes; comments, order and all other values stay.
 * @throws {Error} when what comes of it is not allowed, with the recipe's name and what is wrong
 */
export function changedParams(params: string, recipe: Recipe): string {
  const changes = changesOf(params, recipe);
  if (changes.length === 0) return params;
  const document = parseDocument(params);
  for (const { key, after } of changes) document.setIn(key.split("."), document.createNode(after));
  const text = document.toString({ lineWidth: 0 });
  try {
    parseParams(text);
  } catch (error) {
    throw new Error(
      `With recipe ${recipe.name}, what comes of params.yaml is not allowed. ${
        (error as Error).message
      }`,
    );
  }
  return text;
}

/**
 * `-S KEY=VALUE` for every parameter of the recipe, also where params.yaml has that value: an experiment waits in the queue as
 * it was asked for. Words without blanks or quotes, so that xargs takes them as they are.
 * @throws {Error} when DVC would read a value otherwise
 */
export function argumentsOf({ name, params }: Recipe): string[] {
  return [...params].flatMap(([key, value]) => {
    const text = Array.isArray(value) ? `[${value.join(",")}]` : String(value);
    const setting = `${key}=${text}`;
    const read = parameterValue(text, setting);
    if (/\s/.test(text) || canonicalJson(read) !== canonicalJson(value)) {
      throw new Error(
        `Cannot use recipe ${name} as arguments: DVC would take ${setting} for ${shown(read)}. ` +
          "Write its values as plain numbers or words, or use the recipe without --arguments.",
      );
    }
    return ["-S", setting];
  });
}
