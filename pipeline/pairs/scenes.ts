/**
 * Layered scenes: synthetic frame pairs with exact flow and occlusion in both directions, the
 * default training data. Every scene has a random stream of its own, forked from the seed by split
 * and number, so that scenes do not depend on how many were drawn before and no two splits share one.
 */
import type { Rng } from "../common/rng.ts";
import { type Affine, affineX, affineY } from "./affine.ts";
import { drawLayers, type Layer, topLayerInFrame1, topLayerInFrame2 } from "./layers.ts";
import type { FramePair } from "../common/io/pair.ts";
import { addColour } from "./texture.ts";

/** Standard deviation of the noise in each frame, for intensities in [0, 1]. */
const NOISE = 0.003;
/** Offsets of the 2 x 2 samples of a pixel from its centre, along each axis. */
const SAMPLE_OFFSETS = [-0.25, 0.25];
const SAMPLES = SAMPLE_OFFSETS.length ** 2;

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

/** One scene of `size` x `size` pixels. */
export function drawScene(rng: Rng, name: string, size: number): FramePair {
  const layers = drawLayers(rng.fork("layers"), size);
  return renderScene(layers, name, size, rng);
}

/** Renders two frames and labels them; exported for tests that lay their own layers. */
export function renderScene(
  layers: readonly Layer[],
  name: string,
  size: number,
  rng: Rng,
): FramePair {
  const identity: Affine = [1, 0, 0, 0, 1, 0];
  const still = layers.map(() => identity);
  const forward = labels(layers, size, { backward: false });
  const backward = labels(layers, size, { backward: true });
  return {
    name,
    scene: name,
    dataset: "scenes",
    width: size,
    height: size,
    frame1: renderFrame(layers, still, topLayerInFrame1, size, rng.fork("noise1")),
    frame2: renderFrame(
      layers,
      layers.map((layer) => layer.inverse),
      topLayerInFrame2,
      size,
      rng.fork("noise2"),
    ),
    flow: forward.flow,
    flowBackward: backward.flow,
    valid: new Uint8Array(size * size).fill(1),
    occluded: forward.occluded,
    occludedBackward: backward.occluded,
  };
}

type TopLayer = typeof topLayerInFrame1;

/** @param toLayer maps a point of this frame to each layer's own coordinates */
function renderFrame(
  layers: readonly Layer[],
  toLayer: readonly Affine[],
  topLayer: TopLayer,
  size: number,
  noise: Rng,
): Uint8Array {
  const frame = new Uint8Array(size * size * 3);
  const sum = new Float64Array(3);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sum.fill(0);
      for (let sample = 0; sample < SAMPLES; sample++) {
        const px = x + SAMPLE_OFFSETS[sample & 1], py = y + SAMPLE_OFFSETS[sample >> 1];
        const top = topLayer(layers, px, py);
        const affine = toLayer[top];
        addColour(layers[top].texture, affineX(affine, px, py), affineY(affine, px, py), sum);
      }
      for (let channel = 0; channel < 3; channel++, i++) {
        const value = sum[channel] / SAMPLES + NOISE * noise.normal();
        frame[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return frame;
}

/**
 * Flow A(x) - x of the top layer at pixel centres. Occluded: A(x) leaves the picture, or another
 * layer is on top there in the other frame.
 */
function labels(
  layers: readonly Layer[],
  size: number,
  { backward }: { backward: boolean },
): { flow: Float32Array; occluded: Uint8Array } {
  const flow = new Float32Array(size * size * 2);
  const occluded = new Uint8Array(size * size);
  const [topHere, topThere] = backward
    ? [topLayerInFrame2, topLayerInFrame1]
    : [topLayerInFrame1, topLayerInFrame2];
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      const top = topHere(layers, x, y);
      const motion = backward ? layers[top].inverse : layers[top].motion;
      const toX = affineX(motion, x, y), toY = affineY(motion, x, y);
      flow[2 * i] = toX - x;
      flow[2 * i + 1] = toY - y;
      const outside = toX < 0 || toX > size - 1 || toY < 0 || toY > size - 1;
      occluded[i] = outside || topThere(layers, toX, toY) !== top ? 1 : 0;
    }
  }
  return { flow, occluded };
}
