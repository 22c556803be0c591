/**
 * The shape of the house, tested: imports go one way, every stage declares what it reaches, and the permission
 * flags say the same as deps and outs. What the import graph is comes from `deno info`.
 */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { isCode, moduleGraph, outPath, reachedFiles, type Stage } from "../commands/_contract.ts";
import { pipelineGraph, updatedPipeline } from "../tools/update_dependencies.ts";
import { sectionNames } from "../pipeline/params.ts";

const written = Deno.readTextFileSync("dvc.yaml");
const pipeline = parse(written) as { stages: Record<string, Stage> };
const STAGES = Object.keys(pipeline.stages);

/** Beyond deps and outs: checkpoints and the list of deps that keys them, fetched archives, and the user's folder. */
const MORE_READ: Record<string, string[]> = {
  download: ["${download.folder}", ".cache/download"],
  pretrain: ["checkpoints", "dvc.yaml"],
  train: ["checkpoints", "dvc.yaml"],
};
const MORE_WRITE: Record<string, string[]> = {
  download: [".cache/download"],
  pretrain: ["checkpoints"],
  train: ["checkpoints"],
};

function filesBelow(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesBelow(path, ending);
    return name.endsWith(ending) ? [path] : [];
  }).sort();
}

/** All files with what each imports directly; one `deno info` for each file that no other reaches. */
async function wholeGraph(): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const folder of ["stages", "pipeline", "std", "tools"]) {
    for (const path of filesBelow(folder, ".ts")) {
      if (graph.has(path)) continue;
      for (const [file, imports] of await moduleGraph(path)) graph.set(file, imports);
    }
  }
  return graph;
}

/** Each layer may import itself and the layers listed; a path belongs to the first prefix that fits. */
const LAYERS: [prefix: string, name: string, mayImport: string[]][] = [
  ["kernels/", "kernels", []],
  ["std/", "std", []],
  ["pipeline/common/rng.ts", "rng", []],
  ["pipeline/gpu/", "gpu", ["std"]],
  ["pipeline/ops/", "ops", ["gpu", "kernels", "std"]],
  ["pipeline/io/", "io", ["std"]],
  ["pipeline/model/", "model", ["ops", "gpu", "rng", "std"]],
  ["pipeline/compute/photometric_loss.ts", "loss", ["ops", "gpu", "std"]],
  ["pipeline/metrics", "metrics", ["std"]],
  ["pipeline/dataset/", "dataset", ["io", "rng", "params", "std"]],
  ["pipeline/params.ts", "params", ["std"]],
  [
    "pipeline/",
    "programs",
    ["model", "loss", "metrics", "ops", "gpu", "dataset", "io", "rng", "params", "std"],
  ],
  [
    "stages/",
    "stages",
    ["programs", "model", "loss", "ops", "gpu", "dataset", "io", "rng", "params", "std"],
  ],
  ["tools/", "tools", ["programs", "ops", "gpu", "dataset", "io", "rng", "params", "std"]],
];

function layerOf(path: string) {
  const layer = LAYERS.find(([prefix]) => path.startsWith(prefix));
  assert(layer, `${path} belongs to no layer: add its folder to LAYERS in this test`);
  return { name: layer[1], mayImport: layer[2] };
}

