import { assert, assertEquals } from "@std/assert";
import { initialiseWeights } from "../../../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../../../pipeline/compute/network/pwclite.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

const descriptions = describePwcLite(0.5);
const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

Deno.test("initialiseWeights(kaiming) gives the gain of LeakyReLU(0.1), zero biases and small flow layers", () => {
  const weights = initialiseWeights(descriptions, "kaiming", new Rng(1));
  const conv = weights.get("flow_estimators.conv3.0.weight")!;
  const wanted = Math.sqrt(2 / (1.01 * 9 * 128));
  assert(Math.abs(deviation(conv) / wanted - 1) < 0.02, `${deviation(conv)}, wanted ${wanted}`);
  const flow = weights.get("flow_estimators.predict_flow.0.weight")!;
  const flowWanted = 0.1 * Math.sqrt(2 / (1.01 * 9 * 48));
  assert(
    Math.abs(deviation(flow) / flowWanted - 1) < 0.1,
    `${deviation(flow)}, wanted ${flowWanted}`,
  );
  assert(weights.get("flow_estimators.conv3.0.bias")!.every((value) => value === 0));
});

Deno.test("initialiseWeights(default) is uniform in ±1/√(fan in), biases too", () => {
  const weights = initialiseWeights(descriptions, "default", new Rng(1));
  for (const name of ["flow_estimators.conv3.0.weight", "flow_estimators.conv3.0.bias"]) {
    const values = weights.get(name)!;
    const bound = 1 / Math.sqrt(9 * 128);
    assert(values.every((value) => Math.abs(value) <= bound));
    assert(deviation(values) > 0.4 * bound && deviation(values) < 0.75 * bound);
  }
});

Deno.test("initialiseWeights() gives every name its own stream and the same seed the same values", () => {
  const once = initialiseWeights(descriptions, "kaiming", new Rng(5));
  assertEquals(once, initialiseWeights(descriptions, "kaiming", new Rng(5)));
  const one = [descriptions.find(({ name }) => name === "conv_1x1.2.0.weight")!];
  assertEquals(
    initialiseWeights(one, "kaiming", new Rng(5)).get(one[0].name),
    once.get(one[0].name),
  );
});
