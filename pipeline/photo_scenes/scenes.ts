/**
 * Scenes with photographs as textures: what a general model learns from. A background and objects of all outlines, some of
 * them concave or thin, under a camera's motion and their own; flow and occlusion are exact in both directions. A scene
 * follows from the seed, its split and its number alone; in a split the motion grows from the first scene to the last.
 */
import { invert } from "../pairs/affine.ts";
import {
  labelLayers,
  type LayeredScene,
  type MovingLayer,
  renderLayers,
} from "../pairs/layered.ts";
import type { FramePair } from "../common/io/pair.ts";
import type { Rng } from "../common/rng.ts";
import { drawExposure, expose, type Exposure } from "./exposure.ts";
import { drawCameraMotion, drawObjectMotion, type MotionSettings } from "./motion.ts";
import { drawOutline, insideOutline, type Outline } from "./outline.ts";
import {
  addPhotoColour,
  drawPhotoTexture,
  type Photograph,
  type PhotoTexture,
} from "./photograph.ts";

export const DATASET = "photo_scenes";

const SURFACES = { inside: insideOutline, addColour: addPhotoColour };

export interface PhotoSceneSettings {
  readonly width: number;
  readonly height: number;
  readonly photographs: readonly Photograph[];
  /** Of a translation, in pixels, at scale 1. */
  readonly largestMotion: number;
  /** A scene has 1 to so many objects before its background. */
  readonly mostObjects: number;
}

export interface PhotoSplit {
  readonly split: string;
  readonly count: number;
  /** What motions are multiplied by in the first and in the last scene, linearly in between. */
  readonly scales: readonly [first: number, last: number];
  /** Frames alone where not, for training. */
  readonly truth: boolean;
}

/**
 * The scenes of a split, `scene_00000` on.
 * @param rng the generator of all scenes; splits and scenes fork it by name
 */
export function* drawPhotoScenes(
  rng: Rng,
  { split, count, scales: [first, last], truth }: PhotoSplit,
  settings: PhotoSceneSettings,
): Generator<FramePair> {
  const stream = rng.fork(split);
  for (let i = 0; i < count; i++) {
    const name = `scene_${String(i).padStart(5, "0")}`;
    const scale = first + (last - first) * (count > 1 ? i / (count - 1) : 1);
    yield drawPhotoScene(stream.fork(name), name, scale, settings, { truth });
  }
}

/** One scene. @param scale of its motions, 0 to 1 @param exposure drawn unless given */
export function drawPhotoScene(
  rng: Rng,
  name: string,
  scale: number,
  settings: PhotoSceneSettings,
  { truth = true, exposure = drawExposure(rng.fork("exposure")) }: {
    truth?: boolean;
    exposure?: Exposure;
  } = {},
): FramePair {
  const { width, height } = settings;
  const layers = drawPhotoLayers(rng.fork("layers"), scale, settings);
  const scene: LayeredScene<Outline, PhotoTexture> = { layers, surfaces: SURFACES, width, height };
  const frame = (number: 1 | 2) =>
    expose(
      renderLayers(scene, number),
      width,
      number === 1 ? { ...exposure, gain: 1 } : exposure,
      rng.fork(`noise${number}`),
    );
  const frames = { frame1: frame(1), frame2: frame(2) };
  const known = { name, scene: name, dataset: DATASET, width, height, ...frames };
  if (!truth) return known;
  const forward = labelLayers(scene, { backward: false });
  const backward = labelLayers(scene, { backward: true });
  return {
    ...known,
    flow: forward.flow,
    flowBackward: backward.flow,
    valid: new Uint8Array(width * height).fill(1),
    occluded: forward.occluded,
    occludedBackward: backward.occluded,
  };
}

/** The layers of a scene from bottom to top: the background and the objects before it. */
export function drawPhotoLayers(
  rng: Rng,
  scale: number,
  { width, height, photographs, largestMotion, mostObjects }: PhotoSceneSettings,
): MovingLayer<Outline, PhotoTexture>[] {
  const law: MotionSettings = { largest: largestMotion, scale };
  const camera = drawCameraMotion(rng, (width - 1) / 2, (height - 1) / 2, law);
  const layers: MovingLayer<Outline, PhotoTexture>[] = [
    { texture: drawPhotoTexture(rng, photographs), motion: camera, inverse: invert(camera) },
  ];
  const objects = 1 + rng.integer(mostObjects);
  for (let i = 0; i < objects; i++) {
    const shape = drawOutline(rng, width, height);
    const motion = drawObjectMotion(rng, shape.x, shape.y, camera, law);
    const texture = drawPhotoTexture(rng, photographs);
    layers.push({ shape, texture, motion, inverse: invert(motion) });
  }
  return layers;
}
