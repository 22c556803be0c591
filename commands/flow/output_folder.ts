/** Whether a command may write into a folder: what somebody else has put there is not its own to replace. */
import { dirname, join, relative } from "@std/path";
import { readYaml } from "../../pipeline/common/io/yaml.ts";
import { realPlaceOf } from "./files.ts";
import { placeOf } from "../typed_path.ts";

const SHOWN = 3;

/** What tells a folder that the command made. */
export interface Mark {
  /** As it is typed. */
  readonly command: string;
  /** The table that it writes before all else. */
  readonly file: string;
  /** How that begins. */
  readonly begins: string;
}

/**
 * @param typed the folder, as it was typed
 * @throws {Error} when it holds files and is none that the command made, or belongs to the outputs of a pipeline
 */
export async function checkOutputFolder(typed: string, mark: Mark): Promise<void> {
  const refuse = (reason: string): never => {
    throw new Error(`Cannot write to ${typed}: ${reason} Name a new or an empty folder.`);
  };
  const pipeline = await pipelineOf(realPlaceOf(typed));
  if (pipeline !== undefined) refuse(`the outputs of ${pipeline} lie there.`);
  const names = await namesIn(placeOf(typed));
  if (!names) refuse("it is no folder.");
  // What a kill has left of a first file.
  const others = names!.filter((name) => !name.endsWith(".partial")).sort();
  if (others.length === 0) return;
  const text = await Deno.readTextFile(join(placeOf(typed), mark.file)).catch(() => "");
  if (text.startsWith(mark.begins)) return;
  const more = others.length > SHOWN ? ", …" : "";
  refuse(
    `${mark.command} did not make it, and it is not empty (${
      others.slice(0, SHOWN).join(", ")
    }${more}).`,
  );
}

/** None of a folder that is not there; undefined for what is no folder. */
async function namesIn(place: string): Promise<string[] | undefined> {
  try {
    return (await Array.fromAsync(Deno.readDir(place))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/**
 * The dvc.yaml, in the folder itself or one around it, that writes into the folder or beside it: all below the first folder of
 * an output's path is the pipeline's, such as results/.
 */
async function pipelineOf(place: string): Promise<string | undefined> {
  for (let folder = place;; folder = dirname(folder)) {
    const file = join(folder, "dvc.yaml");
    const text = await Deno.readTextFile(file).catch(() => undefined);
    if (text !== undefined) {
      const [top] = relative(folder, place).split("/");
      if (top === "" || topsOf(text, file).has(top)) return file;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** First folders of all outputs; none of a file that is damaged, which DVC will tell of. */
function topsOf(text: string, file: string): Set<string> {
  const outs = stagesOf(text, file).flatMap(({ outs }) => Array.isArray(outs) ? outs : []);
  const paths = outs.flatMap((out) => typeof out === "string" ? [out] : Object.keys(out ?? {}));
  return new Set(paths.map((path) => path.split("/")[0]));
}

function stagesOf(text: string, file: string): { outs?: unknown }[] {
  try {
    const document = readYaml(text, { file }) as { stages?: Record<string, object | null> } | null;
    return Object.values(document?.stages ?? {}).map((stage) => stage ?? {});
  } catch {
    return [];
  }
}
