/** The files of a folder of flows: where those of a pair lie, and how they are read and written. */
import { join } from "@std/path";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import type { FolderRequest } from "./arguments.ts";
import type { Output } from "./files.ts";
import { placeOf } from "../typed_path.ts";
import type { PairRecord } from "./record.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A pair of the folder whose flow is there. */
export interface DonePair {
  readonly files: PairFiles;
  readonly record: PairRecord;
}

/** The folders of the output folder. */
export const OUTPUT_FOLDERS = ["flow", "pictures", "occlusions", "backward", "records"] as const;

/** Where the files of a pair lie, relative to the output folder. */
export function pathsOf({ name }: PairFiles, { format }: FolderRequest) {
  return {
    flow: `flow/${name}.${format}`,
    picture: `pictures/${name}.png`,
    occlusion: `occlusions/${name}.png`,
    backward: `backward/${name}.${format}`,
    record: `records/${name}.json`,
  };
}

/** Undefined where there is none. */
export async function readOutput(
  { out }: FolderRequest,
  path: string,
): Promise<Bytes | undefined> {
  try {
    return await Deno.readFile(join(placeOf(out), path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export function outputFile({ out }: FolderRequest, path: string, bytes: Bytes): Output {
  return { typed: join(out, path), place: join(placeOf(out), path), bytes };
}

export function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
