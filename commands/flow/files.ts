/** What `deno task flow` reads and writes: files of whoever calls it, named in errors as they were typed. */
import { basename, dirname, join } from "@std/path";
import type { Size } from "../../pipeline/common/io/resize.ts";
import { unreadable } from "../../pipeline/common/io/text.ts";
import { type Model, readModel } from "../../pipeline/compute/network/model_file.ts";
import { entryAt, orNothing } from "../../pipeline/fetch/disk_entry.ts";
import { type RawPicture, readRawPicture } from "../../pipeline/flow/picture_pair.ts";
import { reasonOf } from "../failure.ts";
import { placeOf } from "../typed_path.ts";
import { DEFAULT_MODEL } from "./arguments.ts";

const ROOT = new URL("../../", import.meta.url);
const CHECKPOINT = /\.(pth|pt|ckpt)(\.tar)?$/i;
const LARGEST_FILE_BYTES = 2 ** 30;

/**
 * Where a path is that somebody typed, without links, as far as it is there: what tells whether two names are of one file.
 * @throws {Error} when a folder on the way may not be looked into
 */
export function realPlaceOf(typed: string): string {
  const place = placeOf(typed);
  const missing: string[] = [];
  for (let path = place;; path = dirname(path)) {
    try {
      return join(Deno.realPathSync(path), ...missing);
    } catch (error) {
      // What a link should lead to is told when the path is read.
      const missed = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory ||
        error instanceof Deno.errors.FilesystemLoop;
      if (!missed || dirname(path) === path) throw ofFile(error, typed);
      missing.unshift(basename(path));
    }
  }
}

/**
 * @param typed the path as it was typed, for errors
 * @throws {Error} when there is no such file, or it is none, may not be read or is larger than 1 GiB, or a link leads nowhere
 */
export async function readTyped(
  typed: string,
  place: string = placeOf(typed),
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const entry = await entryAt(place, Deno, typed);
    if (!entry) throw unreadable(typed, "there is no such file");
    if (entry.isDirectory) throw unreadable(typed, "it is no file");
    const { size } = await Deno.stat(place);
    if (size > LARGEST_FILE_BYTES) {
      throw unreadable(typed, `it has ${size} bytes, 1 GiB at most is read`);
    }
    return await Deno.readFile(place);
  } catch (error) {
    throw ofFile(error, typed);
  }
}

export async function readTypedPicture(typed: string): Promise<RawPicture> {
  return readRawPicture(await readTyped(typed), typed);
}

/** @throws {Error} naming the picture that is too small, or the second one when it has another size */
export function checkSizes(first: string, one: Size, second: string, two: Size): void {
  const sizeOf = ({ width, height }: Size) => `${width} x ${height}`;
  if (one.width < 2 || one.height < 2) {
    throw new Error(
      `Cannot use ${first}: it is ${sizeOf(one)}, a flow needs 2 x 2 pixels or more.`,
    );
  }
  if (sizeOf(one) === sizeOf(two)) return;
  throw new Error(
    `Cannot use ${second}: it is ${sizeOf(two)}, but ${first} is ${
      sizeOf(one)
    }. Cut or resize one of them.`,
  );
}

/** An error for pictures that the device does not hold, not even in parts. */
export function tooLarge(first: string, second: string, { message }: Error): Error {
  return new Error(
    `Cannot estimate the flow of ${first} and ${second}: ${message} Make the pictures smaller, or close what else takes ` +
      `memory of this device.`,
  );
}

/** @param typed undefined for the experiment's */
export async function readTypedModel(
  typed: string | undefined,
): Promise<{ name: string; model: Model; bytes: Uint8Array<ArrayBuffer> }> {
  const name = typed ?? DEFAULT_MODEL;
  if (typed === undefined) {
    const url = new URL(DEFAULT_MODEL, ROOT);
    const there = await Deno.stat(url).then(({ isFile }) => isFile, () => false);
    if (!there) {
      throw unreadable(
        DEFAULT_MODEL,
        "it is not there yet",
        `Fetch the committed one with: ./run dvc pull. Or name another with --model.`,
      );
    }
    const bytes = await readTyped(name, url.pathname);
    return { name, model: readModel(bytes, name), bytes };
  }
  if (CHECKPOINT.test(typed)) {
    throw new Error(
      `Cannot use ${typed} as a model: by its name it is a checkpoint of PyTorch. Make a model of it with: ` +
        `./run deno task import-weights ${typed}`,
    );
  }
  const bytes = await readTyped(typed);
  return { name, model: readModel(bytes, name), bytes };
}

/** A file to write. */
export interface Output {
  /** For messages. */
  readonly typed: string;
  readonly place: string;
  readonly bytes: Uint8Array;
}

/**
 * Before the work whose result would find no place: minutes of it.
 * @throws {Error} naming the file that can be none there: a folder has its name, or a file that of a folder on the way
 */
export async function checkWritable(typed: string, place = placeOf(typed)): Promise<void> {
  const refuse = (why: string): never => {
    throw new Error(`Cannot write ${typed}: ${why}. Name another file.`);
  };
  if ((await orNothing(Deno.stat(place)))?.isDirectory) refuse("it is a folder");
  for (let folder = dirname(place);; folder = dirname(folder)) {
    const entry = await entryAt(folder, Deno);
    if (entry?.isDirectory) return;
    if (entry) refuse("a part of its path is no folder");
  }
}

/**
 * Writes files whole and all of them, or none: each beside its place first, then moved there. Makes their folders.
 * @throws {Error} naming the file that cannot be written
 */
export async function writeAll(outputs: readonly Output[]): Promise<void> {
  const written: string[] = [];
  const moved: string[] = [];
  let current = "";
  try {
    for (const { typed, place, bytes } of outputs) {
      current = typed;
      await Deno.mkdir(dirname(place), { recursive: true });
      if ((await orNothing(Deno.stat(place)))?.isDirectory) throw new Error("it is a folder");
      const partial = `${place}.partial`;
      written.push(partial);
      await Deno.writeFile(partial, bytes);
    }
    for (const { typed, place } of outputs) {
      current = typed;
      await Deno.rename(`${place}.partial`, place);
      moved.push(typed);
    }
  } catch (error) {
    for (const partial of written) await Deno.remove(partial).catch(() => {});
    const others = moved.length > 0 ? `Only ${moved.join(", ")}` : "Nothing";
    throw new Error(`Cannot write ${current}: ${reasonOf(error)}. ${others} was written.`);
  }
}

function ofFile(error: unknown, typed: string): Error {
  if (error instanceof Deno.errors.NotFound) return unreadable(typed, "there is no such file");
  if (error instanceof Error && error.message.startsWith("Cannot read ")) return error;
  return unreadable(typed, reasonOf(error));
}
