/**
 * The npm packages of a bundle: those of deno.lock, copied from Deno's cache into a folder that is Deno's cache on the other
 * machine. There they are of a registry that cannot exist, whatever registry they came from.
 */
import { basename, dirname, join } from "@std/path";
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { mustRun } from "../../commands/verify/command.ts";

/** Host of the registry that tools/bundle/run.sh names. */
const HOST = "packages.invalid";

export interface Package {
  readonly name: string;
  readonly version: string;
}

const platforms = z.array(z.string()).optional();
const lockSchema = z.object({
  npm: z.record(z.string(), z.looseObject({ os: platforms, cpu: platforms })),
});

/** As npm calls processors. */
const CPU: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };

/**
 * The packages of a lock file: Deno wants those that deno.json names, whether or not a program reaches them. Without those
 * for other platforms than this.
 * @param text of deno.lock, version 5
 * @throws {Error} when it is none
 */
export function lockedPackages(text: string): Package[] {
  const { npm } = parseJson(text, lockSchema, {
    file: "deno.lock",
    mend: "Take it from Git: git checkout deno.lock",
  });
  const found = new Map<string, Package>();
  for (const [id, { os, cpu }] of Object.entries(npm)) {
    if (os?.includes(Deno.build.os) === false) continue;
    if (cpu?.includes(CPU[Deno.build.arch]) === false) continue;
    // NAME@VERSION, with the versions of its peers behind _; the @ of a scope is the first letter.
    const at = id.indexOf("@", 1);
    const name = id.slice(0, at), [version] = id.slice(at + 1).split("_");
    found.set(`${name}@${version}`, { name, version });
  }
  return [...found.values()];
}

/**
 * Copies packages from Deno's cache, after Deno has brought it up to date.
 * @param folder becomes Deno's cache
 * @throws {Error} when Deno cannot fetch one
 */
export async function copyPackages(
  root: string,
  packages: readonly Package[],
  folder: string,
): Promise<void> {
  await mustRun("deno", ["install", "--quiet", "--frozen"], { cwd: root });
  const info = await mustRun("deno", ["info", "--json"], { cwd: root });
  const { npmCache } = parseJson(info, z.object({ npmCache: z.string() }), {
    file: "the answer of deno info --json",
  });
  for (const { name, version } of packages) {
    const from = await cachedFolder(npmCache, `${name}/${version}`);
    const to = join(folder, "npm", HOST, name, version);
    await Deno.mkdir(dirname(to), { recursive: true });
    await mustRun("cp", ["-R", "-L", from, to], { cwd: root });
    // A compiled program of esbuild's, which makes pages: Deno asks for the package, nothing in a bundle for the program.
    if (name.startsWith("@esbuild/")) await Deno.remove(join(to, "bin"), { recursive: true });
    // Without what a registry says of a package, or when it is shortened, Deno asks for it: this is all that there is.
    const said = { name, "dist-tags": {}, versions: {}, "_deno.packumentFormat": "full" };
    await Deno.writeTextFile(join(dirname(to), "registry.json"), JSON.stringify(said));
  }
}

/** The cache holds a folder for each registry. */
async function cachedFolder(npmCache: string, path: string): Promise<string> {
  for await (const { name } of Deno.readDir(npmCache)) {
    const folder = join(npmCache, name, path);
    try {
      if ((await Deno.stat(folder)).isDirectory) return folder;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    `Cannot bundle ${dirname(path)} ${basename(path)}: it is not in Deno's cache, ${npmCache}. ` +
      "With a network, call: ./run deno install --frozen --reload",
  );
}
