/**
 * `deno task scoreboard`: the end-point error of every model on real pairs with truth, beside zero flow and the two classical
 * methods of OpenCV. For looking at the end: nothing is chosen by it.
 */
import { printable } from "../pipeline/common/printable.ts";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { readModel } from "../pipeline/compute/network/model_file.ts";
import type { FramePair } from "../pipeline/common/io/pair.ts";
import { plain } from "../pipeline/report/markdown.ts";
import { PairScorer, scoresOf, truthOf } from "../pipeline/score/metrics.ts";
import { print } from "../stages/common/stage.ts";
import { counted } from "./counted.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { runCommand } from "./run_command.ts";
import { writeAll } from "./flow/files.ts";
import { fromRoot } from "./typed_path.ts";
import { NetworkMethods, type TimedFlow } from "./scoreboard/methods.ts";
import { ensureOpenCv, opencvFlows } from "./scoreboard/opencv.ts";
import { folderPairs, packedPairs, readPairs, type ScoredPair } from "./scoreboard/pairs.ts";
import { outputFiles } from "./scoreboard/output_files.ts";
import { type DrawnMethod, scoreboardPicture } from "./scoreboard/picture.ts";
import { type Entry, formatScoreboard, type ScoredRow, wins } from "./scoreboard/table.ts";

const OUT = "results/models/scoreboard.md";
const DEFAULT = "results/train/model.safetensors";
const GENERAL = "models/results/train/model.safetensors";
const REFINE_STEPS = 40;
const PICTURED = "RubberWhale";
/** As `deno task flow` uses a model, alone and, of the general one, with --refine. */
const ALL_LOOKS = ", all looks";
const LOOKING = `general${ALL_LOOKS}`, REFINED = "general refined";
/** Columns of the picture, where they are there. */
const DRAWN = ["Farnebäck", LOOKING, REFINED];

const HELP =
  `deno task scoreboard [--folder F] [--refine N] [--only WORD] [--out FILE] [--picture WORD]
  scores every model on real pairs with truth, at full and at half size, and writes ${OUT}
  --folder  a folder of data sets, each in its official layout in a folder of its name (middlebury, sintel, kitti2015 ...);
            without it, the pairs of download.sources
  --refine  steps of refinement of the general model, ${REFINE_STEPS} without it; 0 leaves refinement out
  --only    pairs whose data set or name contains this word
  --out     another file.md to write; one that is there must be a scoreboard
  --picture draws the first pair whose name contains this word, ${PICTURED} without it, into picture.png beside that file
  Exit status: 0 written; 1 an error, or some pairs could not be read; 2 wrong usage`;

interface Options {
  folder?: string;
  refine: number;
  only?: string;
  out: string;
  picture?: string;
}

function parseOptions(args: readonly string[]): Parsed<Options> {
  const given = givenArguments(args, { texts: ["folder", "refine", "only", "out", "picture"] });
  if (given === "help" || "wrong" in given) return given;
  const { folder, only, refine = String(REFINE_STEPS), out = OUT, picture } = given.texts;
  if (!/\.md$/i.test(out)) return { wrong: `--out must end in .md, got ${out}.` };
  if (!/^\d{1,6}$/.test(refine)) {
    return { wrong: `--refine takes a number of steps, got ${refine}.` };
  }
  return {
    folder: folder && fromRoot(folder),
    refine: Number(refine),
    only,
    out: given.texts.out === undefined ? OUT : fromRoot(out),
    picture,
  };
}

