/** Affine maps of points of the plane, in pixels: the motion of a layer of a scene. */

/** x' = a x + b y + c, y' = d x + e y + f, in pixels. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** x' of the point (x, y). By index, as destructuring is slow where it runs for every sample. */
export function affineX(affine: Affine, x: number, y: number): number {
  return affine[0] * x + affine[1] * y + affine[2];
}

/** y' of the point (x, y). */
export function affineY(affine: Affine, x: number, y: number): number {
  return affine[3] * x + affine[4] * y + affine[5];
}

/** The map that undoes another. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  return [
    e / determinant,
    -b / determinant,
    (b * f - c * e) / determinant,
    -d / determinant,
    a / determinant,
    (c * d - a * f) / determinant,
  ];
}
