import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readSafetensors, writeSafetensors } from "../../../pipeline/common/io/safetensors.ts";
import { initialiseWeights } from "../../../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../../../pipeline/compute/network/pwclite.ts";
import { readModel, writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

const settings = { width: 0.25, normaliseFeatures: true, centreInput: true };
const weights = initialiseWeights(describePwcLite(0.25), "kaiming", new Rng(1));
const bytes = writeModel({ settings, weights, madeBy: { pretrain: { steps: 3 } } });

Deno.test("describePwcLite() has the parameters of the paper's network", () => {
  const count = (width: number) =>
    describePwcLite(width).reduce((sum, { shape: [a, b, c, d] }) => sum + a * b * c * d, 0);
  assertEquals([count(1), count(0.5), count(0.25)], [2236660, 584892, 159088]);
});

Deno.test("readModel() gives back what writeModel() wrote, the same bytes every time", () => {
  const model = readModel(bytes, "model.safetensors");
  assertEquals(model, { settings, weights, madeBy: { pretrain: { steps: 3 } } });
  assertEquals(writeModel(model), bytes);
});

Deno.test("readModel() lists wrong names and shapes", () => {
  const { tensors, metadata } = readSafetensors(bytes, "model");
  const bias = tensors.get("conv_1x1.0.0.bias")!;
  tensors.delete("conv_1x1.0.0.bias");
  tensors.set("conv_1x1.0.0.offset", bias);
  tensors.set("conv_1x1.1.0.bias", { shape: [4], data: new Float32Array(4) });
  const error = assertThrows(
    () => readModel(writeSafetensors(tensors, metadata), "model.safetensors"),
    Error,
  );
  assertStringIncludes(error.message, "conv_1x1.0.0.bias [8] is missing");
  assertStringIncludes(error.message, "conv_1x1.0.0.offset [8] is unknown");
  assertStringIncludes(error.message, "conv_1x1.1.0.bias is [4], wanted is [8]");
});

Deno.test("readModel() refuses a file that is no model", () => {
  assertThrows(
    () => readModel(writeSafetensors([]), "other.safetensors"),
    Error,
    "Cannot use other.safetensors as a model",
  );
});
