/**
 * `deno task bench:packing`: how much memory packing takes, whatever the number of frames. Frames of MPI Sintel's size, with
 * flow and masks, are read from a zip on the disk and packed as by the stage preprocess; what is packed is counted, not kept.
 */
import { parseArgs } from "@std/cli/parse-args";
import { writeFlo } from "../pipeline/common/io/flo.ts";
import { encodePng } from "../pipeline/common/io/png.ts";
import { Rng } from "../pipeline/common/rng.ts";
import type { Archive } from "../pipeline/fetch/archive.ts";
import { writeZip } from "../pipeline/fetch/zip_writer.ts";
import { preprocess } from "../pipeline/pairs/preprocess.ts";
import { openZipFile } from "../stages/common/archives.ts";
import { numberOf, refuseUnknown, runCommand, wholeTo } from "./_arguments.ts";
import { inTemporaryFolder } from "./_temporary.ts";

const HELP = `deno task bench:packing [--frames 2000]
  packs frames of 1024 x 436 pixels and prints the largest resident set of the process, as JSON; at 2000 some minutes. Pairs are those
  of all splits: training's are those of evaluation once more.
  Exit status: 0; 1 an error; 2 wrong usage`;

const WIDTH = 1024, HEIGHT = 436, SCENE_FRAMES = 50;
/** Files in the archive, which stand for all: those of a data set would fill a disk. */
const FILES = {
  frame: () =>
    encodePng({
      width: WIDTH,
      height: HEIGHT,
      channels: 3,
      data: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * i >> 10) & 255),
    }),
  mask: () =>
    encodePng({
      width: WIDTH,
      height: HEIGHT,
      channels: 1,
      data: new Uint8Array(WIDTH * HEIGHT).fill(255, 1000),
    }),
  flow: () =>
    writeFlo({
      width: WIDTH,
      height: HEIGHT,
      flow: Float32Array.from({ length: 2 * WIDTH * HEIGHT }, (_, i) => i % 97),
    }),
};

/** An archive of so many frames in the layout of MPI Sintel, each of whose files is one of three in a zip. */
function sintelOf(frames: number, files: Archive): Archive {
  // A scene has two frames at least: the last one takes in what would be alone.
  const lastScene = Math.floor((frames - 2) / SCENE_FRAMES);
  const sceneOf = (frame: number) => Math.min(lastScene, Math.floor(frame / SCENE_FRAMES));
  const padded = (number: number) => String(number).padStart(4, "0");
  const paths = Array.from({ length: frames }, (_, i) => {
    const scene = sceneOf(i);
    const name = `scene_${padded(scene)}/frame_${padded(i - SCENE_FRAMES * scene + 1)}`;
    const isLast = i === frames - 1 || sceneOf(i + 1) > scene;
    return [
      `training/final/${name}.png`,
      ...isLast ? [] : [
        `training/flow/${name}.flo`,
        `training/occlusions/${name}.png`,
        `training/invalid/${name}.png`,
      ],
    ];
  }).flat();
  const kindOf = (path: string) =>
    path.endsWith(".flo") ? "flow" : path.includes("/final/") ? "frame" : "mask";
  return { name: "frames.zip", paths: paths.sort(), read: (path) => files.read(kindOf(path)) };
}

function measure(frames: number): Promise<Record<string, number>> {
  return inTemporaryFolder(async (folder) => {
    const path = `${folder}/files.zip`;
    const kinds = Object.keys(FILES) as (keyof typeof FILES)[];
    const contents = new Map<string, Uint8Array>(kinds.map((kind) => [kind, FILES[kind]()]));
    const read = (kind: string) => Promise.resolve(contents.get(kind)!);
    await writeZip(kinds, read, (await Deno.create(path)).writable);
    contents.clear();
    using open = new DisposableStack();
    const archive = sintelOf(frames, await openZipFile(path, open));
    let largest = 0, packed = 0;
    const look = () => largest = Math.max(largest, Deno.memoryUsage().rss);
    const splits = await preprocess(
      {
        holdout: "share",
        holdout_share: 0,
        test_frames: false,
        real_validation_pairs: 8,
      },
      { scenes: [], sources: [{ dataset: "sintel", layout: "sintel", archive }], rng: new Rng(1) },
      {
        write(_split, _name, bytes) {
          packed += bytes.length;
          look();
          return Promise.resolve();
        },
        onPair: look,
      },
    );
    const pairs = splits.reduce((sum, split) => sum + split.pairs, 0);
    return {
      frames,
      pairs,
      packed_mb: Math.round(packed / 1e6),
      peak_rss_mb: Math.round(largest / 1e6),
    };
  });
}

function parse(args: string[]): number | undefined {
  const { help, frames } = parseArgs(args, {
    boolean: ["help"],
    string: ["frames"],
    alias: { help: "h" },
    default: { frames: "2000" },
    unknown: refuseUnknown,
  });
  if (help) return undefined;
  const allowed = (value: number) => wholeTo(1_000_000, value) && value > 1;
  return numberOf("--frames", frames, allowed, "a whole number, 2 to 1000000");
}

async function print(frames: number): Promise<void> {
  console.log(JSON.stringify(await measure(frames)));
}

if (import.meta.main) Deno.exit(await runCommand(HELP, () => parse(Deno.args), print));
