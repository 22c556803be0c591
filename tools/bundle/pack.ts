/** One compressed file of a folder: equal bytes for equal contents, whoever packs them, whenever and wherever. */
import { createHash } from "node:crypto";
import { basename, dirname } from "@std/path";
import { mustRun } from "../../commands/verify/command.ts";

/** Order, times, owners and modes by rule; xz by one thread, since blocks of several depend on their number. */
const SAME_BYTES = [
  "--format=gnu",
  "--sort=name",
  "--mtime=@0",
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--mode=u=rwX,go=rX",
];

/**
 * @param folder beside which the archive grows
 * @param file the archive, which appears when it is whole; on the same disk
 * @param level of xz, 0 to 9
 * @throws {Error} without GNU tar and xz
 */
export async function pack(folder: string, file: string, level: number): Promise<void> {
  await needs("tar", /GNU tar/, "GNU tar");
  await needs("xz", /XZ Utils/, "xz");
  const partial = `${folder}.tar.xz`;
  const compress = `--use-compress-program=xz --threads=1 -${level}`;
  const args = [...SAME_BYTES, compress, "--create", `--file=${partial}`, basename(folder)];
  await mustRun("tar", args, { cwd: dirname(folder), env: { XZ_DEFAULTS: "", XZ_OPT: "" } });
  await Deno.rename(partial, file);
}

/** @throws {Error} when there is no such program, or another one of its name */
async function needs(program: string, answer: RegExp, name: string): Promise<void> {
  const version = await mustRun(program, ["--version"], { cwd: "/" }).catch(() => "");
  if (!answer.test(version)) {
    throw new Error(
      `Cannot pack a bundle: there is no ${name} here. Install it, on Debian with: ` +
        "sudo apt-get install tar xz-utils",
    );
  }
}

/** Bytes of a file and their SHA-256. */
export async function measure(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of (await Deno.open(file)).readable) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
