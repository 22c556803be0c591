/** What `deno task flow` is asked for: its help, and arguments checked before anything is opened. */
import { givenArguments, type Parsed } from "../given_arguments.ts";

/** The general one; relative to the root of this repository. */
export const DEFAULT_MODEL = "models/results/train/model.safetensors";

export const HELP =
  `deno task flow FRAME1 FRAME2 [--out x.flo|x.png] [--picture p.png] [--occlusion o.png] [--backward] ...
deno task flow FOLDER --out FOLDER [--format flo|png] [--backward] ...
  Where each pixel of a picture is in the next one: as a network sees it, sharpened where motion changes. Pictures are PNG,
  JPEG or PPM, two of them PGM as well, of one size, from 2 x 2 pixels on. Of 16 bits, the upper 8 of those that either
  uses are seen.
  --out x.flo      the flow, by Middlebury's format; x.png by KITTI's (16 bits, to 1/64 px, at most 512 px)
  --picture p.png  the flow as colours: hue is the direction
  --occlusion o.png  white where a pixel of FRAME1 is not seen in FRAME2
  --backward       the flow from FRAME2 to FRAME1 as well: x.backward.flo, p.backward.png, o.backward.png
  --refine N       goes on from the network's flow with N steps that minimise the unrolled cost: slow, and better where the
                   network's flow is rough; where it is fine already, it may cost some
  --looks N        the network looks N times, at pictures of S times the size at last, of half of that before, and so on
                   back: first at long motion, then at what is left. Unless given, as often as the first look still sees
                   32 pixels; 1 with --no-sharpen is fastest
  --scale S        2 unless given, or less where pictures are large
  --no-sharpen     leaves flows as the network and the cost give them, which mix both sides where motion changes
  --model M        a model.safetensors; ${DEFAULT_MODEL} unless given
  Folders that outputs are to lie in are made.
  With a FOLDER, pictures are paired by the numbers at the end of their names, folder by folder below it, and the output
  folder gets flow/, pictures/, occlusions/, pairs.tsv and index.html, a page to look at them. The same command again goes
  on where it was, and leaves out what is there already, whole and of the same inputs.
  Exit status: 0 all flows were estimated; 1 an error; 2 wrong usage`;

export interface Estimation {
  /** As it was typed; undefined for the default. */
  readonly model: string | undefined;
  /** Of the last look; undefined for the default, as the number of looks. */
  readonly scale: number | undefined;
  readonly looks: number | undefined;
  readonly refine: number;
  readonly sharpen: boolean;
  readonly backward: boolean;
}

export interface PairRequest extends Estimation {
  readonly kind: "pair";
  readonly frames: readonly [string, string];
  readonly out?: string;
  readonly picture?: string;
  readonly occlusion?: string;
}

export interface FolderRequest extends Estimation {
  readonly kind: "folder";
  readonly folder: string;
  readonly out: string;
  readonly format: "flo" | "png";
}

const TEXTS = [
  "model",
  "out",
  "picture",
  "occlusion",
  "format",
  "scale",
  "looks",
  "refine",
] as const;
const ONLY_PAIR = ["picture", "occlusion"] as const;

export function parseRequest(
  args: readonly string[],
): Parsed<PairRequest | FolderRequest> {
  const given = givenArguments(args, {
    texts: TEXTS,
    switches: ["backward", "no-sharpen"],
    names: true,
  });
  if (given === "help" || "wrong" in given) return given;
  const wrong = (sentence: string) => ({ wrong: sentence });
  const { texts, switches: { backward, "no-sharpen": unsharpened }, names } = given;
  const { model, out, picture, occlusion, format } = texts;
  const scale = texts.scale === undefined ? undefined : Number(texts.scale);
  if (scale !== undefined && !(scale >= 0.01 && scale <= 4)) {
    return wrong(`--scale must be a number from 0.01 to 4, got ${texts.scale}.`);
  }
  const refine = Number(texts.refine ?? 0);
  if (!(/^\d{1,6}$/.test(texts.refine ?? "0") && refine <= 100_000)) {
    return wrong(`--refine must be a whole number of steps up to 100000, got ${texts.refine}.`);
  }
  const looks = texts.looks === undefined ? undefined : Number(texts.looks);
  if (looks !== undefined && !(/^\d{1,3}$/.test(texts.looks!) && looks >= 1 && looks <= 100)) {
    return wrong(`--looks must be a whole number from 1 to 100, got ${texts.looks}.`);
  }
  const estimation = { model, scale, looks, refine, sharpen: !unsharpened, backward };
  if (names.length === 1) {
    const superfluous = ONLY_PAIR.find((name) => texts[name] !== undefined);
    if (superfluous) {
      return wrong(`--${superfluous} is for two pictures; a folder's flows get it anyway.`);
    }
    if (out === undefined) return wrong("A folder of pictures needs --out FOLDER for its flows.");
    if (format !== undefined && format !== "flo" && format !== "png") {
      return wrong(`--format must be flo or png, got ${format}.`);
    }
    return { kind: "folder", folder: names[0], out, format: format ?? "flo", ...estimation };
  }
  if (names.length !== 2) {
    return wrong(`Two pictures or one folder are needed, got ${names.length} names.`);
  }
  if (format !== undefined) {
    return wrong("--format is for a folder; of two pictures, --out says it.");
  }
  for (
    const [name, path, endings] of [
      ["out", out, /\.(flo|png)$/i],
      ["picture", picture, /\.png$/i],
      ["occlusion", occlusion, /\.png$/i],
    ] as const
  ) {
    if (path !== undefined && !endings.test(path)) {
      const wanted = name === "out" ? ".flo or .png" : ".png";
      return wrong(`--${name} must end in ${wanted}, got ${path}.`);
    }
  }
  return {
    kind: "pair",
    frames: [names[0], names[1]],
    ...estimation,
    ...out === undefined ? {} : { out },
    ...picture === undefined ? {} : { picture },
    ...occlusion === undefined ? {} : { occlusion },
  };
}
