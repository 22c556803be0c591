/** The cells of a sweep: every combination of the values that `-S KEY=VALUE,VALUE` lists, as DVC's queue makes them. */
import { parseDocument } from "yaml";
import { type ModelsParams, parseModelsParams } from "../../stages/check/models_params.ts";
import { parseParams } from "../../stages/check/params.ts";
import { checkSceneSize } from "../../stages/check/scene_size.ts";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { parameterValue, setParameter } from "../set_parameter.ts";

/** One cell: KEY=VALUE for each swept parameter, as `dvc exp run -S` takes it. */
export type Cell = readonly string[];

/**
 * @param settings each KEY=VALUE,VALUE...; commas inside of [] and {} do not separate
 * @param params the text of params.yaml, which every cell must fit into
 * @param models the text of models/params.yaml, whose scenes every crop must fit into
 * @returns the last parameter varies fastest
 * @throws {Error} when a cell is not allowed, with what is, or a key or a value stands there twice
 */
export function cellsOf(settings: readonly string[], params: string, models: string): Cell[] {
  const keys: string[] = [];
  const lists = settings.map((setting) => {
    const [, key, values] = /^([\w.]+)=(.+)$/.exec(setting) ?? [];
    if (key === undefined) {
      throw new Error(`Cannot sweep "${setting}": write SECTION.KEY=VALUE,VALUE.`);
    }
    const twice = keys.find((other) => within(key, other) || within(other, key));
    if (twice !== undefined) {
      throw new Error(
        `Cannot sweep ${key}: -S names it twice` + (twice === key ? "" : `, also by ${twice}`) +
          `. Give all its values at once: -S KEY=VALUE,VALUE.`,
      );
    }
    keys.push(key);
    const list = splitValues(values);
    const texts = list.map((value) => canonicalJson(parameterValue(value, setting)));
    const again = list.find((_, i) => texts.indexOf(texts[i]) !== i);
    if (again !== undefined) {
      throw new Error(`Cannot sweep ${setting}: the value ${again} stands there twice.`);
    }
    return list.map((value) => `${key}=${value}`);
  });
  const cells = lists.reduce<Cell[]>(
    (outer, list) => outer.flatMap((cell) => list.map((setting) => [...cell, setting])),
    [[]],
  );
  const modelsParams = parseModelsParams(models);
  for (const cell of cells) check(cell, params, modelsParams);
  return cells;
}

function within(key: string, outer: string): boolean {
  return key === outer || key.startsWith(`${outer}.`);
}

function splitValues(text: string): string[] {
  const values = [""];
  let depth = 0;
  for (const letter of text) {
    if ("[{".includes(letter)) depth++;
    if ("]}".includes(letter)) depth--;
    if (letter === "," && depth === 0) values.push("");
    else values[values.length - 1] += letter;
  }
  return values.map((value) => value.trim());
}

/** An error now, not in every job an hour later. */
function check(cell: Cell, params: string, models: ModelsParams): void {
  const document = parseDocument(params);
  for (const setting of cell) setParameter(document, setting);
  checkSceneSize(parseParams(document.toString()), models);
}
