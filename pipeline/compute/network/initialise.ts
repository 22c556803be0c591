/** How the weights of PWC-Lite start. */
import type { ParameterDescription } from "../parameters.ts";
import type { Rng } from "../../common/rng.ts";

/** The last layers of the estimator and the context network: small, so that the first flows are small. */
const FLOW_LAYERS = ["flow_estimators.predict_flow.0.weight", "context_networks.convs.6.0.weight"];
const FLOW_LAYER_FACTOR = 0.1;
const LEAKY_SLOPE = 0.1;

/**
 * Values for all parameters, in the order of files; one stream of random numbers for each name.
 * - `default`: PyTorch's Conv2d, weights and biases uniform in ±1/√(fan in) (method, section 3)
 * - `kaiming`: normal with variance 2 / ((1 + 0.1²) · fan in), biases 0, the two flow layers times 0.1; learns from
 *   scratch within minutes where the default still predicts zero flow
 */
export function initialiseWeights(
  descriptions: readonly ParameterDescription[],
  init: "kaiming" | "default",
  rng: Rng,
): Map<string, Float32Array> {
  const fanIn = new Map(
    descriptions.filter(({ kind }) => kind === "weight")
      .map(({ name, shape: [, ci, h, w] }) => [name.replace(/\.weight$/, ""), ci * h * w]),
  );
  return new Map(descriptions.map(({ name, kind, shape }) => {
    const values = new Float32Array(shape[0] * shape[1] * shape[2] * shape[3]);
    const random = rng.fork(name);
    const inputs = fanIn.get(name.replace(/\.(weight|bias)$/, ""))!;
    if (init === "default") {
      const bound = 1 / Math.sqrt(inputs);
      for (let i = 0; i < values.length; i++) values[i] = random.uniform(-bound, bound);
    } else if (kind === "weight") {
      const factor = FLOW_LAYERS.includes(name) ? FLOW_LAYER_FACTOR : 1;
      const deviation = factor * Math.sqrt(2 / ((1 + LEAKY_SLOPE ** 2) * inputs));
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    }
    return [name, values];
  }));
}