/** The model of a file; undefined where there is none. */
async function modelOf(path: string) {
  try {
    return readModel(await Deno.readFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function choosePairs({ folder, only }: Options): Promise<ScoredPair[]> {
  const say = (sentence: string) => console.error(printable(sentence));
  const pairs = folder === undefined ? await packedPairs() : await folderPairs(folder, say);
  const chosen = pairs.filter(({ dataset, name }) => `${dataset} ${name}`.includes(only ?? ""));
  if (chosen.length > 0) return chosen;
  throw new Error(`Cannot score anything: none of ${pairs.length} pairs contains ${only}.`);
}

/** Of the pair that is drawn. @throws {Error} when one was asked for that is not there */
function picturedPair(
  pairs: readonly ScoredPair[],
  word: string | undefined,
): ScoredPair | undefined {
  const found = pairs.find(({ name }) => name.includes(word ?? PICTURED));
  if (!found && word !== undefined) {
    throw new Error(`Cannot draw ${word}: none of ${pairs.length} pairs has it in its name.`);
  }
  if (!found) {
    console.error(`Without a picture: no pair is called ${PICTURED}. Name another with --picture.`);
  }
  return found;
}

/** @returns the exit status */
async function scorePairs(options: Options): Promise<number> {
  const files = await outputFiles(options.out);
  const pairs = await choosePairs(options);
  const pictured = picturedPair(pairs, options.picture);
  const gpu = await openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
  const networks = new Map<string, NetworkMethods>();
  for (const [title, path] of [["default", DEFAULT], ["general", GENERAL]] as const) {
    const model = await modelOf(path);
    if (model) networks.set(title, new NetworkMethods(gpu, model));
    else console.error(`Without the ${title} model: there is no ${path}.`);
  }
  await ensureOpenCv();

  /** Every method on one pair. */
  async function* flowsOf(pair: FramePair): AsyncGenerator<[string, TimedFlow]> {
    yield ["zero flow", { flow: new Float32Array(2 * pair.width * pair.height) }];
    for (const [scale, suffix] of [[1, ""], [0.5, ", half"]] as const) {
      const { dis, farneback } = await opencvFlows(pair, scale);
      yield [`Farnebäck${suffix}`, farneback];
      yield [`DIS${suffix}`, dis];
      for (const [title, methods] of networks) {
        const predicted = await methods.predict(pair, scale);
        yield [`${title}${suffix}`, { ...predicted, flow: predicted.flows.forward }];
        if (scale !== 1) continue;
        const estimated = await methods.estimate(pair);
        yield [`${title}${ALL_LOOKS}`, { ...estimated, flow: estimated.flows.forward }];
        if (title !== "general" || options.refine === 0) continue;
        yield [REFINED, await methods.refine(pair, estimated, options.refine)];
      }
    }
  }

  const rows: ScoredRow[] = [];
  let picture: Uint8Array | undefined;
  const leftOut: string[] = [];
  for await (const { scored, pair } of readPairs(pairs, (sentence) => leftOut.push(sentence))) {
    const { dataset, name } = scored;
    const scorer = new PairScorer(truthOf(pair));
    const entries = new Map<string, Entry>();
    const drawn: DrawnMethod[] = [];
    // Method by method, since a pair takes minutes.
    print(printable(`${rows.length + leftOut.length + 1}/${pairs.length} ${dataset} ${name}`));
    for await (const [title, { flow, seconds }] of flowsOf(pair)) {
      const scores = scoresOf(scorer.tally(flow));
      entries.set(title, { scores, seconds });
      if (DRAWN.includes(title)) drawn.push({ name: title, flow, epe: scores.epe_px! });
      print(`${entries.size === 1 ? ":" : ","} ${title} ${scores.epe_px?.toPrecision(3)}`);
    }
    print("\n");
    if (scored === pictured) picture = scoreboardPicture(pair, drawn);
    rows.push({ dataset, pair: name, entries });
  }
  for (const sentence of leftOut) console.error(printable(sentence));
  if (rows.length === 0) throw new Error("Cannot score anything: no pair could be read.");
  const methods = [...rows[0].entries.keys()];
  const best = [REFINED, LOOKING, `default${ALL_LOOKS}`].find((title) => methods.includes(title));
  const against = (other: string) => {
    const { better, of } = wins(rows, best!, other);
    return `${other} on ${better} of ${of}`;
  };
  const notes = [
    "Made by `deno task scoreboard`. Nothing was chosen by these pairs.",
    `Half: pictures of half the size, flow brought back; scores are at full size. DIS: OpenCV, medium, finest scale 0. ` +
    "Farnebäck: 5 levels, window 15." +
    " All looks: as `deno task flow` does it, from coarse to fine, the last at twice the size, then sharpened." +
    (options.refine > 0
      ? ` Refined: then ${options.refine} steps of the unrolled cost at full size, sharpened again.`
      : ""),
    `Seconds are of one run, of networks on ${
      plain(gpu.adapter.description)
    }, of OpenCV on one core.`,
    ...best
      ? [
        `In end-point error over all pixels at full size, "${best}" is below ${
          ["zero flow", "Farnebäck", "DIS"].map(against).join(", ")
        } pairs.`,
      ]
      : [],
    ...leftOut.length > 0
      ? [`Pairs that could not be read and are left out: ${leftOut.length}.`]
      : [],
  ];
  gpu.destroy();
  await writeAll([
    {
      typed: files.table,
      place: files.table,
      bytes: new TextEncoder().encode(formatScoreboard({ methods, rows, notes })),
    },
    ...picture ? [{ typed: files.picture, place: files.picture, bytes: picture }] : [],
  ]);
  console.log(
    printable(
      `${counted(rows.length, "pair")}: ${files.table}; ${leftOut.length} left out`,
    ),
  );
  return leftOut.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(HELP, parseOptions, scorePairs);
