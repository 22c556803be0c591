import { photometricLoss } from "../../pipeline/compute/photometric_loss.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";
import { photometricSettings, stackedImages } from "./network_case.ts";

/** Those that have a photometric term. */
const LEVELS = 4;

export const checkPhotometricTotal: GoldenCheck = async (gpu, golden, exact) => {
  const { stage, w_l1, w_ssim, w_census } = golden.parameters;
  const settings = { ...photometricSettings(stage), wL1: w_l1, wSsim: w_ssim, wCensus: w_census };
  const tape = new Tape(gpu, { exact });
  const { shape, data } = stackedImages(golden);
  const images = tape.persistent("images", shape);
  tape.write(images, data);
  const levelCount = golden.inputKeys.filter((key) => key.startsWith("flow_level_")).length;
  // Files hold [N, 4, h, w], forward and backward side by side; the operations take them one after the other.
  const flows = Array.from({ length: levelCount }, (_, level): Value => {
    const stored = golden.input(`flow_level_${level}`);
    const [n, , h, w] = shape4(stored);
    const flow = tape.variable(`flow ${level}`, [2 * n, 2, h, w]);
    tape.write(flow, directionsApart(stored.data, n, h * w));
    return flow;
  });
  const { total, parts, visible } = photometricLoss(tape, images, flows, settings);
  const kept = tape.keep(total), keptVisible = tape.keep(visible);
  const keptParts = tape.keep(parts);
  tape.backward(total);
  const gradients = flows.slice(0, LEVELS).map((flow) => tape.keep(tape.gradientOf(flow)));
  (await tape.finish()).run();

  const results = new Map<string, ArrayLike<number>>([["photometric", await tape.read(kept)]]);
  const seen = await tape.read(keptVisible);
  results.set("visible_1", seen.slice(0, seen.length / 2));
  results.set("visible_2", seen.slice(seen.length / 2));
  const halves = await tape.read(keptParts), perLevel = halves.length / LEVELS;
  for (let level = 0; level < LEVELS; level++) {
    const sums = [0, 0];
    const own = halves.subarray(level * perLevel, (level + 1) * perLevel);
    own.forEach((half, i) => sums[i % 2] += 2 * half);
    results.set(`level_${level}_forward`, [sums[0]]);
    results.set(`level_${level}_backward`, [sums[1]]);
  }
  for (const [level, gradient] of gradients.entries()) {
    const [n, , h, w] = gradient.shape;
    results.set(
      `dphotometric_dflow_level_${level}`,
      directionsTogether(await tape.read(gradient), n / 2, h * w),
    );
  }
  return results;
};

// [N, 4, pixels] to [2N, 2, pixels].
function directionsApart(data: ArrayLike<number>, n: number, pixels: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[moved(i, n, pixels)] = data[i];
  return out;
}

function directionsTogether(data: ArrayLike<number>, n: number, pixels: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[moved(i, n, pixels)];
  return out;
}

function moved(index: number, n: number, pixels: number): number {
  const pixel = index % pixels,
    channel = Math.floor(index / pixels) % 4,
    image = Math.floor(index / pixels / 4);
  return ((image + (channel < 2 ? 0 : n)) * 2 + channel % 2) * pixels + pixel;
}
