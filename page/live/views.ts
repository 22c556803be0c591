/** What can be seen of a pair and its flow, as pixels and as arrows. */
/// <reference lib="dom" />
import { flowToColour } from "../../pipeline/common/io/colour_wheel.ts";

/** A pair with all that was computed for it. */
export interface Shown {
  readonly width: number;
  readonly height: number;
  /** [H, W, 3] RGB */
  readonly frame1: Uint8Array;
  readonly frame2: Uint8Array;
  /** [H, W, 2] in pixels: as the network gave it, and as it is now. */
  readonly network: Float32Array;
  readonly forward: Float32Array;
  /** Length in pixels at which colours saturate. */
  readonly maximum: number;
  /** [H, W, 3] RGB: frame 2 where the flow points. */
  readonly warped: Uint8Array;
  /** [H, W], 1 where a pixel of frame 1 is hidden in frame 2. */
  readonly occluded: Uint8Array;
}

export const VIEWS = {
  colours: "flow as colours",
  arrows: "flow as arrows",
  warped: "frame 2, warped back",
  hidden: "hidden pixels",
  frame1: "frame 1",
  frame2: "frame 2",
  network: "the network's flow",
} as const;

export type View = keyof typeof VIEWS;

/** Arrows stand at so many pixels of the canvas. */
const ARROW_SPACING = 26;
const HEAD = 5;

/** [H, W, 3] to what a canvas takes. */
function opaque(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(rgb.length / 3 * 4).fill(255);
  for (let i = 0; i < rgb.length; i++) rgba[4 * Math.floor(i / 3) + i % 3] = rgb[i];
  return rgba;
}

export function flowPicture(
  flow: Float32Array,
  width: number,
  height: number,
  maximum: number,
): Uint8ClampedArray<ArrayBuffer> {
  return opaque(flowToColour(flow, width, height, maximum));
}

/** Makes a canvas as large as the pixels, and shows them. */
export function drawTo(
  canvas: HTMLCanvasElement,
  rgba: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): void {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
}

function pixelsOf(view: View, shown: Shown): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, maximum } = shown;
  if (view === "colours") return flowPicture(shown.forward, width, height, maximum);
  if (view === "network") return flowPicture(shown.network, width, height, maximum);
  if (view === "warped") return opaque(shown.warped);
  if (view === "frame2") return opaque(shown.frame2);
  const frame = opaque(shown.frame1);
  if (view === "hidden") {
    // Hidden pixels in the colour of alarms, all others pale.
    for (let i = 0; i < width * height; i++) {
      const pale = (channel: number) => 128 + frame[4 * i + channel] / 2;
      const colour = shown.occluded[i] ? [214, 40, 40] : [0, 1, 2].map(pale);
      frame.set(colour, 4 * i);
    }
  }
  return frame;
}

/** A view, enlarged by a whole number. */
export function pictureOf(view: View, shown: Shown, factor: number): HTMLCanvasElement {
  const { width, height } = shown;
  const small = document.createElement("canvas");
  drawTo(small, pixelsOf(view, shown), width, height);
  const large = document.createElement("canvas");
  large.width = factor * width;
  large.height = factor * height;
  const context = large.getContext("2d")!;
  // Values stay squares; frames are smooth.
  context.imageSmoothingEnabled = !["colours", "network", "hidden"].includes(view);
  context.drawImage(small, 0, 0, large.width, large.height);
  if (view === "arrows") drawArrows(context, shown, factor);
  return large;
}

/** The longest usual arrow reaches its neighbour. */
function drawArrows(context: CanvasRenderingContext2D, shown: Shown, factor: number): void {
  const { width, height, forward, maximum } = shown;
  const scale = Math.max(factor, ARROW_SPACING / maximum);
  for (const [colour, thick] of [["#000000", 3.5], ["#ffe14d", 1.5]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.beginPath();
    for (let y = ARROW_SPACING / 2; y < factor * height; y += ARROW_SPACING) {
      for (let x = ARROW_SPACING / 2; x < factor * width; x += ARROW_SPACING) {
        const i = Math.floor(y / factor) * width + Math.floor(x / factor);
        const u = scale * forward[2 * i], v = scale * forward[2 * i + 1];
        const turn = Math.atan2(v, u), head = Math.min(HEAD, Math.hypot(u, v));
        context.moveTo(x, y);
        context.lineTo(x + u, y + v);
        for (const side of [2.6, -2.6]) {
          context.moveTo(x + u, y + v);
          context.lineTo(
            x + u + head * Math.cos(turn + side),
            y + v + head * Math.sin(turn + side),
          );
        }
      }
    }
    context.stroke();
  }
}
