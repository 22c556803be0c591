/** What people look at: a flow as colours, a mask in black and white, as PNG. */
import { flowToColour } from "../common/io/colour_wheel.ts";
import { type Motion, motionOf } from "./motion.ts";
import { quickPng } from "./quick_png.ts";

/** Less is drawn as no motion: noise of a still picture must not look like one. */
const LEAST_MAXIMUM = 1;

/**
 * The length in pixels at which colours saturate unless one is given: what 99 of 100 pixels do not exceed, and at least 1.
 * @param flow [H, W, 2] in pixels
 * @param motion of it, where it is known already
 */
export function colourMaximum(flow: Float32Array, motion: Motion = motionOf(flow)): number {
  return Math.max(LEAST_MAXIMUM, motion.usual);
}

/**
 * A PNG of the flow's size: hue is the direction, full colour the length `maximum` in pixels, darker beyond it.
 * @param flow [H, W, 2] in pixels
 * @throws {Error} when flow is not as large as the picture
 */
export async function flowPicture(
  flow: Float32Array,
  width: number,
  height: number,
  maximum: number = colourMaximum(flow),
): Promise<Uint8Array<ArrayBuffer>> {
  return await quickPng(width, height, 3, flowToColour(flow, width, height, maximum));
}

/** A grey PNG, white where the mask is 1. @param mask [H, W] */
export function maskPicture(
  mask: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return quickPng(width, height, 1, mask.map((value) => value ? 255 : 0));
}
