/** What the golden cases of the network and of the trajectories share: settings from a case's parameters. */
import type { PhotometricSettings } from "../../pipeline/compute/photometric_loss.ts";
import type { SmoothnessSettings } from "../../pipeline/smoothness/loss.ts";
import type { PwcLiteSettings } from "../../pipeline/compute/network/pwclite.ts";
import type { NamedTensor } from "../../pipeline/common/io/safetensors.ts";
import { packActivation } from "../../pipeline/compute/gpu/layout.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";
import type { GoldenCase, GoldenFile } from "./_golden.ts";
import { shape4 } from "./_golden.ts";

type CaseParameters = GoldenCase["parameters"];

export function modelSettings(parameters: CaseParameters): PwcLiteSettings {
  return { width: parameters.width, normaliseFeatures: false, centreInput: false };
}

/** Stage a: 0.15 L1 + 0.85 SSIM, splat. Stage b: census, forward-backward. */
export function photometricSettings(stage: string): PhotometricSettings {
  if (stage === "a") return { wL1: 0.15, wSsim: 0.85, wCensus: 0, occlusion: "splat" };
  if (stage === "b") return { wL1: 0, wSsim: 0, wCensus: 1, occlusion: "forward_backward" };
  throw new Error(`Unknown golden stage ${stage}; known are a and b.`);
}

export function smoothnessSettings(parameters: CaseParameters): SmoothnessSettings {
  const baseline = parameters.smoothness !== undefined && parameters.smoothness !== "unrolled";
  return {
    smoothness: parameters.smoothness ?? "unrolled",
    unrollIterations: parameters.T,
    rho: parameters.rho,
    lambda: parameters.lambda,
    eta: parameters.eta,
    edgeAlpha: parameters.alpha,
    order: parameters.order,
    border: parameters.border ?? "zero",
    stopGradient: parameters.stop_gradient ?? false,
    wSmooth: baseline ? parameters.w_smooth : parameters.w ?? 1,
  };
}

/** The frames of a case stacked: [2B, 3, H, W], frame 1 of all pairs, then frame 2. */
export function stackedImages(
  golden: GoldenCase,
): { shape: Shape; packed: Float32Array<ArrayBuffer>; data: Float32Array } {
  const first = golden.input("image1"), second = golden.input("image2");
  const [n, c, h, w] = shape4(first);
  const data = new Float32Array(2 * first.data.length);
  data.set(first.data, 0);
  data.set(second.data, first.data.length);
  const shape: Shape = [2 * n, c, h, w];
  return { shape, data, packed: packActivation(data, shape) };
}

/** The weights that lie under weight/NAME of a case. */
export function caseWeights(golden: GoldenCase): Map<string, Float32Array> {
  return weightsUnder(golden.inputKeys, (key) => golden.input(key), "weight/");
}

/** The weights of a whole file, whatever its case. */
export function fileWeights(file: GoldenFile): Map<string, Float32Array> {
  const prefix = file.keys.find((key) => key.includes("/weight/"))!.split("/weight/")[0] +
    "/weight/";
  return weightsUnder(file.keys, (key) => file.tensor(key), prefix);
}

function weightsUnder(
  keys: readonly string[],
  tensor: (key: string) => NamedTensor,
  prefix: string,
) {
  return new Map(
    keys.filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), Float32Array.from(tensor(key).data)]),
  );
}

export function l2Norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}
