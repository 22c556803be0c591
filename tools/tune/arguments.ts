/** What `deno task tune` is asked for. */
import { givenArguments, type Parsed } from "../../commands/given_arguments.ts";

export const HELP =
  `deno task tune [--shape WIDTH,BATCH,HEIGHT,WIDTH]... [--case TEXT] [--tile NAME]... [--name NAME] [--out FOLDER]
  Measures which kernels compute the convolutions of PWC-Lite the fastest on this GPU, and writes kernels/plans/NAME.json.
  A case is written where a kernel beats the rules' choice by 5 % in both of two rounds. Ctrl-C keeps what is measured.
  --shape   multiple of the network's channels, pairs of a batch, sides of a crop, such as 0.25,4,64,64; several times.
            Default: 0.25,4,64,64 of the sweep, 0.25,4,128,128 of the experiment, 1,4,128,192 and 1,4,384,832 of the paper's
            network
  --case    only cases whose name holds this, such as "dWeight k3 s1"
  --tile    only this tile, such as 64x64x16; several times
  --name    of the plan; default: the adapter's description
  --out     another folder for it: .cache/tune, or what permissions allow
  --family gpu  tries the kernels of GPUs on a CPU driver, whose times say nothing of a GPU; needs --out
  Exit status: 0; 1 it failed; 2 wrong usage; 130 or 143 ended by a signal, what is measured is written`;

/** What the network is applied to. */
export interface TuneShape {
  readonly width: number;
  /** Pairs; the network sees twice as many pictures. */
  readonly pairs: number;
  readonly height: number;
  readonly pictureWidth: number;
}

export interface TuneOptions {
  readonly shapes: readonly TuneShape[];
  readonly onlyCase: string;
  readonly tiles: readonly string[] | undefined;
  readonly name: string | undefined;
  readonly out: string | undefined;
  readonly asGpu: boolean;
}

const DEFAULT_SHAPES = ["0.25,4,64,64", "0.25,4,128,128", "1,4,128,192", "1,4,384,832"];

/** Undefined for what is none. */
function parseShape(text: string): TuneShape | undefined {
  const numbers = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  const [width, pairs, height, pictureWidth] = numbers;
  const whole = (value: number) => Number.isInteger(value) && value > 0;
  const sides = [height, pictureWidth].every((side) => whole(side) && side % 64 === 0);
  return numbers.length === 4 && width > 0 && width <= 4 && whole(pairs) && sides
    ? { width, pairs, height, pictureWidth }
    : undefined;
}

/** @param known names of all tiles */
export function parseTuneArguments(
  args: readonly string[],
  known: readonly string[],
): Parsed<TuneOptions> {
  const given = givenArguments(args, {
    texts: ["case", "name", "out", "family"],
    lists: ["shape", "tile"],
  });
  if (given === "help" || "wrong" in given) return given;
  const wrong = (sentence: string) => ({ wrong: sentence });
  const { texts: { case: onlyCase = "", name, out, family }, lists: { tile: tiles } } = given;
  const unknown = tiles.find((tile) => !known.includes(tile));
  if (unknown !== undefined) {
    return wrong(`There is no tile ${unknown}; there are ${known.join(", ")}.`);
  }
  if (family !== undefined && family !== "gpu") {
    return wrong(`--family must be gpu, got ${family}.`);
  }
  if (name !== undefined && !/^[a-z][a-z0-9_]*$/.test(name)) {
    return wrong(`--name must be small letters, digits and _, got ${name}.`);
  }
  if (family === "gpu" && out === undefined) {
    return wrong("--family gpu needs --out FOLDER: what it finds is no plan for any GPU.");
  }
  const texts = given.lists.shape.length > 0 ? given.lists.shape : DEFAULT_SHAPES;
  const shapes: TuneShape[] = [];
  for (const text of texts) {
    const shape = parseShape(text);
    if (!shape) {
      return wrong(
        `--shape must be WIDTH,BATCH,HEIGHT,WIDTH, sides multiples of 64, such as 0.25,4,64,64; got ${text}.`,
      );
    }
    shapes.push(shape);
  }
  return {
    shapes,
    onlyCase,
    tiles: tiles.length > 0 ? tiles : undefined,
    name,
    out,
    asGpu: family === "gpu",
  };
}
