/**
 * Layered scenes: synthetic frame pairs with exact flow and occlusion in both directions, the
 * default training data. Every scene has a random stream of its own, forked from the seed by split
 * and number, so that scenes do not depend on how many were drawn before and no two splits share one.
 */
import type { Rng } from "../common/rng.ts";
import { labelLayers, renderLayers } from "./layered.ts";
import { drawLayers, insideShape, type Layer } from "./layers.ts";
import type { FramePair } from "../common/io/pair.ts";
import type { PlannedSplit } from "../common/io/planned_splits.ts";
import { addColour } from "./texture.ts";

/** Standard deviation of the noise in each frame, for intensities in [0, 1]. */
const NOISE = 0.003;

/**
 * The scenes of a split, `scene_0000` on.
 * @param rng the generator of all scenes; splits and scenes fork it by name
 * @param size side of a scene in pixels
 */
export function* drawScenes(
  rng: Rng,
  { split, count, size }: { split: string; count: number; size: number },
): Generator<FramePair> {
  const stream = rng.fork(split);
  for (let i = 0; i < count; i++) {
    const name = `scene_${String(i).padStart(4, "0")}`;
    yield drawScene(stream.fork(name), name, size);
  }
}

/** The splits of given names and numbers of scenes. @param size side of a scene in pixels */
export function planScenes(
  rng: Rng,
  counts: Readonly<Record<string, number>>,
  size: number,
): PlannedSplit[] {
  return Object.entries(counts).map(([split, count]) => ({
    split,
    truth: true,
    count,
    pairs: () => drawScenes(rng, { split, count, size }),
  }));
}

/** One scene of `size` x `size` pixels. */
export function drawScene(rng: Rng, name: string, size: number): FramePair {
  const layers = drawLayers(rng.fork("layers"), size);
  return renderScene(layers, name, size, rng);
}

const SURFACES = { inside: insideShape, addColour };

/** Renders two frames and labels them; exported for tests that lay their own layers. */
export function renderScene(
  layers: readonly Layer[],
  name: string,
  size: number,
  rng: Rng,
): FramePair {
  const scene = { layers, surfaces: SURFACES, width: size, height: size };
  const forward = labelLayers(scene, { backward: false });
  const backward = labelLayers(scene, { backward: true });
  return {
    name,
    scene: name,
    dataset: "scenes",
    width: size,
    height: size,
    frame1: withNoise(renderLayers(scene, 1), rng.fork("noise1")),
    frame2: withNoise(renderLayers(scene, 2), rng.fork("noise2")),
    flow: forward.flow,
    flowBackward: backward.flow,
    valid: new Uint8Array(size * size).fill(1),
    occluded: forward.occluded,
    occludedBackward: backward.occluded,
  };
}

/** The picture as 8 bits, after noise and limited to [0, 1]. */
function withNoise(picture: Float64Array, noise: Rng): Uint8Array {
  return Uint8Array.from(picture, (colour) => {
    const value = colour + NOISE * noise.normal();
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  });
}
