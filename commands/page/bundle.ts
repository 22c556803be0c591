/**
 * The page's script: page/main.ts and all that it imports as one module, by esbuild. Where Deno finds modules, deno.json and
 * Deno's cache say: packages are looked up there, in the versions of deno.lock.
 */
import { dirname, fromFileUrl, join } from "@std/path";
import * as esbuild from "esbuild";
import { z } from "zod";
import denoConfig from "../../deno.json" with { type: "json" };
import { parseJson } from "../../pipeline/common/io/json.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
/** Browsers with WebGPU understand all of it. */
const TARGET = "es2024";

const infoSchema = z.looseObject({
  modules: z.array(z.looseObject({ npmPackage: z.string().optional() })),
  npmPackages: z.record(
    z.string(),
    z.looseObject({ name: z.string(), localPath: z.string(), dependencies: z.array(z.string()) }),
  ),
});

/** Folders of the packages that a program reaches, by name. */
async function packagesOf(program: string): Promise<Map<string, string>> {
  const args = ["info", "--json", program];
  const { success, stdout, stderr } = await new Deno.Command("deno", { args, cwd: ROOT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { modules, npmPackages } = parseJson(stdout, infoSchema, {
    file: `deno ${args.join(" ")}`,
  });
  const folders = new Map<string, string>();
  const waiting = modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (const id of waiting) {
    const { name, localPath, dependencies } = npmPackages[id];
    const other = folders.get(name);
    if (other === localPath) continue;
    if (other) throw new Error(`it reaches two versions of ${name}. Import one of them only.`);
    folders.set(name, localPath);
    waiting.push(...dependencies);
  }
  return folders;
}

/** A folder of links to packages, named as they are; a bundler takes it for node_modules. */
async function linkPackages(program: string, folder: string): Promise<void> {
  for (const [name, target] of await packagesOf(program)) {
    const link = join(folder, name);
    await Deno.mkdir(dirname(link), { recursive: true });
    await Deno.symlink(target, link);
  }
}

/** Names that deno.json gives to files of its own. */
const ALIASES = Object.fromEntries(
  Object.entries<string>(denoConfig.imports).filter(([, target]) => target.startsWith("./"))
    .map(([name, target]) => [name, join(ROOT, target)]),
);

/**
 * @param program from the root of the repository
 * @returns the text of an ES module
 * @throws {Error} when Deno or the bundler fails, with what it said
 */
export async function bundle(program: string): Promise<Uint8Array<ArrayBuffer>> {
  const packages = await Deno.makeTempDir();
  try {
    await linkPackages(program, packages);
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(ROOT, program)],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: TARGET,
      legalComments: "inline",
      alias: ALIASES,
      nodePaths: [packages],
      // A package finds those that it imports beside its link, not in the cache.
      preserveSymlinks: true,
      loader: { ".wgsl": "text" },
      write: false,
      logLevel: "silent",
    });
    return new Uint8Array(outputFiles[0].contents);
  } catch (error) {
    throw new Error(`Cannot bundle ${program}: ${(error as Error).message}`);
  } finally {
    await esbuild.stop();
    await Deno.remove(packages, { recursive: true });
  }
}
