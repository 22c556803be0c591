/** `deno task import-weights`: weights of PWC-Lite from a checkpoint of PyTorch, as a model.safetensors of this project. */
import { format as formatBytes } from "@std/fmt/bytes";
import { basename } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { sha256 } from "../pipeline/common/sha256.ts";
import { writeModel } from "../pipeline/compute/network/model_file.ts";
import { entryAt } from "../pipeline/fetch/disk_entry.ts";
import { importPwcLite } from "../pipeline/torch/import_pwclite.ts";
import { checkWritable, writeAll } from "./flow/files.ts";
import { fromRoot, placeOf } from "./typed_path.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { fileInfo } from "./reproduce/files.ts";
import { runCommand } from "./run_command.ts";

const HELP =
  `deno task import-weights FILE [--out m.safetensors] [--warp half-pixel|aligned] [--normalise-features] [--centre-input]
  reads the weights of PWC-Lite from a file of PyTorch's torch.save(), of ARFlow or the official code of the paper, and
  writes them as a model that evaluate and flow take; nothing in the file is executed
  --out                  the model; by default FILE with the ending .safetensors
  --warp half-pixel      the network warps half a pixel aside, as the official code does with PyTorch 1.3 and later; the default
  --warp aligned         it does not: for weights of ARFlow, or of this network trained in PyTorch
  --normalise-features   its features have zero mean and unit variance before they are matched, --centre-input its images
                         mean 0: as in the networks trained here, not in the paper's
  Exit status: 0 written; 1 an error; 2 wrong usage`;

const WARPS = ["half-pixel", "aligned"];
const LARGEST_FILE_BYTES = 1024 ** 3;
/** Endings of checkpoints, which the model's name goes without. */
const ENDING = /(\.(pth|pt|ckpt|bin|tar))+$/i;
/** Of what is left out, so many are named. */
const MOST_NAMED = 20;

interface Wanted {
  readonly file: string;
  readonly out: string;
  readonly halfPixelWarp: boolean;
  readonly normaliseFeatures: boolean;
  readonly centreInput: boolean;
}

function parseWanted(args: readonly string[]): Parsed<Wanted> {
  const given = givenArguments(args, {
    texts: ["out", "warp"],
    switches: ["normalise-features", "centre-input"],
    names: true,
  });
  if (given === "help" || "wrong" in given) return given;
  const [file, ...others] = given.names;
  if (!file || others.length > 0) return { wrong: `Name one file, got ${given.names.length}.` };
  const { warp = WARPS[0], out = `${file.replace(ENDING, "")}.safetensors` } = given.texts;
  if (!WARPS.includes(warp)) {
    return { wrong: `Unknown --warp ${warp}, known: ${WARPS.join(", ")}.` };
  }
  if (!/\.safetensors$/i.test(out)) {
    return { wrong: `--out must end in .safetensors, got ${out}.` };
  }
  return {
    file,
    out,
    halfPixelWarp: warp === "half-pixel",
    normaliseFeatures: given.switches["normalise-features"],
    centreInput: given.switches["centre-input"],
  };
}

async function readFile(file: string, out: string): Promise<Uint8Array<ArrayBuffer>> {
  // Says where a link leads that leads nowhere.
  await entryAt(fromRoot(file), Deno);
  const info = await fileInfo(placeOf(file));
  const fail = (what: string): never => {
    throw new Error(`Cannot read ${file}: ${what}`);
  };
  if (!info) return fail("there is no such file.");
  if (!info.isFile) fail("it is no file. Name a checkpoint.");
  if (info.size > LARGEST_FILE_BYTES) {
    fail(
      `it has ${info.size} bytes, at most ${LARGEST_FILE_BYTES} are read. Save the weights alone.`,
    );
  }
  await checkWritable(out);
  const target = await fileInfo(placeOf(out));
  if (target && target.ino !== null && target.ino === info.ino && target.dev === info.dev) {
    throw new Error(
      `Cannot write ${out}: it is the checkpoint itself. Name another file by --out.`,
    );
  }
  return await Deno.readFile(placeOf(file));
}

/** @returns the exit status */
async function importWeights({ file, out, ...kind }: Wanted): Promise<number> {
  const bytes = await readFile(file, out);
  const { settings, weights, format, from, leftOut, rounded } = await importPwcLite(
    bytes,
    file,
    { ...kind },
  );
  const source = { file: basename(file), sha256: await sha256(bytes), format };
  const model = writeModel({ settings, weights, madeBy: { import_weights: source } });
  await writeAll([{ typed: out, place: placeOf(out), bytes: model }]);
  const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const say = (line: string) => console.log(printable(line));
  say(
    `${file} (${format} format): ${weights.size} tensors of ${from}, ${parameters} parameters of PWC-Lite of width ${settings.width}.`,
  );
  if (leftOut.length > 0) {
    const more = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : "";
    say(`Left out, ${leftOut.length}: ${leftOut.slice(0, MOST_NAMED).join(", ")}${more}.`);
  }
  if (rounded > 0) say(`${rounded} tensors were rounded from 64 to 32 bits.`);
  say(
    kind.halfPixelWarp
      ? "The network warps half a pixel aside, as the official code does; for weights of ARFlow: --warp aligned."
      : "The network's warps are aligned; for weights of the official code: --warp half-pixel.",
  );
  say(`Wrote ${out} (${formatBytes(model.length, { binary: true })}).`);
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseWanted, importWeights);
