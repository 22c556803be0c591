/**
 * Flow as colour: hue is direction, saturation is length (Baker et al., "A Database and Evaluation
 * Methodology for Optical Flow", IJCV 2011). 55 hues; white is no motion; lengths above the maximum
 * are darkened; unknown flow is black.
 */

/** Hues between red, yellow, green, cyan, blue, magenta and red again: as many as the eye tells apart. */
const SEGMENTS: readonly { readonly hues: number; readonly from: Rgb; readonly to: Rgb }[] = [
  { hues: 15, from: [255, 0, 0], to: [255, 255, 0] },
  { hues: 6, from: [255, 255, 0], to: [0, 255, 0] },
  { hues: 4, from: [0, 255, 0], to: [0, 255, 255] },
  { hues: 11, from: [0, 255, 255], to: [0, 0, 255] },
  { hues: 13, from: [0, 0, 255], to: [255, 0, 255] },
  { hues: 6, from: [255, 0, 255], to: [255, 0, 0] },
];

type Rgb = readonly [number, number, number];

/** The 55 saturated colours, RGB in 0..255. Every step within a segment is rounded down. */
export const WHEEL: readonly Rgb[] = SEGMENTS.flatMap(({ hues, from, to }) =>
  Array.from({ length: hues }, (_, step): Rgb => {
    const ramp = Math.floor(255 * step / hues);
    const mix = (channel: number) => from[channel] + Math.sign(to[channel] - from[channel]) * ramp;
    return [mix(0), mix(1), mix(2)];
  })
);

/**
 * @param flow [H, W, 2] in pixels
 * @param maximum length in pixels at which a colour is fully saturated; one for a whole comparison
 * @param valid [H, W], 0 where the flow is unknown; known everywhere when absent
 * @returns [H, W, 3] RGB
 * @throws {Error} when flow or valid is not as large as the picture or the maximum is not above 0
 */
export function flowToColour(
  flow: Float32Array,
  width: number,
  height: number,
  maximum: number,
  valid?: Uint8Array,
): Uint8Array {
  const pixels = width * height;
  if (flow.length !== 2 * pixels || (valid && valid.length !== pixels)) {
    throw new Error(
      `Cannot colour the flow: a picture of ${width}×${height} needs ${2 * pixels} values, got ` +
        `${flow.length}` + (valid ? ` with ${valid.length} in valid.` : "."),
    );
  }
  if (!(maximum > 0)) {
    throw new Error(`Cannot colour the flow: the maximum must be above 0 px, got ${maximum}.`);
  }
  const colours = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    if (valid && !valid[i]) continue;
    colourOf(flow[2 * i] / maximum, flow[2 * i + 1] / maximum, colours, 3 * i);
  }
  return colours;
}

/** Writes the colour of a flow whose maximum is 1. A flow that is not a number stays black. */
function colourOf(u: number, v: number, out: Uint8Array, at: number): void {
  const length = Math.sqrt(u * u + v * v);
  if (!Number.isFinite(length)) return;
  // v + 0 is never -0, which would put flow to the right on the other side of the cut at red.
  const turn = (Math.atan2(-(v + 0), -u) / Math.PI + 1) / 2;
  const position = turn * (WHEEL.length - 1);
  const index = Math.floor(position);
  const fraction = position - index;
  const from = WHEEL[index], to = WHEEL[(index + 1) % WHEEL.length];
  for (let channel = 0; channel < 3; channel++) {
    const hue = ((1 - fraction) * from[channel] + fraction * to[channel]) / 255;
    const colour = length <= 1 ? 1 - length * (1 - hue) : 0.75 * hue;
    out[at + channel] = Math.floor(255 * colour);
  }
}
