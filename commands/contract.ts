/**
 * The contract between a stage and its entry in dvc.yaml: the folders of code among its deps cover what it reaches by
 * import, none is superfluous, and its permissions are its data and its results. Used by `deno task deps`, `verify` and tests.
 */
import { dirname, fromFileUrl, join, normalize, relative } from "@std/path";
import { shown } from "../pipeline/common/io/checked.ts";
import { CATALOGUE } from "../pipeline/fetch/catalogue.ts";
import { CONFIGURATION } from "./redirections.ts";

export interface Stage {
  cmd: string;
  wdir?: string;
  matrix?: unknown;
  params?: (string | Record<string, string[]>)[];
  deps?: string[];
  outs: (string | Record<string, unknown>)[];
}

/** The folders that hold code, and the lock file of packages. */
export const CODE = ["deno.lock", "kernels", "pipeline", "stages"];

/** What a stage may do beyond its deps, params and outs, each with a reason. */
const EXCEPTIONS: Record<
  string,
  { read?: string[]; write?: string[]; flags?: string[]; wholly?: string[]; code?: string }
> = {
  // Writes a text that is always the same, or nothing: no code or package behind its program can change its output.
  check: { code: "stages/check" },
  // Archives that only their official hosts have; what was fetched stays in a cache outside the outs, which DVC empties.
  download: {
    read: [".cache/download"],
    write: [".cache/download"],
    flags: [
      flag("net", officialHosts()),
      "--allow-sys=statfs", // free disk space
    ],
  },
  // Checkpoints live outside the outs, which DVC empties; their key is the hash of the deps listed in dvc.yaml.
  pretrain: keyedByCode("dvc.yaml"),
  train: keyedByCode("dvc.yaml"),
  pretraining: keyedByCode("sweep/dvc.yaml"),
  // Reads nearly all that these write: their folders, so that its command stays readable.
  report: { wholly: ["results/evaluate", "results/pretrain", "results/train"] },
};

function keyedByCode(pipeline: string) {
  return { read: ["checkpoints", pipeline, ...CODE], write: ["checkpoints"] };
}

function officialHosts(): string[] {
  const archives = Object.values(CATALOGUE).flatMap((source) => source.archives);
  const hosts = archives.flatMap(({ url }) => url ? [new URL(url).host] : []);
  return [...new Set(hosts)].sort();
}

/** Whether a dependency is code rather than data. */
export function isCode(path: string): boolean {
  return CODE.some((name) => path === name || path.startsWith(`${name}/`));
}

/** Schemes of what deno.lock pins, and of what comes with Deno. */
const PACKAGES = ["npm", "node"];

interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { code?: { specifier: string } }[];
  }[];
}

/**
 * Every file of the repository that a module reaches by import, itself included, with the files that each imports
 * directly; by `deno info`, paths relative to the root. Imports of types alone leave nothing in a program and are left out.
 * @throws {Error} when a module that it imports cannot be found or parsed, or comes from elsewhere
 */
