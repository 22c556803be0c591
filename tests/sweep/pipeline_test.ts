/** sweep/dvc.yaml: what each cell reaches and reads is declared, its permissions say the same, and names fit its program. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import {
  contractProblems,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
} from "../../commands/contract.ts";
import { parseParams } from "../../stages/check/params.ts";
import { DIRECT_KEYS, TRAIN_KEYS } from "../../stages/sweep_cells/declared.ts";
import { cellOfStage } from "../../stages/sweep_cells/cell_of_stage.ts";
import { parseSweepParams } from "../../stages/sweep_cells/params.ts";

interface SweepStage extends Stage {
  matrix?: Record<string, string>;
}

const written = Deno.readTextFileSync("sweep/dvc.yaml");
const stages = Object.entries((parse(written) as { stages: Record<string, SweepStage> }).stages);
const cells = stages.filter(([, { matrix }]) => matrix);
const params = parseParams(Deno.readTextFileSync("params.yaml"));
const sweepParams = parseSweepParams(Deno.readTextFileSync("sweep/params.yaml"));

Deno.test("each cell's deps cover what it reaches, and its permissions are exact", async (t) => {
  for (const [name, stage] of stages) {
    await t.step(name, async () => {
      const reached = await reachedFiles(programOf(name, stage)[0]);
      assertEquals(contractProblems(name, stage, "results/sweep", reached), []);
      assertEquals(stage.wdir, "..");
    });
  }
});

Deno.test("a cell's stage, folder and matrix name the same cell", async (t) => {
  for (const [name, stage] of cells) {
    await t.step(name, () => {
      const experiment = name.startsWith("direct") ? "direct" : "train";
      assertEquals(programOf(name, stage), [`stages/sweep_cells/${experiment}_cell.ts`, ""]);
      const value = name.endsWith("plain") ? "tv" : "3";
      const fill = (text: string) => text.replace(/\$\{item\.\w+\}/, value);
      const cell = cellOfStage(`sweep/dvc.yaml:${name}@${value}`, experiment).name;
      assertEquals(stage.outs.map(outPath).map(fill), [`results/sweep/${experiment}/${cell}`]);
      for (const list of Object.values(stage.matrix!)) {
        const keys = list.slice("${".length, -"}".length).split(".");
        const values = keys.reduce<unknown>((outer, key) => (outer as never)[key], sweepParams);
        assert(Array.isArray(values), `${list} is no list of sweep/params.yaml`);
      }
    });
  }
});

Deno.test("no parameter stands in a command, which a shell reads", () => {
  for (const [name, { cmd }] of stages) {
    assertEquals(/[${}`"'&;|<>\\]/.exec(cmd)?.[0], undefined, `stage ${name}`);
  }
});

/** Keys of the sections direct and train that a cell does not read, or sets itself. */
const SET_BY_CELL: Record<string, string[]> = {
  direct: ["pictures", "picture_maximum_px"],
  train: ["seed", "validation", "validate_every", "checkpoint_every", "checkpoints_kept"],
};
/** What the programs take, and their outputs say. */
const TAKEN = { direct: DIRECT_KEYS, train: TRAIN_KEYS };
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
  for (const [name, stage] of cells) {
    await t.step(name, () => {
      const experiment = name.startsWith("direct") ? "direct" : "train";
      const keys = Object.keys(params[experiment])
        .filter((key) => ![...SET_BY_CELL[experiment], ...SET_BY_COST].includes(key))
        .map((key) => `${experiment}.${key}`);
      const kind = name.endsWith("plain") ? "${item.smoothness}" : "unrolled";
      const own = ["weights", "edge_alpha"].map((key) => `${experiment}_cells.${key}.${kind}`);
      const more = experiment === "direct"
        ? ["direct_cells.validation_pairs"]
        : ["train_cells.seeds"];
      const declared = Object.assign({}, ...stage.params as Record<string, string[]>[]);
      // Of direct the sweep takes the experiment's section, of train its own.
      const [shared, others] = experiment === "direct" ? [keys, []] : [[], keys];
      assertEquals([...declared["params.yaml"] ?? []].sort(), shared.sort());
      assertEquals([...declared["sweep/params.yaml"]].sort(), [...others, ...own, ...more].sort());
      assertEquals(Object.keys(declared).length, shared.length > 0 ? 2 : 1);
      const taken = TAKEN[experiment].map((key) => `${experiment}.${key}`);
      assertEquals(taken.sort(), keys.sort());
    });
  }
});