Deno.test("imports go down only", async () => {
  const wrong: string[] = [];
  for (const [path, imports] of await wholeGraph()) {
    if (path.endsWith(".wgsl")) continue;
    const from = layerOf(path);
    for (const imported of imports) {
      const into = path.startsWith("tools/") && imported === "commands/doctor.wgsl"
        ? from
        : layerOf(imported);
      if (into.name === from.name || from.mayImport.includes(into.name)) continue;
      wrong.push(`${path} (${from.name}) must not import ${imported} (${into.name})`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("each stage imports only shared helpers of its folder", async () => {
  for (const [path, imports] of await wholeGraph()) {
    const others = imports.filter((file) => /^stages\/[^_]/.test(file));
    assertEquals(others, [], `${path} must not import a stage`);
  }
});

Deno.test("imports are literal, so that the graph is complete", () => {
  for (const folder of ["stages", "pipeline", "tools"]) {
    for (const path of filesBelow(folder, ".ts")) {
      const computed =
        Deno.readTextFileSync(path).match(/\bimport\((?!\s*"[^"]*"\s*[,)])[^)]*\)/g) ?? [];
      assertEquals(computed, [], `${path} imports what deno info cannot see`);
    }
  }
});

Deno.test("the library touches no file, clock, environment or network", () => {
  const forbidden =
    /\b(Deno\.|process\.|performance\.|setTimeout|setInterval|(?<![.\w])fetch\(|node:(fs|net|http|os))/g;
  for (const path of filesBelow("pipeline", ".ts")) {
    const code = Deno.readTextFileSync(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    assertEquals(code.match(forbidden) ?? [], [], `${path} must get this as an argument`);
  }
});

Deno.test("every kernel belongs to an operation", async () => {
  const graph = await wholeGraph();
  const imported = new Set([...graph.values()].flat());
  for (const path of filesBelow("kernels", ".wgsl")) {
    assert(imported.has(path), `${path} is imported by no operation`);
  }
});

Deno.test("each stage has a program, each params section a stage", async (t) => {
  assertEquals(sectionNames.filter((name) => !STAGES.includes(name)), ["sweep"]);
  for (const name of STAGES) {
    await t.step(name, () => assert(Deno.statSync(`stages/${name}.ts`).isFile));
  }
});

Deno.test("each stage's deps are all modules and kernels that it reaches", async (t) => {
  for (const name of STAGES) {
    await t.step(name, async () => {
      const declared = (pipeline.stages[name].deps ?? []).filter(isCode).sort();
      const reached = ["deno.lock", ...await reachedFiles(`stages/${name}.ts`)].sort();
      assertEquals(declared, reached, "Run: ./run deno task deps");
    });
  }
});

Deno.test("dvc.yaml is what the generator writes, comments included", async () => {
  assertEquals(await updatedPipeline(written), written, "Run: ./run deno task deps");
});

Deno.test("stages/report/graph.json says what dvc.yaml says", () => {
  const graph = Deno.readTextFileSync("stages/report/graph.json");
  assertEquals(graph, pipelineGraph(written), "Run: ./run deno task deps");
});

Deno.test("each stage's permission flags are its deps, params and outs", async (t) => {
  for (const name of STAGES) {
    await t.step(name, () => {
      const { cmd, deps = [], outs, params } = pipeline.stages[name];
      const words = cmd.replaceAll('"', "").split(/\s+/);
      assertEquals(words.slice(0, 2), ["deno", "run"]);
      assertEquals(words.at(-1), `stages/${name}.ts`);
      const flags = words.slice(2, -1);
      const kinds = new Set(flags.map((flag) => flag.split("=")[0]));
      const more = name === "download" ? ["--allow-net", "--allow-sys"] : [];
      assertEquals(
        [...kinds].sort(),
        [...more, "--allow-read", "--allow-write", "--frozen", "--ignore-env", "--no-prompt"]
          .sort(),
      );
      const granted = (kind: string) =>
        flags.filter((flag) => flag.startsWith(`--allow-${kind}=`))
          .flatMap((flag) => flag.slice(flag.indexOf("=") + 1).split(",")).sort();

      const folder = `results/${name}`;
      for (const out of outs.map(outPath)) {
        assert(out === folder || out.startsWith(`${folder}/`), `${out} is outside ${folder}`);
      }
      // Imported code needs no permission; a stage whose checkpoints are keyed by its code reads that code too.
      const read = MORE_READ[name] ?? [];
      const files = deps.filter((path) => !isCode(path) || read.includes("dvc.yaml"));
      const section = params ? ["params.yaml"] : [];
      assertEquals(granted("read"), [...section, ...files, folder, ...read].sort());
      assertEquals(granted("write"), [folder, ...MORE_WRITE[name] ?? []].sort());
    });
  }
});

Deno.test("each stage's params are the sections that it reads", async (t) => {
  for (const name of STAGES) {
    await t.step(name, async () => {
      const { params = [] } = pipeline.stages[name];
      const files = (await reachedFiles(`stages/${name}.ts`)).filter((path) =>
        path.startsWith("stages/") && path !== "stages/common/stage.ts"
      );
      const code = files.map((path) => Deno.readTextFileSync(path)).join("\n");
      const read = new Set([...code.matchAll(/readSection\(\s*"(\w+)"/g)].map((match) => match[1]));
      if (/\breadParams\(/.test(code)) {
        // All of the file is at hand: every section that is mentioned counts as read.
        for (const section of sectionNames) {
          if (new RegExp(`\\.${section}\\b|[{,]\\s*${section}\\s*[,}]`).test(code)) {
            read.add(section);
          }
        }
      }
      const sections = new Set(params.map((entry) => entry.split(".")[0]));
      assertEquals([...read].sort(), [...sections].sort());
    });
  }
});