export async function moduleGraph(entry: string): Promise<Map<string, string[]>> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["info", "--json", entry],
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno info cannot read ${entry}: ${decode(stderr)}`);
  const root = Deno.cwd();
  const local = (specifier = "npm:") => {
    const [scheme] = specifier.split(":", 1);
    if (scheme === "file") return [relative(root, fromFileUrl(specifier))];
    if (PACKAGES.includes(scheme)) return [];
    throw new Error(
      `${entry} imports ${
        shown(specifier)
      }, which is neither a file of the repository nor a package of deno.lock`,
    );
  };
  const all = new Map<string, string[]>();
  for (const { specifier, error, dependencies } of (JSON.parse(decode(stdout)) as Info).modules) {
    if (error) throw new Error(`${entry} imports what cannot be read: ${error}`);
    const imports = dependencies?.flatMap(({ code }) => local(code?.specifier)) ?? [];
    for (const path of local(specifier)) all.set(path, imports);
  }
  return reachable(entry, all);
}

/** The part of a graph that can be reached from one file. */
function reachable(entry: string, all: ReadonlyMap<string, string[]>): Map<string, string[]> {
  const reached = new Map<string, string[]>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    const imports = all.get(path) ?? [];
    reached.set(path, imports);
    waiting.push(...imports);
  }
  return reached;
}

/** Every file that a module reaches by import, itself included, sorted. */
export async function reachedFiles(entry: string): Promise<string[]> {
  return [...(await moduleGraph(entry)).keys()].sort();
}

export function outPath(out: Stage["outs"][number]): string {
  return typeof out === "string" ? out : Object.keys(out)[0];
}

/**
 * A stage as it would stand in dvc.yaml, and the folder of its results there. A pipeline in a folder of its own either runs
 * one up, with its results in results/FOLDER, as the sweep does in the root and that of models/ in models/, or in its folder, as
 * models/ does. What does not run in the root has its code further up, all else beside it.
 * @param pipeline path of its dvc.yaml
 */
export function asInRoot(
  pipeline: string,
  name: string,
  stage: Stage,
): { stage: Stage; results: string } {
  const folder = dirname(pipeline);
  const runsIn = normalize(join(folder, stage.wdir ?? "."));
  const below = relative(runsIn, folder);
  const results = `results/${below === "" ? name : below}`;
  if (runsIn === ".") return { stage, results };
  return { stage: JSON.parse(JSON.stringify(stage).replaceAll("../", "")), results };
}

/** Whether a stage is one of our programs; others are held to no contract. */
export function isProgram({ cmd }: Pick<Stage, "cmd">): boolean {
  return cmd.startsWith("deno run ");
}

/** The files of parameters that a stage reads. */
export function paramsFiles({ params = [] }: Pick<Stage, "params">): string[] {
  const files = params.flatMap((entry) =>
    typeof entry === "string" ? ["params.yaml"] : Object.keys(entry)
  );
  return [...new Set(files)];
}

/** The program of a stage and the arguments that its command gives it; stages/NAME/NAME.ts where it says nothing. */
export function programOf(name: string, { cmd }: Pick<Stage, "cmd">): [path: string, args: string] {
  const [, path = `stages/${name}/${name}.ts`, args = ""] =
    cmd.match(/(?:^|\s)(stages\/\w+\/\w+\.ts)(?:\s+(.*))?$/s) ?? [];
  return [path, args.trim()];
}

/** The folder that a stage may write: the one that holds all of its outs; for the cells of a matrix, that of all cells. */
export function folderOf({ outs }: Pick<Stage, "outs">): string {
  const folders = outs.map(outPath).map((path) =>
    /\.\w+$|\/[^/]*\$\{.*$/.test(path) ? path.slice(0, path.lastIndexOf("/")) : path
  );
  return folders.reduce((common, folder) => {
    const other = folder.split("/");
    const until = common.split("/").findIndex((name, i) => name !== other[i]);
    return until < 0 ? common : common.split("/").slice(0, until).join("/");
  });
}

/** Opens the device of a stage that writes adapter.json, and so asks the environment for the graphics interface. */
const RECORDS_ADAPTER = "stages/common/gpu.ts";

/**
 * The command that fits a stage's deps, params and outs; one flag for each kind of thing.
 * @param reached what its program reaches, from reachedFiles()
 */
export function stageCommand(name: string, stage: Stage, reached: readonly string[]): string {
  const { read = [], write = [], flags = [], wholly = [] } = EXCEPTIONS[name] ?? {};
  const folder = folderOf(stage);
  const [program, args] = programOf(name, stage);
  const data = (stage.deps ?? []).filter((path) => !isCode(path)).map((path) =>
    wholly.find((folder) => path.startsWith(`${folder}/`)) ?? path
  );
  const environment = [
    ...reached.includes(RECORDS_ADAPTER) ? ["DENO_WEBGPU_BACKEND"] : [],
    // Which cell it is: a value of the matrix in the command would be read by a shell.
    ...stage.matrix === undefined ? [] : ["DVC_STAGE"],
  ];
  const readable = new Set([...paramsFiles(stage), ...data, folder, ...read]);
  return [
    "deno run --no-prompt --frozen --ignore-env",
    flag("read", [...readable]),
    flag("write", [folder, ...write]),
    ...environment.length > 0 ? [flag("env", environment)] : [],
    ...flags,
    program,
    args,
  ].join(" ").trim();
}

function flag(kind: string, values: readonly string[]): string {
  return `--allow-${kind}=${values.join(",")}`;
}

/**
 * What a stage's entry says wrongly; each continues "stage NAME ...".
 * @param results the folder that all of its outs must lie in
 * @param reached what its program reaches, from reachedFiles()
 */
export function contractProblems(
  name: string,
  stage: Stage,
  results: string,
  reached: readonly string[],
): string[] {
  const code = (stage.deps ?? []).filter(isCode);
  const within = (path: string, dependency: string) =>
    path === dependency || path.startsWith(`${dependency}/`);
  const { code: own } = EXCEPTIONS[name] ?? {};
  // No dep, since most of it concerns no stage; module_map.ts looks at the rest.
  const modules = reached.filter((path) => path !== CONFIGURATION);
  const files = own ? modules.filter((path) => within(path, own)) : ["deno.lock", ...modules];
  const wanted = permissions(stageCommand(name, stage, reached));
  const given = permissions(stage.cmd);
  const wrongWords = [
    ...[...given].filter((word) => !wanted.has(word)).map((word) =>
      `has ${word} in its command, which its deps, params and outs do not say`
    ),
    ...[...wanted].filter((word) => !given.has(word)).map((word) => `lacks ${word} in its command`),
  ];
  return [
    ...files.filter((path) => !code.some((dependency) => within(path, dependency)))
      .map((path) => `reaches ${path}, which lies in none of its deps`),
    ...code.filter((dependency) => !files.some((path) => within(path, dependency)))
      .map((dependency) => `has the dep ${dependency}, of which it reaches nothing`),
    ...code.filter((inner) => code.some((outer) => inner !== outer && within(inner, outer)))
      .map((inner) => `has the dep ${inner}, which lies in another of its deps`),
    ...stage.outs.map(outPath).filter((path) => !within(path, results))
      .map((path) => `has the output ${path} outside of ${results}`),
    ...wrongWords,
    ...wrongWords.length > 0
      ? [`should have the command: ${stageCommand(name, stage, reached)}`]
      : [],
  ];
}

/** The words of a command, a permission for several things as one for each. */
function permissions(command: string): Set<string> {
  const words = command.replaceAll('"', "").split(/\s+/).filter((word) => word !== "");
  return new Set(words.flatMap((word) => {
    const [flag, values] = word.split("=", 2);
    return values === undefined ? [word] : values.split(",").map((value) => `${flag}=${value}`);
  }));
}
