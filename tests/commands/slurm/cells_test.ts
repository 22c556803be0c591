import { assertEquals, assertThrows } from "@std/assert";
import { parameterValue } from "../../../commands/set_parameter.ts";
import { cellsOf } from "../../../commands/slurm/cells.ts";

const [params, models] = ["params.yaml", "models/params.yaml"]
  .map((file) => Deno.readTextFileSync(file));

Deno.test("cellsOf() makes every combination, the last parameter fastest", () => {
  assertEquals(
    cellsOf(["train.unroll_iterations=0,3", "train.border=zero,replicate"], params, models),
    [
      ["train.unroll_iterations=0", "train.border=zero"],
      ["train.unroll_iterations=0", "train.border=replicate"],
      ["train.unroll_iterations=3", "train.border=zero"],
      ["train.unroll_iterations=3", "train.border=replicate"],
    ],
  );
});

Deno.test("cellsOf() does not split lists", () => {
  assertEquals(
    cellsOf(["download.sources=[middlebury_sample,sintel_sample],[sintel_sample]"], params, models),
    [
      ["download.sources=[middlebury_sample,sintel_sample]"],
      ["download.sources=[sintel_sample]"],
    ],
  );
});

Deno.test("cellsOf() takes a group of keys for one value, none beside it", () => {
  const group = "{from_step:3,w_l1:0,w_ssim:0,w_census:1,occlusion:splat}";
  assertEquals(cellsOf([`train.later_loss=none,${group}`], params, models), [
    ["train.later_loss=none"],
    [`train.later_loss=${group}`],
  ]);
});

Deno.test("cellsOf() refuses what params.yaml would not take", () => {
  const refused: [string, string][] = [
    ["train.unroll_iteration=1", "Did you mean train.unroll_iterations?"],
    ["train.unroll_iterations=1,many", 'must be an integer from 0 to 64, got "many"'],
    ["train.border=zero,mirror", "must be one of zero, replicate"],
    [
      "train.crop=64,192",
      "train.crop must be at most quick_scenes.scene_size of models/params.yaml = 128, got 192.",
    ],
    [
      "train.steps=100,010",
      'Cannot read -S train.steps=100,010: DVC would not take "010" for what',
    ],
    ["train.steps=0x10", 'DVC would not take "0x10" for what YAML does. Write a plain number'],
    ["train.warmup_steps=0o2", 'DVC would not take "0o2"'],
    ["train.rho=00.3", 'DVC would not take "00.3"'],
    ["train.rho=0.3 # x", 'DVC would not take "0.3 # x"'],
    ["train.rho=0.1,,0.3", 'DVC would not take ""'],
    ["train.rho=!!float 3", 'DVC would not take "!!float 3"'],
    ["train.steps=1_000", 'train.steps must be an integer from 1 to 10000000, got "1_000"'],
    ["train.seed=1,2,2", "Cannot sweep train.seed=1,2,2: the value 2 stands there twice."],
    ["train.rho=0.1,1e-1", "the value 1e-1 stands there twice."],
    ["train.later_loss={from_step:3}", "train.later_loss.w_l1 is missing: it must be"],
    ["train.later_loss={from_step:0x3}", 'DVC would not take "0x3"'],
    ["train.second_pass.w_ar=0.01,0.1", "a part of train.second_pass.w_ar is a value"],
    ["train.unroll_iterations", 'Cannot sweep "train.unroll_iterations"'],
  ];
  for (const [setting, message] of refused) {
    assertThrows(() => cellsOf([setting], params, models), Error, message);
  }
});

Deno.test("cellsOf() refuses a key that is given twice", () => {
  const twice = ["train.rho=0.1", "train.rho=0.2"];
  assertThrows(
    () => cellsOf(twice, params, models),
    Error,
    "Cannot sweep train.rho: -S names it twice. ",
  );
  assertThrows(
    () => cellsOf(["train.rho=0.1", "train={}"], params, models),
    Error,
    "Cannot sweep train: -S names it twice, also by train.rho.",
  );
});

Deno.test("parameterValue() takes numbers and groups as DVC itself does", async (t) => {
  const plain = ["10", "+3", "-0.5", ".5", "1e-3", "2.", "true", "1st", "forward_backward"];
  const groups = ["{a:1e-3,b:true,c:1st,d:[64,128]}", "{a: -0.5, b: none}"];
  const values = [...plain, ...groups];
  const program = `import json, sys
from dvc.utils.hydra import to_hydra_overrides
print(json.dumps([o.value() for o in to_hydra_overrides(sys.argv[1:])]))`;
  const texts = ["010", "0x10", "0o2"];
  const { code, stdout } = await new Deno.Command("python", {
    args: ["-c", program, ...[...values, ...texts].map((value) => `a.b=${value}`)],
  }).output();
  assertEquals(code, 0);
  const read = JSON.parse(new TextDecoder().decode(stdout));
  for (const [i, value] of values.entries()) {
    await t.step(value, () => assertEquals(parameterValue(value, `a.b=${value}`), read[i]));
  }
  assertEquals(read.slice(values.length), texts);
});
