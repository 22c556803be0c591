/**
 * Whether anything may have to be fetched before `dvc repro`, found without starting DVC: an output of dvc.lock is not
 * there, or dvc.lock is another one than after the last run, as after a `git pull`.
 */
import { join } from "@std/path";
import { parse } from "yaml";

const PINS = ["dvc.lock", "data.dvc"];
/** Holds the hash of the pins of the last run that ended well. */
const STAMP = ".cache/reproduced";

interface Pins {
  outs?: { path: string }[];
  stages?: Record<string, { outs?: { path: string }[] }>;
}

/** @param root the folder of the repository */
export async function mayMissData(root: string): Promise<boolean> {
  const stamp = await readText(join(root, STAMP));
  if (stamp === undefined || stamp !== await hashPins(root)) return true;
  for (const path of PINS) {
    const { outs = [], stages = {} } = parse(await readText(join(root, path)) ?? "{}") as Pins;
    for (const out of [...outs, ...Object.values(stages).flatMap(({ outs = [] }) => outs)]) {
      if (!await exists(join(root, out.path))) return true;
    }
  }
  return false;
}

/** After a run that ended well. */
export async function rememberPins(root: string): Promise<void> {
  await Deno.mkdir(join(root, ".cache"), { recursive: true });
  await Deno.writeTextFile(join(root, STAMP), await hashPins(root));
}

async function hashPins(root: string): Promise<string> {
  const texts = await Promise.all(PINS.map((path) => readText(join(root, path))));
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
