/**
 * The shape of the house, tested: imports go one way, every stage declares what it reaches, and the permission
 * flags say the same as deps and outs. What the import graph is comes from `deno info`.
 */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import {
  contractProblems,
  isCode,
  moduleGraph,
  outPath,
  paramsFiles,
  programOf,
  reachedFiles,
  type Stage,
} from "../commands/contract.ts";
import { COST_KEYS, directSchema } from "../pipeline/direct/params.ts";
import { sectionNames } from "../stages/check/params.ts";
import { otherProblems, pipelineGraph } from "../tools/update_dependencies.ts";

const written = Deno.readTextFileSync("dvc.yaml");
const { stages: STAGES } = parse(written) as { stages: Record<string, Stage> };
const NAMES = Object.keys(STAGES);

const FOLDERS = ["stages", "pipeline", "commands", "tools", "page"];

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
  for (const folder of FOLDERS) {
    for (const path of filesBelow(folder, ".ts")) {
      if (graph.has(path)) continue;
      for (const [file, imports] of await moduleGraph(path)) graph.set(file, imports);
    }
  }
  for (const [file, imports] of await moduleGraph("mod.ts")) graph.set(file, imports);
  return graph;
}

/** Each layer may import itself and the layers listed; a path belongs to the first prefix that fits. */
const LAYERS: [prefix: string, mayImport: string[]][] = [
  ["kernels/plans/", []],
  ["kernels/", []],
  ["pipeline/common/", []],
  ["pipeline/compute/gpu/", ["pipeline/common/", "kernels/plans/"]],
  ["pipeline/compute/", ["pipeline/compute/gpu/", "pipeline/common/", "kernels/"]],
  ["pipeline/smoothness/", [
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
    "kernels/",
  ]],
  ["pipeline/fetch/", ["pipeline/common/"]],
  ["pipeline/torch/", [
    "pipeline/fetch/",
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
    "kernels/",
  ]],
  ["pipeline/pairs/", ["pipeline/fetch/", "pipeline/common/"]],
  ["pipeline/photo_scenes/", ["pipeline/pairs/", "pipeline/fetch/", "pipeline/common/"]],
  ["pipeline/picture/", ["pipeline/common/"]],

  ["pipeline/score/", ["pipeline/common/"]],
  ["pipeline/submission/", ["pipeline/common/"]],
  ["pipeline/train/", [
    "pipeline/score/",
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
  ]],
  ["pipeline/direct/", [
    "pipeline/smoothness/",
    "pipeline/score/",
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
  ]],
  ["pipeline/flow/", [
    "pipeline/direct/",
    "pipeline/smoothness/",
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
  ]],
  ["pipeline/unrolling/", [
    "pipeline/compute/",
    "pipeline/compute/gpu/",
    "pipeline/common/",
    "kernels/",
  ]],
  ["pipeline/sweep/", ["pipeline/common/"]],
  ["pipeline/report/", [
    "pipeline/sweep/",
    "pipeline/picture/",
    "pipeline/fetch/",
    "pipeline/common/",
  ]],
  ["pipeline/own_frames/", [
    "pipeline/report/",
    "pipeline/flow/",
    "pipeline/picture/",
    "pipeline/pairs/",
    "pipeline/common/",
  ]],
  ["deno.json", []],
  ["stages/", ["pipeline/", "kernels/", "deno.json"]],
  ["page/", ["pipeline/"]],
  // Its document and styles as text; its script goes through the bundler.
  ["commands/page/", ["page/", "pipeline/", "deno.json"]],
  ["commands/", ["commands/page/", "pipeline/", "stages/"]],
  ["tools/", ["pipeline/", "stages/", "commands/", "kernels/"]],
  ["mod.ts", ["pipeline/"]],
];

function layerOf(path: string) {
  const layer = LAYERS.find(([prefix]) => path.startsWith(prefix));
  assert(layer, `${path} belongs to no layer: add its folder to LAYERS in this test`);
  return { prefix: layer[0], mayImport: layer[1] };
}

