/** The size of crops as parameters give it: one side of a square, or height and width. */

export type Crop = number | readonly [height: number, width: number];

export function sidesOf(crop: Crop): { height: number; width: number } {
  const [height, width] = typeof crop === "number" ? [crop, crop] : crop;
  return { height, width };
}
