import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "../../../pipeline/common/io/safetensors.ts";
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

Deno.test("a model keeps that it warps half a pixel aside; the file of any other does not mention it", () => {
  const official = { ...settings, halfPixelWarp: true };
  const model = { settings: official, weights, madeBy: {} };
  assertEquals(readModel(writeModel(model), "official.safetensors").settings, official);
  const { settings: written } = readSafetensors(bytes, "model").metadata;
  assertEquals(written, '{"width":0.25,"normalise_features":true,"centre_input":true}');
  assertEquals(
    writeModel({
      settings: { ...settings, halfPixelWarp: false },
      weights,
      madeBy: { pretrain: { steps: 3 } },
    }),
    bytes,
  );
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
  assertStringIncludes(error.message, "weights are not those of PWC-Lite of width 0.25:");
  assertStringIncludes(error.message, "conv_1x1.0.0.bias [8] is missing");
  assertStringIncludes(error.message, "conv_1x1.0.0.offset [8] is unknown");
  assertStringIncludes(error.message, "conv_1x1.1.0.bias is [4], wanted is [8]");
});

Deno.test("readModel() lists 150 wrong tensors, and counts the others", () => {
  const { tensors, metadata } = readSafetensors(bytes, "model");
  for (let i = 0; i < 160; i++) tensors.set(`x${i}`, { shape: [0], data: new Float32Array(0) });
  const { message } = assertThrows(
    () => readModel(writeSafetensors(tensors, metadata), "model.safetensors"),
    Error,
  );
  assertStringIncludes(message, "x149 [0] is unknown\n  and 10 more\n");
  assertEquals(message.includes("x150 "), false);
});

/** What is said of the model with other metadata, or another tensor in the place of one. */
function refusal(
  metadata: Record<string, string | undefined>,
  other?: [name: string, tensor: NamedTensor],
): string {
  const file = readSafetensors(bytes, "model");
  if (other) file.tensors.set(...other);
  const all = { ...file.metadata, ...metadata };
  const kept = Object.entries(all).filter((entry): entry is [string, string] =>
    entry[1] !== undefined
  );
  const changed = writeSafetensors(file.tensors, Object.fromEntries(kept));
  return assertThrows(() => readModel(changed, "m.safetensors"), Error).message;
}

Deno.test("readModel() refuses what is another network's or none's, and damaged metadata", () => {
  const cases: [metadata: Record<string, string | undefined>, message: string][] = [
    [
      { network: undefined },
      "Cannot use m.safetensors as a model: its metadata names no network, wanted",
    ],
    [
      { network: "RAFT" },
      'its metadata says "RAFT", wanted is PWC-Lite. Train one with: ./run dvc',
    ],
    [
      { settings: undefined },
      "Cannot read m.safetensors: in its metadata settings, it must be an object",
    ],
    [{ settings: '{"width": 0.25' }, "in its metadata settings, it is not JSON (line 1, column 15"],
    [
      { settings: '{"width":1e300,"normalise_features":true,"centre_input":true}' },
      "width must be at most 4, got 1e+300",
    ],
    [{ made_by: "[]" }, "in its metadata made_by, it must be an object, got []"],
    [{ made_by: '{"train": 3}' }, "train must be an object, got 3"],
  ];
  for (const [metadata, message] of cases) assertStringIncludes(refusal(metadata), message);
  assertThrows(
    () => readModel(writeSafetensors([]), "other"),
    Error,
    "Cannot use other as a model",
  );
});

Deno.test("readModel() refuses weights of another type or without a value, by name", () => {
  const name = "conv_1x1.0.0.bias", shape = [8];
  const types = [[new Float64Array(8), "F64"], [new Int32Array(8), "I32"], [
    new Uint8Array(8),
    "U8",
  ]] as const;
  for (const [data, type] of types) {
    assertStringIncludes(refusal({}, [name, { shape, data }]), `${name} is ${type}, wanted is F32`);
  }
  for (const value of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(8);
    data[5] = value;
    const message = refusal({}, [name, { shape, data }]);
    assertStringIncludes(message, `${name} holds ${value} at element 5, wanted are numbers`);
    assertStringIncludes(message, "Cannot use m.safetensors: its weights");
  }
});
