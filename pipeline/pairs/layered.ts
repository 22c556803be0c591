/**
 * Layers that move each by an affine map, later ones on top: which of them is seen where, the picture of a frame, and the
 * exact flow and occlusion from one frame to the other. What a shape and a texture are, the caller says. Both live in the
 * coordinates of frame 1; frame 2 is seen through the inverse motion.
 */
import { type Affine, affineX, affineY } from "./affine.ts";

/** Offsets of the 2 x 2 samples of a pixel from its centre, along each axis. */
const SAMPLE_OFFSETS = [-0.25, 0.25];
const SAMPLES = SAMPLE_OFFSETS.length ** 2;

export interface MovingLayer<Shape, Texture> {
  /** Absent for the background, which is everywhere. */
  readonly shape?: Shape;
  readonly texture: Texture;
  /** Frame 1 to frame 2. */
  readonly motion: Affine;
  /** Frame 2 to frame 1. */
  readonly inverse: Affine;
}

/** What shapes and textures of some kind do. */
export interface Surfaces<Shape, Texture> {
  /** Whether the point (x, y) belongs to the shape. */
  inside(shape: Shape, x: number, y: number): boolean;
  /** Adds the colour at (x, y) to `sum`: red, green, blue, 1 for full intensity, not limited to it. */
  addColour(texture: Texture, x: number, y: number, sum: Float64Array): void;
}

/** From bottom to top; the first is the background. */
export interface LayeredScene<Shape, Texture> {
  readonly layers: readonly MovingLayer<Shape, Texture>[];
  readonly surfaces: Surfaces<Shape, Texture>;
  readonly width: number;
  readonly height: number;
}

/** Truth of one direction. */
export interface LayerLabels {
  /** [H, W, 2] */
  readonly flow: Float32Array;
  /** [H, W], 1 where a pixel is not visible in the other frame. */
  readonly occluded: Uint8Array;
}

type Scene<Shape> = Pick<LayeredScene<Shape, unknown>, "layers"> & {
  readonly surfaces: Pick<Surfaces<Shape, unknown>, "inside">;
};

/** Index of the top layer at (x, y) of frame 1 (0 is the background). */
export function topLayerInFrame1<Shape>(
  { layers, surfaces }: Scene<Shape>,
  x: number,
  y: number,
): number {
  for (let i = layers.length - 1; i > 0; i--) {
    if (surfaces.inside(layers[i].shape!, x, y)) return i;
  }
  return 0;
}

/** Index of the top layer at (x, y) of frame 2. */
export function topLayerInFrame2<Shape>(
  { layers, surfaces }: Scene<Shape>,
  x: number,
  y: number,
): number {
  for (let i = layers.length - 1; i > 0; i--) {
    const { shape, inverse } = layers[i];
    if (surfaces.inside(shape!, affineX(inverse, x, y), affineY(inverse, x, y))) return i;
  }
  return 0;
}

/** The picture of frame 1 or 2, [H, W, 3]: the mean of four samples a pixel, 1 for full intensity, not limited to it. */
export function renderLayers<Shape, Texture>(
  scene: LayeredScene<Shape, Texture>,
  frame: 1 | 2,
): Float64Array {
  const { layers, surfaces, width, height } = scene;
  const picture = new Float64Array(width * height * 3);
  const topLayer = frame === 1 ? topLayerInFrame1 : topLayerInFrame2;
  const identity: Affine = [1, 0, 0, 0, 1, 0];
  const toLayer = layers.map(({ inverse }) => frame === 1 ? identity : inverse);
  const sum = new Float64Array(3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let sample = 0; sample < SAMPLES; sample++) {
        const px = x + SAMPLE_OFFSETS[sample & 1], py = y + SAMPLE_OFFSETS[sample >> 1];
        const top = topLayer(scene, px, py);
        const affine = toLayer[top];
        surfaces.addColour(
          layers[top].texture,
          affineX(affine, px, py),
          affineY(affine, px, py),
          sum,
        );
      }
      for (let channel = 0; channel < 3; channel++, i++) picture[i] = sum[channel] / SAMPLES;
    }
  }
  return picture;
}

/**
 * Flow A(x) - x of the top layer at pixel centres, from frame 1 to 2 or backward. Occluded: A(x) leaves the picture, or
 * another layer is on top there in the other frame.
 */
export function labelLayers<Shape>(
  scene: LayeredScene<Shape, unknown>,
  { backward }: { backward: boolean },
): LayerLabels {
  const { layers, width, height } = scene;
  const flow = new Float32Array(width * height * 2);
  const occluded = new Uint8Array(width * height);
  const [topHere, topThere] = backward
    ? [topLayerInFrame2, topLayerInFrame1]
    : [topLayerInFrame1, topLayerInFrame2];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const top = topHere(scene, x, y);
      const motion = backward ? layers[top].inverse : layers[top].motion;
      const toX = affineX(motion, x, y), toY = affineY(motion, x, y);
      flow[2 * i] = toX - x;
      flow[2 * i + 1] = toY - y;
      const outside = toX < 0 || toX > width - 1 || toY < 0 || toY > height - 1;
      occluded[i] = outside || topThere(scene, toX, toY) !== top ? 1 : 0;
    }
  }
  return { flow, occluded };
}