Deno.test("imports go down only", async () => {
  const wrong: string[] = [];
  for (const [path, imports] of await wholeGraph()) {
    if (path.endsWith(".wgsl")) continue;
    const from = layerOf(path);
    for (const imported of imports) {
      const into = layerOf(imported);
      if (into.prefix === from.prefix) continue;
      if (
        from.mayImport.some((prefix) =>
          prefix === "pipeline/" ? imported.startsWith(prefix) : prefix === into.prefix
        )
      ) continue;
      wrong.push(`${path} must not import ${imported}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("an operation knows operations, the tape and kernels, and no model, loss or file format", async () => {
  const below = [
    "pipeline/compute/ops/",
    "pipeline/compute/network/ops/",
    "pipeline/compute/gpu/",
    "kernels/",
  ];
  for (const [path, imports] of await wholeGraph()) {
    if (!/^pipeline\/[^.]*\/ops\//.test(path)) continue;
    const allowed = [...below, path.slice(0, path.indexOf("/ops/") + 5)];
    for (const imported of imports) {
      const shared = /^pipeline\/compute\/\w+\.ts$/.test(imported) &&
        !imported.includes("photometric");
      assert(
        shared || allowed.some((prefix) => imported.startsWith(prefix)),
        `${path} must not import ${imported}`,
      );
    }
  }
});

Deno.test("no stage imports another stage's program; commands import only what a stage declares", async () => {
  const programs = [...NAMES.map((name) => `stages/${name}/${name}.ts`)];
  for (const [path, imports] of await wholeGraph()) {
    const others = imports.filter((file) => programs.includes(file));
    assertEquals(others, [], `${path} must not import a stage`);
    if (!/^(commands|tools)\//.test(path)) continue;
    // Schemas; what a list of checkpoints must not judge in another way: the key of a run, the folder as it is found, what those of
    // the sweep are called; what stands between two files of parameters; the one bar of progress, and the one walk through a folder of
    // pictures.
    const inner = imports.filter((file) =>
      file.startsWith("stages/") &&
      !/params\.ts$|^stages\/(training\/(inputs|checkpoint_entries)|check\/scene_size|common\/stage|sweep_cells\/own_place|download\/own_folder)\.ts$/
        .test(file)
    );
    assertEquals(inner, [], `${path} may import of stages only what this test names`);
  }
});

Deno.test("no modules of the library import each other, directly or in a ring, not even types", async () => {
  const graph = await wholeGraph();
  const rings: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, above: string[]) => {
    if (above.includes(path)) {
      rings.push([...above.slice(above.indexOf(path)), path].join(" > "));
    } else if (!done.has(path)) {
      for (const imported of graph.get(path) ?? []) visit(imported, [...above, path]);
      done.add(path);
    }
  };
  for (const path of graph.keys()) if (path.startsWith("pipeline/")) visit(path, []);
  assertEquals(rings, []);
});

Deno.test("imports are literal, so that the graph is complete", () => {
  for (const folder of FOLDERS) {
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

Deno.test("the live page is made of modules that a browser can run, and asks for files through it alone", () => {
  for (const path of filesBelow("page", ".ts")) {
    const code = Deno.readTextFileSync(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    assertEquals(
      code.match(/\b(Deno\.|process\.|node:\w+)/g) ?? [],
      [],
      `${path} must run in a browser`,
    );
  }
});

Deno.test("every kernel belongs to an operation", async () => {
  const graph = await wholeGraph();
  const imported = new Set([...graph.values()].flat());
  for (const path of ["kernels", "pipeline"].flatMap((folder) => filesBelow(folder, ".wgsl"))) {
    assert(imported.has(path), `${path} is imported by no operation`);
  }
});

Deno.test("every plan is imported by the list of plans", async () => {
  const list = "pipeline/compute/gpu/plans.ts";
  const imported = (await moduleGraph(list)).get(list)!;
  for (const path of filesBelow("kernels/plans", ".json")) {
    assert(imported.includes(path), `${path}: add it to ${list}, or no adapter gets it`);
  }
});

Deno.test("each params section has a stage, each stage a program", () => {
  assertEquals(sectionNames.filter((name) => !NAMES.includes(name)), []);
  for (const name of NAMES) assert(Deno.statSync(`stages/${name}/${name}.ts`).isFile);
});

Deno.test("each stage's deps cover what it reaches, none is superfluous, and its permissions are exact", async (t) => {
  for (const name of NAMES) {
    await t.step(name, async () => {
      const reached = await reachedFiles(programOf(name, STAGES[name])[0]);
      assertEquals(contractProblems(name, STAGES[name], `results/${name}`, reached), []);
      const words = STAGES[name].cmd.split(/\s+/);
      assertEquals(words.slice(0, 5), ["deno", "run", "--no-prompt", "--frozen", "--ignore-env"]);
      assertEquals(words.findLast((word) => word.endsWith(".ts")), `stages/${name}/${name}.ts`);
    });
  }
});

Deno.test("the stages that write their adapter down may ask for its graphics interface, and no others", () => {
  const asking = NAMES.filter((name) => STAGES[name].cmd.includes("--allow-env="));
  const writing = NAMES.filter((name) =>
    STAGES[name].outs.some((out) => outPath(out).endsWith("/adapter.json"))
  );
  assertEquals(asking, writing);
  assertEquals(writing, ["pretrain", "train", "direct"]);
});

Deno.test("no parameter stands in a command of dvc.yaml, which a shell reads", () => {
  for (const [name, { cmd }] of Object.entries(STAGES)) {
    assertEquals(/[$`"'&;|<>\\]/.exec(cmd)?.[0], undefined, `stage ${name}`);
  }
});

Deno.test("pretrain, which has no smoothness, depends on none", async () => {
  const reached = await reachedFiles("stages/pretrain/pretrain.ts");
  assertEquals(reached.filter((path) => path.includes("smoothness")), []);
});

Deno.test("a dependency on code is a folder of a size that changes together", () => {
  for (const [name, { deps = [] }] of Object.entries(STAGES)) {
    assert(deps.filter(isCode).length <= 13, `${name} lists too many pieces of code`);
  }
});

Deno.test("no module is redirected, and no code hidden from DVC", async () => {
  assertEquals(await otherProblems(), []);
});

Deno.test("stages/report/graph.json says what dvc.yaml says", () => {
  const graph = Deno.readTextFileSync("stages/report/graph.json");
  assertEquals(
    graph,
    pipelineGraph(written, Deno.readTextFileSync("models/dvc.yaml")),
    "Run: ./run deno task deps",
  );
});

Deno.test("stages/report/graph.json has what the experiment needs of models/, by paths from the root", () => {
  const stages: { name: string; outs: string[]; code: string[] }[] = JSON.parse(
    Deno.readTextFileSync("stages/report/graph.json"),
  );
  const others = stages.filter(({ name }) => !NAMES.includes(name));
  assertEquals(others.map(({ name, outs }) => [name, ...outs]), [
    ["models:packages", "models/results/packages"],
    ["models:textures", "models/results/textures"],
    ["models:quick_scenes", "models/results/quick_scenes"],
  ]);
  assert(others.at(-1)!.code.includes("pipeline/photo_scenes"));
});

Deno.test("each stage's params are the sections that it reads", async (t) => {
  for (const name of NAMES) {
    await t.step(name, async () => {
      const files = (await reachedFiles(`stages/${name}/${name}.ts`)).filter((path) =>
        path.startsWith("stages/") && path !== "stages/common/stage.ts"
      );
      const code = files.map((path) => Deno.readTextFileSync(path)).join("\n");
      const read = [...code.matchAll(/readSection\(\s*"(\w+)"/g)].map((match) => match[1]);
      const sections = (STAGES[name].params ?? []).map((entry) => String(entry).split(".")[0]);
      assertEquals([...new Set(sections)], [...new Set(read)]);
      assertEquals(paramsFiles(STAGES[name]), read.length > 0 ? ["params.yaml"] : []);
    });
  }
});

Deno.test("evaluate lists every key of the cost that it refines by, and none of direct's others", () => {
  const others = ["pairs_per_batch", "pictures", "picture_maximum_px"];
  const wanted = Object.keys(directSchema.shape).filter((key) => !others.includes(key));
  assertEquals([...COST_KEYS].sort(), [...wanted].sort());
  const listed = (STAGES.evaluate.params as string[]).filter((key) => key.startsWith("direct."));
  assertEquals(listed.sort(), wanted.map((key) => `direct.${key}`).sort());
});
