/** What dvc.yaml describes, with templates and matrices filled in as DVC does. */
import { assertEquals, assertRejects } from "@std/assert";
import { definedStages } from "../../../commands/lineage/definition.ts";

const files: Record<string, string> = {
  "params.yaml":
    "train:\n  rate: 0.5\n  flags:\n    a: 1\n    b: x\nsweep:\n  iterations:\n    - 0\n    - 3\n",
};
const read = (path: string) => Promise.resolve(files[path]);

Deno.test("definedStages() fills in parameters and sorts paths", async () => {
  const text = `
stages:
  train:
    cmd: >-
      run --rate=\${train.rate}
      \${train.flags} \${not.here}
    params: [train, other.yaml: [seed]]
    deps: [z, a]
    outs: [results/b: {push: false}, results/a: {cache: false}]
`;
  const [stage] = await definedStages(text, "dvc.yaml", read);
  assertEquals(stage, {
    name: "train",
    cmd: "run --rate=0.5 --a 1 --b x ${not.here}",
    deps: ["a", "z"],
    outs: ["results/a", "results/b"],
    unpushed: ["results/b"],
    params: { "params.yaml": ["train"], "other.yaml": ["seed"] },
    folder: ".",
  });
});

Deno.test("definedStages() names each cell of a matrix and places paths by wdir", async () => {
  const text = `
vars: [../params.yaml]
stages:
  cell:
    wdir: ..
    matrix:
      iterations: \${sweep.iterations}
      kind: [l1, tv]
    cmd: run \${item.iterations} \${item.kind}
    deps: [model]
    outs: ["out/\${item.kind}_\${item.iterations}.json"]
`;
  const stages = await definedStages(text, "sweep/dvc.yaml", read);
  assertEquals(stages.map(({ name }) => name), [
    "cell@0-l1",
    "cell@0-tv",
    "cell@3-l1",
    "cell@3-tv",
  ]);
  assertEquals(stages[3].cmd, "run 3 tv");
  assertEquals(stages[3].deps, ["model"]);
  assertEquals(stages[3].outs, ["out/tv_3.json"]);
});

Deno.test("definedStages() refuses what it does not read", async () => {
  const text = "stages:\n  a:\n    foreach: [1]\n    do:\n      cmd: x\n";
  await assertRejects(() => definedStages(text, "dvc.yaml", read), Error, "uses foreach");
});
