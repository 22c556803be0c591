/**
 * `./run train` of a bundle: preprocess, pretrain and train by their commands in dvc.yaml, without DVC. Only layered scenes that
 * are drawn on the spot; photographs and the frames of real data sets are not in a bundle. A stage whose inputs are those of its last
 * complete run is not run again.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { type Document, parse, parseDocument } from "yaml";
import { outPath, type Stage } from "../../commands/contract.ts";
import { setParameter } from "../../commands/set_parameter.ts";
import { formatManifest } from "../../pipeline/fetch/manifest.ts";
import { SCENES } from "../../pipeline/train/datasets.ts";
import { parseModelsParams } from "../../stages/check/models_params.ts";
import { type Params, parseParams } from "../../stages/check/params.ts";
import { checkSceneSize } from "../../stages/check/scene_size.ts";
import { stageKey } from "../../stages/training/inputs.ts";
import { tinyModels, tinyProfile } from "../tiny_profile.ts";
import { drawTrainingScenes, MODELS_PARAMS } from "./scenes.ts";

const HELP = `./run train [--tiny] [-S SECTION.KEY=VALUE ...]
  Draws layered scenes, as many as models/params.yaml says, pretrains and trains by params.yaml on these alone. A run that was stopped goes on with the
  same command; a stage that is complete is not run again.
  -S      writes a parameter into params.yaml, as ./run dvc exp run -S does; how many scenes and how large stands in the other
          file: -S models/params.yaml:quick_scenes.scenes_train=400
  --tiny  first writes the values of the tiny profile: some seconds, to see that everything works
  Exit status: 0 trained, 2 wrong usage, else that of the stage that failed or was stopped`;

const STAGES = ["preprocess", "pretrain", "train"] as const;
const KEYS = ".cache/train";
/** As DVC writes a key of a file that is not params.yaml. */
const OF_MODELS = `${MODELS_PARAMS}:`;

function setAll(document: Document, settings: readonly string[]): string {
  for (const setting of settings) {
    if (!/^[\w.]+=./s.test(setting)) {
      throw new Error(
        `Cannot read -S ${setting}: write SECTION.KEY=VALUE, or ${OF_MODELS}SECTION.KEY=VALUE.`,
      );
    }
    setParameter(document, setting);
  }
  return document.toString();
}

/**
 * The text of models/params.yaml with other values.
 * @param settings each SECTION.KEY=VALUE of it
 * @throws {Error} when the result is not allowed
 */
export function changedModels(text: string, settings: readonly string[], tiny: boolean): string {
  const changed = setAll(parseDocument(tiny ? tinyModels(text) : text), settings);
  parseModelsParams(changed);
  return changed;
}

/**
 * The text of params.yaml with other values.
 * @param settings each SECTION.KEY=VALUE
 * @throws {Error} when the result is not allowed, or asks for real frames
 */
export function changedParams(text: string, settings: readonly string[], tiny: boolean): string {
  const document = parseDocument(tiny ? tinyProfile(text) : text);
  if (tiny) document.setIn(["train", "real_share"], 0);
  const changed = setAll(document, settings);
  const params = parseParams(changed);
  for (const name of ["pretrain", "train"] as const) {
    const { real_share, validation } = params[name];
    if (real_share > 0) {
      throw new Error(
        `Cannot train with ${name}.real_share = ${real_share}: a bundle has no real frames. ` +
          `Add -S ${name}.real_share=0.`,
      );
    }
    if (validation !== SCENES) {
      throw new Error(
        `Cannot train with ${name}.validation = ${validation}: a bundle has no real frames. ` +
          `Add -S ${name}.validation=${SCENES}.`,
      );
    }
  }
  return changed;
}

/** Runs a stage unless its last complete run had the same inputs. @returns its exit status */
async function runStage(name: typeof STAGES[number], params: Params): Promise<number> {
  const stage: Stage = parse(await Deno.readTextFile("dvc.yaml")).stages[name];
  const stamp = join(KEYS, name);
  const key = await stageKey(name, params[name]);
  if (await readIfThere(stamp) === key && await allThere(stage.outs.map(outPath))) {
    console.error(`${name}: up to date`);
    return 0;
  }
  await Deno.remove(stamp).catch(unlessMissing);
  const [program, ...args] = stage.cmd.trim().split(/\s+/);
  const code = await waitFor(new Deno.Command(program, { args, stdin: "inherit" }).spawn());
  if (code === 0) await Deno.writeTextFile(stamp, key);
  return code;
}

/** Ctrl-C reaches the stage by itself; SIGTERM and SIGHUP are passed on. A training stage saves a checkpoint and ends. */
async function waitFor(child: Deno.ChildProcess): Promise<number> {
  const listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const listener = () => {
      if (signal !== "SIGINT") child.kill(signal);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  try {
    return (await child.status).code;
  } finally {
    for (const remove of listeners) remove();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    return unlessMissing(error);
  }
}

async function allThere(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) => Deno.stat(path).then(() => true, unlessMissing)),
  );
  return found.every((there) => there === true);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

async function main(settings: readonly string[], tiny: boolean): Promise<number> {
  const text = await Deno.readTextFile("params.yaml");
  const { own = [], ofModels = [] } = Object.groupBy(
    settings,
    (setting) => setting.startsWith(OF_MODELS) ? "ofModels" : "own",
  );
  const changed = changedParams(text, own, tiny);
  const params = parseParams(changed);
  const written = await Deno.readTextFile(MODELS_PARAMS);
  const models = changedModels(
    written,
    ofModels.map((setting) => setting.slice(OF_MODELS.length)),
    tiny,
  );
  checkSceneSize(params, parseModelsParams(models));
  if (changed !== text) await Deno.writeTextFile("params.yaml", changed);
  if (models !== written) await Deno.writeTextFile(MODELS_PARAMS, models);
  console.error(
    `Only generated scenes: download.sources (${params.download.sources.join(", ")}) is not read.`,
  );
  await Deno.mkdir(KEYS, { recursive: true });
  await Deno.mkdir("results/download", { recursive: true });
  await Deno.writeTextFile("results/download/manifest.json", formatManifest([]));
  await drawTrainingScenes(models);
  for (const name of STAGES) {
    const code = await runStage(name, params);
    if (code !== 0) return code;
  }
  console.log(join(Deno.cwd(), "results/train/model.safetensors"));
  return 0;
}

if (import.meta.main) {
  const unknown: string[] = [];
  const given = parseArgs(Deno.args, {
    boolean: ["tiny", "help"],
    string: ["S"],
    collect: ["S"],
    alias: { S: "set-param", help: "h" },
    unknown: (argument) => {
      unknown.push(argument);
    },
  });
  if (given.help) {
    console.log(HELP);
    Deno.exit(0);
  }
  if (unknown.length > 0) {
    console.error(`Unknown argument ${unknown[0]}.\n${HELP}`);
    Deno.exit(2);
  }
  try {
    Deno.exit(await main(given.S as string[], given.tiny));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
