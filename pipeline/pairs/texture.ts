/**
 * The texture of a layer: a base colour plus four octaves of value noise, each with a tint of its
 * own (experiments: layered scenes). Evaluated analytically at any point, never sampled from a
 * picture, so that a moved layer is exact in both frames.
 */
import type { Rng } from "../common/rng.ts";

const LATTICE_SIDE = 64;
/** Cell sides of the octaves in pixels. */
const CELLS = [32, 16, 8, 4];
const NEARLY_FLAT_SHARE = 0.25;
const NEARLY_FLAT_CONTRAST = 0.03;

export interface Texture {
  readonly base: readonly [number, number, number];
  /** Periodic lattice [64, 64] of values in [-1, 1). */
  readonly lattice: Float32Array;
  /** For each octave offset x, offset y (lattice cells), contrast times tint red, green, blue. */
  readonly octaves: Float64Array;
}

/** Draws a texture; a quarter of them are nearly flat, so that smoothness matters. */
export function drawTexture(rng: Rng): Texture {
  const base: [number, number, number] = [
    rng.uniform(0.15, 0.85),
    rng.uniform(0.15, 0.85),
    rng.uniform(0.15, 0.85),
  ];
  const contrast = rng.uniform() < NEARLY_FLAT_SHARE
    ? NEARLY_FLAT_CONTRAST
    : rng.uniform(0.04, 0.30);
  const octaves = new Float64Array(CELLS.length * 5);
  for (let i = 0; i < CELLS.length; i++) {
    octaves[5 * i] = rng.uniform(0, LATTICE_SIDE);
    octaves[5 * i + 1] = rng.uniform(0, LATTICE_SIDE);
    for (let c = 2; c < 5; c++) octaves[5 * i + c] = contrast * rng.uniform(0.4, 1);
  }
  const lattice = new Float32Array(LATTICE_SIDE * LATTICE_SIDE);
  for (let i = 0; i < lattice.length; i++) lattice[i] = rng.uniform(-1, 1);
  return { base, lattice, octaves };
}

/**
 * Adds the colour at (x, y), in pixels of the layer's own frame, to `sum` (red, green, blue).
 * Not limited to [0, 1]: the picture is clipped once, after noise.
 */
export function addColour(texture: Texture, x: number, y: number, sum: Float64Array): void {
  const { base, lattice, octaves } = texture;
  let red = base[0], green = base[1], blue = base[2];
  for (let i = 0; i < CELLS.length; i++) {
    const value = latticeNoise(
      lattice,
      x / CELLS[i] + octaves[5 * i],
      y / CELLS[i] + octaves[5 * i + 1],
    );
    red += value * octaves[5 * i + 2];
    green += value * octaves[5 * i + 3];
    blue += value * octaves[5 * i + 4];
  }
  sum[0] += red;
  sum[1] += green;
  sum[2] += blue;
}

/** Value noise with smoothstep interpolation; coordinates in lattice cells, periodic. */
function latticeNoise(lattice: Float32Array, x: number, y: number): number {
  const column = Math.floor(x), row = Math.floor(y);
  const fx = x - column, fy = y - row;
  const sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
  const left = column & (LATTICE_SIDE - 1), right = (column + 1) & (LATTICE_SIDE - 1);
  const top = (row & (LATTICE_SIDE - 1)) * LATTICE_SIDE;
  const bottom = ((row + 1) & (LATTICE_SIDE - 1)) * LATTICE_SIDE;
  const upper = lattice[top + left] + sx * (lattice[top + right] - lattice[top + left]);
  const lower = lattice[bottom + left] + sx * (lattice[bottom + right] - lattice[bottom + left]);
  return upper + sy * (lower - upper);
}
