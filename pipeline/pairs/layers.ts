/**
 * The layers of a synthetic scene: shape, texture and affine motion of the background and of 3 to 6
 * objects, later ones on top (experiments: layered scenes).
 */
import type { Rng } from "../common/rng.ts";
import { type Affine, invert } from "./affine.ts";
import type { MovingLayer } from "./layered.ts";
import { drawTexture, type Texture } from "./texture.ts";

/** The points within `radius` of the centre (x, y) that satisfy the rest. */
export type Shape =
  & { readonly x: number; readonly y: number; readonly radius: number }
  & (
    // |toUnitDisc (point - centre)| <= 1; the 2 x 2 matrix row by row.
    | { readonly kind: "ellipse"; readonly toUnitDisc: readonly [number, number, number, number] }
    // nx (x - centre) + ny (y - centre) <= offset for every plane, three numbers each.
    | { readonly kind: "polygon"; readonly planes: Float64Array }
  );

export type Layer = MovingLayer<Shape, Texture>;

/** Limits of a layer's motion: translation in pixels, rotation in degrees, scale as a share. */
interface MotionLimits {
  translation: number;
  rotation: number;
  scale: number;
}

const BACKGROUND_MOTION: MotionLimits = { translation: 4, rotation: 1.5, scale: 0.015 };
const OBJECT_MOTION: MotionLimits = { translation: 8, rotation: 5, scale: 0.05 };

/** The layers of one scene from bottom to top, for a picture of `size` x `size` pixels. */
export function drawLayers(rng: Rng, size: number): Layer[] {
  const middle = (size - 1) / 2;
  const layers = [drawLayer(rng, middle, middle, BACKGROUND_MOTION)];
  const objects = 3 + rng.integer(4);
  for (let i = 0; i < objects; i++) {
    const shape = drawShape(rng, size);
    layers.push({ shape, ...drawLayer(rng, shape.x, shape.y, OBJECT_MOTION) });
  }
  return layers;
}

function drawLayer(rng: Rng, x: number, y: number, limits: MotionLimits): Layer {
  const motion = drawMotion(rng, x, y, limits);
  return { texture: drawTexture(rng), motion, inverse: invert(motion) };
}

function drawShape(rng: Rng, size: number): Shape {
  const x = rng.uniform(-0.5, size - 0.5), y = rng.uniform(-0.5, size - 0.5);
  const radius = rng.uniform(10, 30);
  if (rng.uniform() < 0.5) {
    const major = radius * rng.uniform(0.6, 1), minor = radius * rng.uniform(0.4, 1);
    return ellipse(x, y, [major, minor], rng.uniform(0, Math.PI));
  }
  const count = 3 + rng.integer(4);
  const phase = rng.uniform(0, 2 * Math.PI);
  const planes = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const direction = 2 * Math.PI * (i + rng.uniform(-0.25, 0.25)) / count + phase;
    planes[3 * i] = Math.cos(direction);
    planes[3 * i + 1] = Math.sin(direction);
    planes[3 * i + 2] = radius * rng.uniform(0.5, 0.9);
  }
  return { kind: "polygon", x, y, radius: 1.6 * radius, planes };
}

/** An ellipse by its semi-axes and the angle of the first one to the x axis, in radians. */
export function ellipse(
  x: number,
  y: number,
  [along, across]: readonly [number, number],
  angle: number,
): Shape {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return {
    kind: "ellipse",
    x,
    y,
    radius: Math.max(along, across),
    toUnitDisc: [cosine / along, sine / along, -sine / across, cosine / across],
  };
}

/** Translation uniform in a disc; half of the layers also turn and scale about (x, y). */
function drawMotion(rng: Rng, x: number, y: number, limits: MotionLimits): Affine {
  const length = limits.translation * Math.sqrt(rng.uniform());
  const direction = rng.uniform(0, 2 * Math.PI);
  let turn = 0, scale = 1;
  if (rng.uniform() < 0.5) {
    turn = rng.uniform(-limits.rotation, limits.rotation) * Math.PI / 180;
    scale = 1 + rng.uniform(-limits.scale, limits.scale);
  }
  const a = scale * Math.cos(turn), b = -scale * Math.sin(turn);
  const c = x - a * x - b * y + length * Math.cos(direction);
  const f = y + b * x - a * y + length * Math.sin(direction);
  return [a, b, c, -b, a, f];
}

/** Whether the point (x, y), in frame 1's coordinates, belongs to the shape. */
export function insideShape(shape: Shape, x: number, y: number): boolean {
  const dx = x - shape.x, dy = y - shape.y;
  if (dx * dx + dy * dy > shape.radius * shape.radius) return false;
  if (shape.kind === "ellipse") {
    const matrix = shape.toUnitDisc;
    const along = matrix[0] * dx + matrix[1] * dy, across = matrix[2] * dx + matrix[3] * dy;
    return along * along + across * across <= 1;
  }
  const { planes } = shape;
  for (let i = 0; i < planes.length; i += 3) {
    if (planes[i] * dx + planes[i + 1] * dy > planes[i + 2]) return false;
  }
  return true;
}
