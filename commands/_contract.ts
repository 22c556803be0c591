/**
 * The contract between a stage and dvc.yaml: which code the stage reaches, and the command whose permission
 * flags say what its deps and outs say. Used by `deno task deps`.
 */
import { fromFileUrl, relative } from "@std/path";
import { CATALOGUE } from "../pipeline/fetch/catalogue.ts";

export interface Stage {
  cmd: string;
  params?: string[];
  deps?: string[];
  outs: (string | Record<string, unknown>)[];
}

/** What a stage may do beyond its deps and outs, each with a reason. */
const EXCEPTIONS: Record<string, { read?: string[]; write?: string[]; flags?: string[] }> = {
  // Archives that the user has (DVC fills in the parameter), and those that only their official hosts have;
  // what was fetched stays in a cache outside the outs, which DVC empties.
  download: {
    read: [".cache/download"],
    write: [".cache/download"],
    flags: [
      '"--allow-read=${download.folder}"',
      flag("net", officialHosts()),
      "--allow-sys=statfs", // free disk space
    ],
  },
  // Checkpoints live outside the outs, which DVC empties; their key is the hash of the deps listed in dvc.yaml.
  pretrain: { read: ["dvc.yaml", "checkpoints"], write: ["checkpoints"] },
  train: { read: ["dvc.yaml", "checkpoints"], write: ["checkpoints"] },
};

function officialHosts(): string[] {
  const archives = Object.values(CATALOGUE).flatMap((source) => source.archives);
  const hosts = archives.flatMap(({ url }) => url ? [new URL(url).host] : []);
  return [...new Set(hosts)].sort();
}

/** Whether a dependency is code: found by `deno info`, and not written by hand. */
export function isCode(path: string): boolean {
  return /\.(ts|js|css|wgsl)$/.test(path) || path === "deno.lock";
}

interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { code?: { specifier: string }; type?: { specifier: string } }[];
  }[];
}

/**
 * Every file of the repository that a module reaches by import, itself included, with the files that each
 * imports directly; by `deno info`, paths relative to the root.
 * @throws {Error} when a module that it imports cannot be found or parsed
 */
export async function moduleGraph(entry: string): Promise<Map<string, string[]>> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["info", "--json", entry],
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno info cannot read ${entry}: ${decode(stderr)}`);
  const root = Deno.cwd();
  const local = (specifier?: string) =>
    specifier?.startsWith("file:") ? [relative(root, fromFileUrl(specifier))] : [];
  const graph = new Map<string, string[]>();
  for (const { specifier, error, dependencies } of (JSON.parse(decode(stdout)) as Info).modules) {
    if (error) throw new Error(`${entry} imports what cannot be read: ${error}`);
    const imports = dependencies?.flatMap(({ code, type }) => local((code ?? type)?.specifier));
    for (const path of local(specifier)) graph.set(path, imports ?? []);
  }
  return graph;
}

/** Every file that a module reaches by import, itself included, sorted. */
export async function reachedFiles(entry: string): Promise<string[]> {
  return [...(await moduleGraph(entry)).keys()].sort();
}

export function outPath(out: Stage["outs"][number]): string {
  return typeof out === "string" ? out : Object.keys(out)[0];
}

/** The program of a stage and the arguments that its command gives it; stages/NAME.ts where it says nothing. */
export function programOf(name: string, { cmd }: Pick<Stage, "cmd">): [path: string, args: string] {
  const [, path = `stages/${name}.ts`, args = ""] =
    cmd.match(/(?:^|\s)(stages\/\w+\.ts)(?:\s+(.*))?$/s) ??
      [];
  return [path, args.trim()];
}

/** The folder that a stage may write: the one that holds all of its outs. */
export function folderOf({ outs }: Pick<Stage, "outs">): string {
  const folders = outs.map(outPath).map((path) =>
    /\.\w+$/.test(path) ? path.slice(0, path.lastIndexOf("/")) : path
  );
  return folders.reduce((common, folder) => {
    const other = folder.split("/");
    const until = common.split("/").findIndex((name, i) => name !== other[i]);
    return until < 0 ? common : common.split("/").slice(0, until).join("/");
  });
}

/**
 * The command of a stage, one flag for each kind of thing, so that dvc.yaml stays readable.
 * @param deps all of them, code included
 */
export function stageCommand(name: string, stage: Stage, deps: readonly string[]): string {
  const { read = [], write = [], flags: more = [] } = EXCEPTIONS[name] ?? {};
  const folder = folderOf(stage);
  const [program, args] = programOf(name, stage);
  const data = deps.filter((path) => !isCode(path));
  const params = stage.params ? ["params.yaml"] : [];
  const flags = [flag("read", [...params, ...data, folder, ...read])];
  // Only a stage that hashes its own code reads it; the others import it, which needs no permission.
  if (read.includes("dvc.yaml")) {
    for (const group of byFolder(deps.filter(isCode))) flags.push(flag("read", group));
  }
  flags.push(flag("write", [folder, ...write]));
  flags.push(...more);
  return ["deno run --no-prompt --frozen --ignore-env", ...flags, program, args].join(" ").trim();
}

function flag(kind: string, values: readonly string[]): string {
  return `--allow-${kind}=${values.join(",")}`;
}

function byFolder(paths: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    groups.set(folder, [...groups.get(folder) ?? [], path]);
  }
  return [...groups.values()];
}
