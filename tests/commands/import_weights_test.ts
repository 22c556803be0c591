/** `deno task import-weights` by its command in deno.json, in a folder of its own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { packSplit } from "../../pipeline/common/io/pack.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import {
  dictionary,
  legacyFile,
  number,
  type Part,
  sampleNetwork,
  type Storages,
  text,
  zipFile,
} from "../../tools/fuzz/torch_parts.ts";
import { inFolder, names, ROOT, runStage, write, writeParams } from "../stages/_run.ts";

/** @param folder where it is called, which is not where `deno task` runs it */
async function importWeights(folder: string, ...args: string[]) {
  const [program, run, ...flags] = denoConfig.tasks["import-weights"].command.split(" ");
  const script = join(ROOT, flags.pop()!);
  const config = ["--config", join(ROOT, "deno.json")];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [run, ...config, ...flags, script, ...args],
    cwd: ROOT,
    env: { INIT_CWD: folder },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A network of width 0.125, as ARFlow saves it. */
function checkpoint(
  write: (value: Part, storages: Storages) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { entries, storages } = sampleNetwork(0.125);
  const state = dictionary(entries);
  const note: [string, Part] = ["note\u001b[2J", text("x")];
  return write(dictionary([["epoch", number(97)], note, ["state_dict", state]]), storages);
}

Deno.test("import-weights writes a model beside the checkpoint, and says what it took and left out", async () => {
  await inFolder(async (folder) => {
    const bytes = checkpoint(zipFile);
    await write(join(folder, "pwclite.v2.pth.tar"), bytes);
    const { code, stdout, stderr } = await importWeights(folder, "pwclite.v2.pth.tar");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n").slice(0, 3), [
      "pwclite.v2.pth.tar (zip format): 60 tensors of state_dict, 46444 parameters of PWC-Lite of width 0.125.",
      'Left out, 2: "epoch" (the number 97), "note\\u001b[2J" (the text "x").',
      "The network warps half a pixel aside, as the official code does; for weights of ARFlow: --warp aligned.",
    ]);
    const path = join(folder, "pwclite.v2.safetensors");
    const model = readModel(await Deno.readFile(path), "model");
    assertEquals(model.settings, {
      width: 0.125,
      normaliseFeatures: false,
      centreInput: false,
      halfPixelWarp: true,
    });
    const source = { file: "pwclite.v2.pth.tar", sha256: await sha256(bytes), format: "zip" };
    assertEquals(model.madeBy, { import_weights: source });
    assertEquals(await names(folder), ["pwclite.v2.pth.tar", "pwclite.v2.safetensors"]);
  });
});

Deno.test("import-weights makes what the stage evaluate takes", async () => {
  await inFolder(async (folder) => {
    const pixels = 64 * 64;
    const frame = (shift: number) =>
      Uint8Array.from({ length: 3 * pixels }, (_, i) => 128 + 90 * Math.sin((i - 3 * shift) / 13));
    const pair = {
      name: "a",
      scene: "a",
      dataset: "drawn",
      width: 64,
      height: 64,
      frame1: frame(0),
      frame2: frame(3),
      flow: Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? 3 : -1),
    };
    const preprocessed = join(folder, "results/preprocess");
    await packSplit(
      "drawn",
      [pair],
      (name, bytes) => write(join(preprocessed, "drawn", name), bytes),
    );
    const splits = [{ split: "drawn", dataset: "drawn", pairs: 1, truth: true }];
    await write(
      join(preprocessed, "splits.json"),
      new TextEncoder().encode(JSON.stringify({ splits })),
    );
    await writeParams(folder, [[/real_scale: .*/, "real_scale: 1"]]);
    await write(join(folder, "x.tar"), checkpoint(legacyFile));
    const found: string[] = [];
    for (const warp of ["half-pixel", "aligned"]) {
      const out = ["--out", "results/train/model.safetensors", "--warp", warp];
      const options = ["--normalise-features", "--centre-input"];
      const imported = await importWeights(folder, "x.tar", ...out, ...options);
      assertEquals([imported.code, imported.stderr], [0, ""]);
      assertStringIncludes(imported.stdout, warp === "aligned" ? "are aligned" : "half a pixel");
      const { code, stderr } = await runStage("evaluate", folder);
      assertEquals(code, 0, stderr);
      found.push(await Deno.readTextFile(join(folder, "results/evaluate/metrics.json")));
    }
    // Another warp, another flow.
    assert(found[0] !== found[1], found[0]);
    assertStringIncludes(found[0], '"zero_flow_epe_px": 3.16228');
  });
});

Deno.test("import-weights refuses wrong usage, files that are none, and never writes over the checkpoint", async () => {
  await inFolder(async (folder) => {
    const bytes = checkpoint(zipFile);
    await write(join(folder, "x.pth"), bytes);
    await write(join(folder, "broken.pth"), bytes.slice(0, 1000));
    await write(join(folder, "same.safetensors"), bytes);
    await Deno.mkdir(join(folder, "folder"));
    await Deno.mkdir(join(folder, "m.safetensors"));
    await Deno.symlink("gone.pth", join(folder, "link.pth"));
    const cases: [args: string[], code: number, message: string][] = [
      [[], 2, "Name one file, got 0."],
      [["x.pth", "y.pth"], 2, "Name one file, got 2."],
      [["x.pth", "--force"], 2, "Unknown argument --force."],
      [["x.pth", "--warp", "half"], 2, "Unknown --warp half, known: half-pixel, aligned."],
      [["x.pth", "--out="], 2, "--out needs a value."],
      [["none.pth"], 1, "Cannot read none.pth: there is no such file."],
      [
        ["link.pth"],
        1,
        `link.pth: it is a link to ${join(folder, "gone.pth")}, which does not exist.`,
      ],
      [["folder"], 1, "Cannot read folder: it is no file. Name a checkpoint."],
      [["x.pth", "--out", "notes.txt"], 2, "--out must end in .safetensors, got notes.txt."],
      [["x.pth", "--out", "m.safetensors"], 1, "Cannot write m.safetensors: it is a folder."],
      [
        ["x.pth", "--out", "x.pth/m.safetensors"],
        1,
        "Cannot write x.pth/m.safetensors: a part of its path is no folder.",
      ],
      [
        ["same.safetensors", "--out", "./same.safetensors"],
        1,
        "Cannot write ./same.safetensors: it is the checkpoint itself.",
      ],
      [["broken.pth"], 1, "Cannot open broken.pth: it is not a whole zip archive"],
    ];
    for (const [args, wanted, message] of cases) {
      const { code, stderr } = await importWeights(folder, ...args);
      assertStringIncludes(stderr, message);
      assertEquals(code, wanted, message);
    }
    assertEquals(await names(folder), [
      "broken.pth",
      "folder",
      "link.pth",
      "m.safetensors",
      "same.safetensors",
      "x.pth",
    ]);
    assertEquals(await Deno.readFile(join(folder, "x.pth")), bytes);
  });
});
