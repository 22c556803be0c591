/** The library from outside: a project of its own that imports it by path, without DVC, and the example. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import * as library from "../mod.ts";
import denoConfig from "../deno.json" with { type: "json" };
import { inFlowFolder, wavesPng } from "./commands/flow/_flow.ts";
import { ROOT } from "./stages/_run.ts";

async function deno(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** The program in the head of mod.ts, as somebody would copy it. */
function documented(): string {
  const [, block] = /```ts\n([\s\S]*?)```/.exec(Deno.readTextFileSync("mod.ts"))!;
  return block.replace(/^ \* ?/gm, "").replace('"./mod.ts"', '"flow"')
    .replace("models/results/train/model.safetensors", "m.safetensors");
}

Deno.test("mod.ts is what deno.json exports", () => {
  assertEquals(denoConfig.exports, "./mod.ts");
  assertEquals(Object.keys(library).sort(), [
    ...["FlowEstimator", "Gpu", "TooLargeError", "colourMaximum", "compareDirections"],
    ...["estimateFlow", "flowPicture", "loadModel", "maskPicture", "motionOf", "openGpu"],
    ...["readFlo", "readKittiFlow", "readPicture", "readPicturePair", "writeFlo"],
    "writeKittiFlow",
  ]);
});

Deno.test("another project imports mod.ts by its path, and runs the program in its head", () =>
  inFlowFolder(async (folder) => {
    const imports = { flow: new URL("../mod.ts", import.meta.url).href };
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports }));
    const check = `
assertNumbers(forward.length === 2 * 96 * 80 && Number.isFinite(u) && Number.isFinite(v));
function assertNumbers(right: boolean): void { if (!right) throw new Error("wrong"); }
console.log(width, height);`;
    await Deno.writeTextFile(join(folder, "main.ts"), documented() + check);
    await Deno.writeFile(join(folder, "frame1.png"), wavesPng(0, 0));
    await Deno.writeFile(join(folder, "frame2.jpg"), wavesPng(1, 0));
    const types = await deno(folder, "check", "--quiet", "main.ts");
    assertEquals([types.code, types.stderr], [0, ""]);
    const { code, stdout, stderr } = await deno(
      folder,
      ...["run", "--quiet", "--no-prompt", "--cached-only", "--allow-read=.", "--allow-write=."],
      "main.ts",
    );
    assertEquals([code, stdout, stderr], [0, "96 80\n", ""]);
    const flow = library.readFlo(await Deno.readFile(join(folder, "flow.flo")), "flow.flo");
    assertEquals([flow.width, flow.height], [96, 80]);
    const picture = library.readPicture(await Deno.readFile(join(folder, "flow.png")), "flow.png");
    assertEquals(picture.data.length, 3 * 96 * 80);
  }));

Deno.test("examples/flow.ts runs, and needs no permission but to read", () =>
  inFlowFolder(async (folder) => {
    await Deno.writeFile(join(folder, "1.png"), wavesPng(0, 0));
    await Deno.writeFile(join(folder, "2.png"), wavesPng(1, -1));
    const { code, stdout, stderr } = await deno(
      folder,
      ...["run", "--quiet", "--no-prompt", "--config", join(ROOT, "deno.json"), "--allow-read"],
      ...[join(ROOT, "examples/flow.ts"), "m.safetensors", "1.png", "2.png"],
    );
    assertEquals([code, stderr], [0, ""]);
    const [, median, hidden] =
      /^96 x 80: largest motion [\d.]+ px, median ([\d.]+) px\n(\d+) pixels of frame 1 are not seen/
        .exec(stdout)!;
    assertAlmostEquals(Number(median), Math.SQRT2, 0.4);
    // At least the column and the row that leave the picture, and not most of it.
    assert(Number(hidden) > 150 && Number(hidden) < 2000, hidden);
  }));

Deno.test("loadModel() names the file that is no model", () => {
  assertThrows(() => library.loadModel(new Uint8Array(9), "m.bin"), Error, "Cannot read m.bin: ");
});
