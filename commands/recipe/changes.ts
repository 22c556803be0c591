/** A recipe and the text of a file of parameters: in what they differ, the text with the recipe's values, and these as arguments of DVC. */
import { closestString } from "@std/text";
import { isNode, parseDocument } from "yaml";
import { shown } from "../../pipeline/common/io/checked.ts";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { parseModelsParams } from "../../stages/check/models_params.ts";
import { parseParams } from "../../stages/check/params.ts";
import { parseSweepParams } from "../../stages/sweep_cells/params.ts";
import { parameterValue } from "../set_parameter.ts";
import {
  isGroup,
  type ParameterValue,
  PARAMS,
  type ParamsFile,
  paramsIn,
  type Plain,
  type Recipe,
} from "./recipe.ts";

export interface Change {
  /** Dotted name of a parameter; a group of keys is one. */
  readonly key: string;
  readonly before: unknown;
  readonly after: ParameterValue;
}

const PARSERS: Readonly<Record<ParamsFile, (text: string) => object>> = {
  "params.yaml": parseParams,
  "models/params.yaml": parseModelsParams,
  "models/sweep/params.yaml": (text) => parseSweepParams(text, "models/sweep/params.yaml"),
};

/**
 * What the recipe would change in a file, in the order of that.
 * @param params its text
 * @throws {Error} when the file is not allowed as it is, or the recipe names what is no parameter of it
 */
export function changesOf(params: string, recipe: Recipe, file: ParamsFile = PARAMS): Change[] {
  const present = parametersOf(PARSERS[file](params));
  const wanted = paramsIn(recipe, file);
  const unknown = [...wanted.keys()].find((key) => !present.has(key));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot use recipe ${recipe.name}: ${unknown} is no parameter. ` +
        `Did you mean ${
          closestString(unknown, [...present.keys()])
        }? Correct its file in recipes/.`,
    );
  }
  return [...present].flatMap(([key, before]) => {
    const after = wanted.get(key);
    const same = after === undefined || canonicalJson(before) === canonicalJson(after);
    return same ? [] : [{ key, before, after }];
  });
}

/** All values by their dotted names, in order; a list is a value, and so is a group. */
function parametersOf(sections: object): Map<string, unknown> {
  return new Map(
    Object.entries(sections).flatMap(([section, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value] as const)
    ),
  );
}

/**
 * The text with these changes; comments, order and all other values stay.
 * @throws {Error} when what comes of it is not allowed, with the recipe's name and what is wrong
 */
export function changedParams(params: string, recipe: Recipe, file: ParamsFile = PARAMS): string {
  const changes = changesOf(params, recipe, file);
  if (changes.length === 0) return params;
  const document = parseDocument(params);
  for (const { key, after } of changes) {
    const path = key.split(".");
    const node = document.createNode(after), old = document.getIn(path, true);
    // What stands behind the value, or above the items of a list.
    if (isNode(old)) {
      Object.assign(node, { comment: old.comment, commentBefore: old.commentBefore });
    }
    document.setIn(path, node);
  }
  const text = document.toString({ lineWidth: 0 });
  try {
    PARSERS[file](text);
  } catch (error) {
    throw new Error(
      `With recipe ${recipe.name}, what comes of ${file} is not allowed. ${
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
    const text = isGroup(value)
      ? `{${Object.entries(value).map(([key, inner]) => `${key}:${plainText(inner)}`).join(",")}}`
      : plainText(value);
    const setting = `${key}=${text}`;
    const read = parameterValue(text, setting);
    // Commas outside of a list or group are another experiment each.
    const several = typeof value === "string" && text.includes(",");
    if (several || canonicalJson(read) !== canonicalJson(value)) {
      throw new Error(
        `Cannot use recipe ${name} as arguments: DVC would not take ${setting} for ${
          shown(value)
        }. ` +
          "Write plain numbers and words, or use it without --arguments.",
      );
    }
    return ["-S", setting];
  });
}

function plainText(value: Plain): string {
  return Array.isArray(value) ? `[${value.join(",")}]` : String(value);
}
