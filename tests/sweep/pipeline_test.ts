/** sweep/dvc.yaml: what each cell reaches and reads is declared, its permissions say the same, and names fit its program. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { type Params, parseParams } from "../../pipeline/params.ts";
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import {
  folderOf,
  isCode,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
} from "../../commands/_contract.ts";
import { updatedPipeline } from "../../tools/update_dependencies.ts";

interface SweepStage extends Stage {
  wdir?: string;
  matrix?: Record<string, string>;
}

const written = Deno.readTextFileSync("sweep/dvc.yaml");
const stages = Object.entries((parse(written) as { stages: Record<string, SweepStage> }).stages);
const params = parseParams(Deno.readTextFileSync("params.yaml"));

Deno.test("sweep/dvc.yaml is what the generator writes", async () => {
  assertEquals(await updatedPipeline(written), written, "Run: ./run deno task deps");
});

Deno.test("each cell's deps are all modules and kernels that its program reaches", async (t) => {
  for (const [name, stage] of stages) {
    await t.step(name, async () => {
      const [program] = programOf(name, stage);
      const declared = (stage.deps ?? []).filter(isCode).sort();
      assertEquals(declared, ["deno.lock", ...await reachedFiles(program)].sort());
    });
  }
});

Deno.test("each cell's permissions are its data, params.yaml and its own folder", async (t) => {
  for (const [name, stage] of stages) {
    await t.step(name, () => {
      const folder = folderOf(stage);
      const data = (stage.deps ?? []).filter((path) => !isCode(path));
      const flags = stage.cmd.split(/\s+/).filter((word) => word.startsWith("--allow"));
      assertEquals(flags, [
        `--allow-read=${["params.yaml", ...data, folder].join()}`,
        `--allow-write=${folder}`,
      ]);
      assertEquals(stage.wdir, "..");
    });
  }
});

Deno.test("a cell's arguments, folder and matrix name the same cell", async (t) => {
  for (const [name, stage] of stages.filter(([name]) => name !== "sweep")) {
    await t.step(name, () => {
      const experiment = name.startsWith("direct") ? "direct" : "train";
      const fill = (text: string) =>
        text.replace("${item.smoothness}", "tv").replace("${item.unroll_iterations}", "3")
          .replace("${item.seed}", "7");
      const [program, args] = programOf(name, stage);
      assertEquals(program, `stages/sweep_${experiment}.ts`);
      const [cell, ...seed] = fill(args).split(" ");
      const run = [cellNamed(cell).name, ...seed.map((seed) => `seed${seed}`)].join("_");
      assertEquals(stage.outs.map(outPath).map(fill), [`results/sweep/${experiment}/${run}`]);
      for (const list of Object.values(stage.matrix!)) {
        const keys = list.slice("${".length, -"}".length).split(".");
        const values = keys.reduce<unknown>((outer, key) => (outer as never)[key], params);
        assert(Array.isArray(values), `${list} is no list of params.yaml`);
      }
    });
  }
});

/** Keys of the sections direct and train that a cell does not read, or sets itself. */
const SET_BY_CELL: Record<string, string[]> = {
  direct: ["pictures", "picture_maximum_px"],
  train: ["seed", "validate_every", "checkpoint_every"],
};
const SET_BY_COST = [
  "smoothness",
  "unroll_iterations",
  "rho",
  "lambda",
  "edge_alpha",
  "stop_gradient",
  "w_smooth",
];

Deno.test("a cell declares every parameter that it reads, so that only its own change reruns it", async (t) => {
  for (const [name, stage] of stages.filter(([name]) => name !== "sweep")) {
    await t.step(name, () => {
      const experiment = name.startsWith("direct") ? "direct" : "train";
      const keys = Object.keys(params[experiment as keyof Params])
        .filter((key) => ![...SET_BY_CELL[experiment], ...SET_BY_COST].includes(key))
        .map((key) => `${experiment}.${key}`);
      const kind = name.endsWith("plain") ? "${item.smoothness}" : "unrolled";
      const own = ["weights", "edge_alpha"].map((key) => `sweep.${experiment}.${key}.${kind}`);
      const more = experiment === "direct" ? ["sweep.direct.validation_pairs"] : [];
      assertEquals([...stage.params!].sort(), [...keys, ...own, ...more].sort());
    });
  }
});
