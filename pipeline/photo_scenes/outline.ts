/**
 * Outlines of objects: discs and polygons with corners at random distances, concave ones among them, each stretched to an
 * ellipse or a sliver and turned.
 */
import type { Rng } from "../common/rng.ts";

/** The points within `radius` of the centre (x, y) whose image in the unit disc lies inside the outline. */
export interface Outline {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** The 2 x 2 matrix, row by row, that takes the offset from the centre into the unit disc. */
  readonly toUnitDisc: readonly [number, number, number, number];
  /** Corners x, y in the unit disc, one after the other around the centre; absent for the whole disc. */
  readonly corners?: Float64Array;
}

/** Diameters, as shares of the side of a square picture of the same area. */
const DIAMETER = [16 / 128, 90 / 128] as const;
const ELLIPSE_SHARE = 0.3;
/** Of the shorter to the longer axis, of ellipses. */
const LEAST_RATIO = 0.15;
/** The share of polygons that are stretched as well; others keep the proportions that their corners give. */
const STRETCHED_SHARE = 0.3;
const CORNERS = [4, 10] as const;
/** Distance of a corner from the centre in the unit disc: the nearer it may be, the more concave. */
const LEAST_DISTANCE = 0.3;

/** An outline anywhere in a picture of `width` x `height` pixels. */
export function drawOutline(rng: Rng, width: number, height: number): Outline {
  const x = rng.uniform(-0.5, width - 0.5), y = rng.uniform(-0.5, height - 0.5);
  const radius = Math.sqrt(width * height) * rng.uniform(...DIAMETER) / 2;
  const round = rng.uniform() < ELLIPSE_SHARE;
  const stretched = round || rng.uniform() < STRETCHED_SHARE;
  const ratio = stretched ? rng.uniform(LEAST_RATIO, 1) : 1;
  const axes = [radius, radius * ratio] as const, angle = rng.uniform(0, Math.PI);
  return outline(x, y, axes, angle, round ? undefined : drawCorners(rng));
}

function drawCorners(rng: Rng): Float64Array {
  const [least, most] = CORNERS;
  const count = least + rng.integer(most - least + 1);
  const phase = rng.uniform(0, 2 * Math.PI);
  const corners = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const direction = 2 * Math.PI * (i + rng.uniform(-0.4, 0.4)) / count + phase;
    const distance = rng.uniform(LEAST_DISTANCE, 1);
    corners[2 * i] = distance * Math.cos(direction);
    corners[2 * i + 1] = distance * Math.sin(direction);
  }
  return corners;
}

/**
 * An outline by its semi-axes in pixels, the first of them the longer, and the angle of that one to the x axis in radians.
 * @param corners as in Outline
 */
export function outline(
  x: number,
  y: number,
  [along, across]: readonly [number, number],
  angle: number,
  corners?: Float64Array,
): Outline {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  const toUnitDisc = [cosine / along, sine / along, -sine / across, cosine / across] as const;
  return { x, y, radius: along, toUnitDisc, corners };
}

/** Whether the point (x, y) belongs to the outline. */
export function insideOutline(shape: Outline, x: number, y: number): boolean {
  const dx = x - shape.x, dy = y - shape.y;
  if (dx * dx + dy * dy > shape.radius * shape.radius) return false;
  const { toUnitDisc, corners } = shape;
  const px = toUnitDisc[0] * dx + toUnitDisc[1] * dy, py = toUnitDisc[2] * dx + toUnitDisc[3] * dy;
  if (px * px + py * py > 1) return false;
  if (corners === undefined) return true;
  // Odd number of edges to the right of the point.
  let inside = false;
  for (let i = 0, j = corners.length - 2; i < corners.length; j = i, i += 2) {
    const yi = corners[i + 1], yj = corners[j + 1];
    if ((yi > py) === (yj > py)) continue;
    if (px < corners[i] + (corners[j] - corners[i]) * (py - yi) / (yj - yi)) inside = !inside;
  }
  return inside;
}
