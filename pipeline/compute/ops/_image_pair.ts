/** What the photometric operations demand of their inputs. */
import type { Value } from "../tape.ts";

/** Two images and the mask that both are multiplied by. */
export interface ImagePair {
  /** [N, 3, H, W], the reference frame. */
  readonly image1: Value;
  /** [N, 3, H, W], the other frame warped to the reference. */
  readonly image2Warped: Value;
  /** [N, 1, H, W], 1 where a pixel of image1 is visible in the other frame. */
  readonly visible: Value;
}

/**
 * Checks the shapes.
 * @param smallestSide the shortest side allowed
 * @throws {Error} naming the operand that does not fit
 */
export function checkImagePair(pair: ImagePair, smallestSide: number): void {
  const { image1, image2Warped, visible } = pair;
  const [n, c, h, w] = image1.shape;
  if (c !== 3 || h < smallestSide || w < smallestSide) {
    throw new Error(
      `Cannot compare images: ${image1.label} must be [N, 3, H, W] with sides of at least ` +
        `${smallestSide}, got [${image1.shape}].`,
    );
  }
  const wanted: [Value, number][] = [[image2Warped, 3], [visible, 1]];
  for (const [{ label, shape }, channels] of wanted) {
    if (shape.join() !== [n, channels, h, w].join()) {
      throw new Error(
        `Cannot compare images: ${label} must be [${[n, channels, h, w].join(", ")}] to fit ` +
          `${image1.label}, got [${shape.join(", ")}].`,
      );
    }
  }
}
