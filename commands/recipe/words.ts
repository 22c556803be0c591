/** What `deno task recipe` prints. */
import { shown } from "../../pipeline/common/io/checked.ts";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import type { Change } from "./changes.ts";
import { isGroup, type Recipe } from "./recipe.ts";

/** `train.rho  0.1 -> 0.005`, a line each, the names in one column; of two groups, a line for each key that differs. */
export function changeLines(changes: readonly Change[]): string[] {
  const lines = changes.flatMap(({ key, before, after }) => {
    if (!isGroup(before) || !isGroup(after)) return [{ key, before, after }];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .map((inner) => ({ key: `${key}.${inner}`, before: before[inner], after: after[inner] }))
      .filter((each) => canonicalJson([each.before]) !== canonicalJson([each.after]));
  });
  const width = Math.max(0, ...lines.map(({ key }) => key.length));
  return lines.map(({ key, before, after }) =>
    `${key.padEnd(width)}  ${valueText(before)} -> ${valueText(after)}`
  );
}

/** As YAML writes it on one line. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (isGroup(value)) {
    const keys = Object.entries(value).map(([key, inner]) => `${key}: ${valueText(inner)}`);
    return `{${keys.join(", ")}}`;
  }
  return typeof value === "string" ? value : shown(value);
}

/** A line a recipe, and after all of them in what they are not as published. */
export function listLines(recipes: readonly Recipe[]): string[] {
  const width = Math.max(0, ...recipes.map(({ name }) => name.length));
  const lines = recipes.map(({ name, title, source, data }) =>
    `${name.padEnd(width)}  ${title} | ${source} | needs ${data.join(", ")}`
  );
  const lacking = new Map<string, string[]>();
  for (const { name, lacks } of recipes) {
    for (const lack of lacks) lacking.set(lack, [...lacking.get(lack) ?? [], name]);
  }
  if (lacking.size === 0) return lines;
  const notes = [...lacking].flatMap(([lack, names]) => [`- ${lack}`, `  (${names.join(", ")})`]);
  return [...lines, "", "Not as published:", ...notes];
}

/** What to know before a run. */
export function recipeLines({ source, data, lacks }: Recipe): string[] {
  return [
    `Source: ${source}.`,
    `Needs: ${data.join(", ")}.`,
    ...lacks.map((lack) => `Not as published: ${lack}.`),
  ];
}
