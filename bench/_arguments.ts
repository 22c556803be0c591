/** What the commands of bench/ have in common on their command lines. */
import { SIDE_MULTIPLE } from "../pipeline/compute/network/pwclite.ts";
import type { StepSize } from "./_step.ts";

/** A step's size as it is typed. */
export interface TypedSize {
  readonly width: unknown;
  /** A side, or HEIGHTxWIDTH. */
  readonly crop: unknown;
  readonly batch: unknown;
}

/** More than anybody photographs; beyond it, sizes of buffers are no longer whole numbers. */
const LARGEST_SIDE = 65_536;

/** Of the trainings of the sweep. */
export const DEFAULT_SIZE = { width: "0.25", crop: "64", batch: "4" } as const;

export const SIZE_HELP =
  `--width   multiple of the network's channels, default ${DEFAULT_SIZE.width}
  --crop    of the pictures, a side or HEIGHTxWIDTH, multiples of 64; default ${DEFAULT_SIZE.crop}
  --batch   pairs, default ${DEFAULT_SIZE.batch}`;

/** @throws {RangeError} for what is no size, saying what it is */
export function parseSize({ width, crop, batch }: TypedSize): StepSize {
  return {
    width: numberOf("--width", width, (value) => value >= 0.0625 && value <= 4, "0.0625 to 4"),
    crop: parseSides("--crop", crop),
    batch: numberOf("--batch", batch, (value) => wholeTo(64, value), "a whole number, 1 to 64"),
  };
}

/** @param given a side, or HEIGHTxWIDTH @throws {RangeError} when they are no multiples of what they should be */
export function parseSides(
  option: string,
  given: unknown,
  multiple = SIDE_MULTIPLE,
): [height: number, width: number] {
  const sides = String(given).split("x").map((side) => side.trim() === "" ? NaN : Number(side));
  const [height, width = height] = sides;
  const allowed = [height, width].every((side) =>
    side > 0 && side <= LARGEST_SIDE && side % multiple === 0
  );
  if (sides.length <= 2 && allowed) return [height, width];
  throw new RangeError(
    `${option} must be a side or HEIGHTxWIDTH, ${
      multiple > 1 ? `multiples of ${multiple}` : "whole numbers"
    } up to ${LARGEST_SIDE}, such as 64 or 384x832; got "${given}".`,
  );
}

/** @throws {RangeError} naming option, what is allowed and what was given */
export function numberOf(
  option: string,
  given: unknown,
  allowed: (value: number) => boolean,
  meaning: string,
): number {
  const value = String(given).trim() === "" ? NaN : Number(given);
  if (allowed(value)) return value;
  throw new RangeError(`${option} must be ${meaning}, got "${given}".`);
}

export function wholeTo(most: number, value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

/** Makes the file, or fails: that it can be written is better known before the minutes are spent. */
export async function ensureWritable(path: string): Promise<void> {
  try {
    (await Deno.open(path, { append: true, create: true })).close();
  } catch (error) {
    throw new Error(`Cannot write ${path}: ${(error as Error).message}`);
  }
}

/** For parseArgs: whatever is not an option of the command. @throws {RangeError} naming it */
export function refuseUnknown(argument: string): never {
  throw new RangeError(`Unknown argument ${argument}.`);
}

/**
 * Runs a command: usage on --help, a message and the status that belongs to it on an error.
 * @param parse undefined where help is asked for @returns the exit status
 */
export async function runCommand<Options>(
  help: string,
  parse: () => Options | undefined,
  run: (options: Options) => Promise<number | void>,
): Promise<number> {
  let options: Options | undefined;
  try {
    options = parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n${help}`);
    return 2;
  }
  if (!options) {
    console.log(help);
    return 0;
  }
  try {
    return await run(options) ?? 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    return 1;
  }
}
