/** Files that PyTorch itself writes, and the same network in both. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { readSafetensors } from "../../pipeline/common/io/safetensors.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import { writeModel } from "../../pipeline/compute/network/model_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { importPwcLite } from "../../pipeline/torch/import_pwclite.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";
import { hasPyTorch, runPython } from "./_pytorch.ts";

const WIDTH = 0.125;
const PAPER = { width: WIDTH, normaliseFeatures: false, centreInput: false };
const OURS = { width: WIDTH, normaliseFeatures: true, centreInput: true };
const weights = initialiseWeights(describePwcLite(WIDTH), "kaiming", new Rng(4));

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("importPwcLite() reads what PyTorch writes, to the last bit", async (t) => {
  if (!await hasPyTorch(t)) return;
  await inFolder(async (folder) => {
    const model = `${folder}/model.safetensors`;
    await Deno.writeFile(model, writeModel({ settings: PAPER, weights, madeBy: {} }));
    await runPython("tests/torch/write_checkpoints.py", model, folder);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const checkpoints = files.filter((name) => name.endsWith(".pth"));
    assertEquals(checkpoints.length, 26);
    for (const file of checkpoints) {
      await t.step(file, async () => {
        const [name, format] = file.split(".");
        const read = async () =>
          await importPwcLite(await Deno.readFile(`${folder}/${file}`), file, PAPER);
        if (name === "whole_module") {
          const { message } = await assertRejects(read, Error);
          assertStringIncludes(message, 'stands the name "__main__.Network", which is none');
          assertStringIncludes(message, `Cannot read ${file}: in its `);
          return;
        }
        const wanted = readSafetensors(
          await Deno.readFile(`${folder}/${name}.safetensors`),
          `${name}.safetensors`,
        ).tensors;
        const got = await read();
        assertEquals(got.format, format);
        assertEquals([...got.weights.keys()].sort(), [...wanted.keys()].sort());
        for (const [key, values] of got.weights) assertEquals(values, wanted.get(key)!.data, key);
        assertEquals(got.rounded, name === "double" ? got.weights.size : 0);
        if (name !== "training") return;
        assertEquals(got.from, 'state_dict, names without "module."');
        assertEquals(got.leftOut, [
          '"epoch" (the number 97)',
          '"optimizer" (a dictionary of 2)',
          '"best_EPE" (a scalar of NumPy)',
          '"lr" (the number 0.0001)',
          '"done" (False)',
        ]);
      });
    }
  });
});

Deno.test("examples/load_in_pytorch.py computes the flow of our network, with each of its settings", async (t) => {
  if (!await hasPyTorch(t)) return;
  const width = 192, height = 64;
  const frame = (shift: number) =>
    Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const x = Math.floor(i / 3) % width - shift, y = Math.floor(i / 3 / width);
      return 128 + 90 * Math.sin(x / 7 + i % 3) * Math.cos(y / 11);
    });
  const frames = [frame(0), frame(3)];
  const cases = { ours: OURS, half_pixel: { ...OURS, halfPixelWarp: true }, paper: PAPER };
  await inFolder(async (folder) => {
    const paths = ["1.png", "2.png"].map((name) => `${folder}/${name}`);
    for (const [i, data] of frames.entries()) {
      await Deno.writeFile(paths[i], encodePng({ width, height, channels: 3, data }));
    }
    const forwards: Float32Array[] = [];
    for (const [name, settings] of Object.entries(cases)) {
      await t.step(name, async () => {
        const model = `${folder}/${name}.safetensors`, out = `${folder}/${name}.flow`;
        await Deno.writeFile(model, writeModel({ settings, weights, madeBy: {} }));
        const said = await runPython("examples/load_in_pytorch.py", model, ...paths, out);
        assert(/^mean motion \d\.\d{3} px\n$/.test(said), said);
        const { tensors } = readSafetensors(await Deno.readFile(out), out);
        const predictor = Predictor.of(await testGpu(), { settings, weights, madeBy: {} });
        const ours = await predictor.predict(frames[0], frames[1], width, height);
        for (const direction of ["forward", "backward"] as const) {
          const theirs = tensors.get(direction)!;
          assertEquals(theirs.shape, [2, height, width]);
          // Ours lies with both components of a pixel together.
          const wanted = Float64Array.from(
            ours[direction],
            (_, i) => theirs.data[(i % 2) * width * height + (i >> 1)],
          );
          // Two networks in float32.
          assertClose(direction, ours[direction], wanted, 1e-4);
        }
        forwards.push(ours.forward);
      });
    }
    const [aligned, halfPixel] = forwards;
    const apart = aligned.reduce((most, v, i) => Math.max(most, Math.abs(v - halfPixel[i])), 0);
    assert(apart > 0.01, `half a pixel changes the flow by ${apart} px only`);
  });
});
