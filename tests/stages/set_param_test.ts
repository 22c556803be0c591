/** What `dvc exp run -S` does to our params files, by DVC's own code. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { inFolder, ROOT } from "./_run.ts";

/** As DVC sets parameters, FILE KEY=VALUE... */
const SET = `import sys
from dvc.utils.hydra import apply_overrides
apply_overrides(sys.argv[1], sys.argv[2:])`;

/** All comments in their order, each with the key that it stands beside or above. */
function comments(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const [comment] = /#.*/.exec(line) ?? [];
    const owner = lines.slice(i).find((other) => !/^ *(#|$)/.test(other)) ?? "";
    return comment === undefined ? [] : [`${owner.replace(/:.*/, "")}: ${comment}`];
  });
}

const CASES: [file: string, setting: string][] = [
  ["params.yaml", "download.sources=[middlebury_sample,frames]"],
  ["params.yaml", "train.seed=7"],
  ["params.yaml", "pretrain.later_loss={from_step:9,w_l1:1,w_ssim:0,w_census:0,occlusion:splat}"],
  ["sweep/params.yaml", "direct_cells.unroll_iterations=[2]"],
  ["sweep/params.yaml", "direct_cells.weights.none=[0,1]"],
  ["sweep/params.yaml", "train_cells.edge_alpha.l1=20"],
];

for (const [file, setting] of CASES) {
  Deno.test(`-S ${setting} keeps every comment of ${file} where it is`, () =>
    inFolder(async (folder) => {
      const path = join(folder, "params.yaml");
      const before = await Deno.readTextFile(join(ROOT, file));
      await Deno.writeTextFile(path, before);
      const { code, stderr } = await new Deno.Command("python", {
        args: ["-c", SET, path, setting],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const after = await Deno.readTextFile(path);
      assertNotEquals(parse(after), parse(before));
      assertEquals(comments(after), comments(before));
    }));
}
