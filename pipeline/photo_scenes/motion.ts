/**
 * The motion of a scene: a camera's, which all layers share, and each object's own. Translations are heavy-tailed: most are
 * small, a few go up to the largest.
 */
import type { Affine } from "../pairs/affine.ts";
import type { Rng } from "../common/rng.ts";

/** How large motions are at scale 1: degrees and share are standard deviations. */
interface MotionLaw {
  /** Degrees. */
  readonly rotation: number;
  /** Of the size. */
  readonly zoom: number;
}

const CAMERA: MotionLaw = { rotation: 2, zoom: 0.03 };
const OBJECT: MotionLaw = { rotation: 5, zoom: 0.05 };
/** The share of objects that the camera's motion moves as well; it follows the others. */
const WITH_CAMERA_SHARE = 0.7;

export interface MotionSettings {
  /** Length of the largest translation in pixels. */
  readonly largest: number;
  /** 0 (nothing moves) to 1: what all motions are multiplied by. */
  readonly scale: number;
}

/** The camera's motion, about the point (x, y). */
export function drawCameraMotion(
  rng: Rng,
  x: number,
  y: number,
  settings: MotionSettings,
): Affine {
  return drawMotion(rng, x, y, CAMERA, settings);
}

/** An object's motion about its centre (x, y), that of the camera included where it takes part in it. */
export function drawObjectMotion(
  rng: Rng,
  x: number,
  y: number,
  camera: Affine,
  settings: MotionSettings,
): Affine {
  const own = drawMotion(rng, x, y, OBJECT, settings);
  return rng.uniform() < WITH_CAMERA_SHARE ? composed(camera, own) : own;
}

function drawMotion(
  rng: Rng,
  x: number,
  y: number,
  { rotation, zoom }: MotionLaw,
  { largest, scale }: MotionSettings,
): Affine {
  const length = largest * scale * rng.uniform() ** 2;
  const direction = rng.uniform(0, 2 * Math.PI);
  const turn = rotation * scale * rng.normal() * Math.PI / 180;
  const size = 1 + zoom * scale * rng.normal();
  const a = size * Math.cos(turn), b = -size * Math.sin(turn);
  const c = x - a * x - b * y + length * Math.cos(direction);
  const f = y + b * x - a * y + length * Math.sin(direction);
  return [a, b, c, -b, a, f];
}

/** First `inner`, then `outer`. */
function composed(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [
    a * g + b * j,
    a * h + b * k,
    a * i + b * l + c,
    d * g + e * j,
    d * h + e * k,
    d * i + e * l + f,
  ];
}
