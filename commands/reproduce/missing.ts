/**
 * Whether anything may have to be fetched before `dvc repro`, found without starting DVC: an output of dvc.lock is not
 * there, or is another one, as after an experiment that was given up by `git checkout`; dvc.lock is another one than after the
 * last run, as after a `git pull`; or DVC's cache is gone, without which DVC would compute what is there once more.
 */
import { join } from "@std/path";
import { parse } from "yaml";
import { fileInfo, readText } from "./files.ts";
import { resultProblems } from "./results.ts";

const DATA = "data.dvc";
const PINS = ["dvc.lock", DATA];
/** Holds the hash of the pins of the last run that ended well. */
const STAMP = ".cache/reproduced";

interface Pinned {
  outs?: { path: string }[];
}

/** @param root the folder of the repository */
export async function mayMissData(root: string): Promise<boolean> {
  const stamp = await readText(join(root, STAMP));
  if (stamp === undefined || stamp !== await hashPins(root)) return true;
  const { outs = [] }: Pinned = parse(await readText(join(root, DATA)) ?? "{}");
  for (const { path } of outs) if (await fileInfo(join(root, path)) === undefined) return true;
  return await isCacheGone(root) || (await resultProblems(root)).length > 0;
}

/** One elsewhere, which DVC's settings name, is not looked for. */
async function isCacheGone(root: string): Promise<boolean> {
  const [folder, cache] = await Promise.all(
    [".dvc", ".dvc/cache/files"].map((path) => fileInfo(join(root, path))),
  );
  const settings = await Promise.all(
    [".dvc/config", ".dvc/config.local"].map((path) => readText(join(root, path))),
  );
  return folder !== undefined && cache === undefined &&
    !settings.some((text) => /^\s*dir\s*=/m.test(text ?? ""));
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
