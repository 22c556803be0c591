/** The affine pair of the second pass (method, section 6), drawn for each pair of frames. */
import type { Rng } from "../common/rng.ts";

/** (a1 … a6) of pipeline/compute/ops/affine.ts. */
export type Theta = readonly [number, number, number, number, number, number];

export interface TransformSettings {
  /** Of both frames: zoom from least to most; the others to both sides of nothing. */
  readonly zoomLeast: number;
  readonly zoomMost: number;
  readonly rotationDegrees: number;
  /** Of half of the side of a picture. */
  readonly translation: number;
  /** Turns half of the pairs left to right, and half upside down. */
  readonly mirror: boolean;
  /** Of frame 2 on top of that, to both sides. */
  readonly relativeZoom: number;
  readonly relativeRotationDegrees: number;
  readonly relativeTranslation: number;
}

export interface ThetaPair {
  readonly first: Theta;
  readonly second: Theta;
}

/** @param size of the pictures in pixels, so that a rotation is one in pixels */
export function drawThetas(
  rng: Rng,
  settings: TransformSettings,
  size: { readonly height: number; readonly width: number },
): ThetaPair {
  const shared = similarity(rng, size, {
    zoom: [settings.zoomLeast, settings.zoomMost],
    degrees: settings.rotationDegrees,
    translation: settings.translation,
  });
  const relative = similarity(rng, size, {
    zoom: [1 - settings.relativeZoom, 1 + settings.relativeZoom],
    degrees: settings.relativeRotationDegrees,
    translation: settings.relativeTranslation,
  });
  const [mirrorX, mirrorY] = [rng.uniform() < 0.5, rng.uniform() < 0.5];
  const mirrored = ([a1, a2, a3, a4, a5, a6]: Theta): Theta => {
    const x = settings.mirror && mirrorX ? -1 : 1, y = settings.mirror && mirrorY ? -1 : 1;
    return [x * a1, x * a2, x * a3, y * a4, y * a5, y * a6];
  };
  return { first: mirrored(shared), second: mirrored(composed(relative, shared)) };
}

function similarity(
  rng: Rng,
  { height, width }: { readonly height: number; readonly width: number },
  { zoom: [least, most], degrees, translation }: {
    readonly zoom: readonly [number, number];
    readonly degrees: number;
    readonly translation: number;
  },
): Theta {
  const zoom = rng.uniform(least, most);
  const angle = rng.uniform(-degrees, degrees) * Math.PI / 180;
  const along = zoom * Math.cos(angle), across = zoom * Math.sin(angle);
  // Coordinates go from -1 to 1 along both sides, however long these are.
  const aspect = (height - 1) / (width - 1);
  const shift = () => rng.uniform(-translation, translation);
  return [along, -across * aspect, shift(), across / aspect, along, shift()];
}

/** outer∘inner: what inner gives goes through outer. */
export function composed(outer: Theta, inner: Theta): Theta {
  const [a1, a2, a3, a4, a5, a6] = outer, [b1, b2, b3, b4, b5, b6] = inner;
  return [
    a1 * b1 + a2 * b4,
    a1 * b2 + a2 * b5,
    a1 * b3 + a2 * b6 + a3,
    a4 * b1 + a5 * b4,
    a4 * b2 + a5 * b5,
    a4 * b3 + a5 * b6 + a6,
  ];
}
