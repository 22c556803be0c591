/**
 * Contact sheets: one picture that shows what went in, what was true and what came out. Panels in a
 * grid, a caption above each; the flow length at which colours saturate and the error that is
 * white are printed in it. RGB values only; encoding is io/png.ts.
 */
import { flowToColour } from "../common/io/colour_wheel.ts";
import { drawText, GLYPH_HEIGHT, textWidth } from "./font.ts";
import { areaResize, type Size, sizeWithin } from "../common/io/resize.ts";

export interface Picture extends Size {
  /** [H, W, 3] RGB */
  readonly data: Uint8Array;
}

/** What a contact sheet shows of one pair; without truth its panels are left out. */
export interface SheetInput extends Size {
  readonly title: string;
  /** [H, W, 3] RGB */
  readonly frame1: Uint8Array;
  /** [H, W, 2] in pixels */
  readonly predicted: Float32Array;
  readonly flow?: Float32Array;
  /** [H, W], 1 where the true flow is known. */
  readonly valid?: Uint8Array;
  /** [H, W], 1 where frame 2 does not show the pixel. */
  readonly occluded?: Uint8Array;
}

export interface SheetOptions {
  /** Flow length in pixels at which colours saturate: one for all sheets that are compared. */
  readonly flowMaximum: number;
  /** End-point error in pixels that is drawn white. */
  readonly errorMaximum: number;
  /** Panels are made smaller to at most this width. */
  readonly panelWidth?: number;
}

interface Panel {
  readonly caption: string;
  readonly data: Uint8Array;
}

const COLUMNS = 3;
const MARGIN = 6;
const LINE = GLYPH_HEIGHT + 5;
const PAPER = 255;
const INK = 32;
const UNKNOWN = 96;

/** Draws frame 1, true and predicted flow; error, occlusion and the colour wheel as a key. */
export function contactSheet(input: SheetInput, options: SheetOptions): Picture {
  const { flowMaximum, errorMaximum, panelWidth = 160 } = options;
  const size = sizeWithin(input, panelWidth);
  const colour = (flow: Float32Array, valid?: Uint8Array) => {
    const small = areaResize(flow, 2, input, size, valid);
    return flowToColour(small.values, size.width, size.height, flowMaximum, small.valid);
  };
  const frame = areaResize(input.frame1, 3, input, size).values;
  const panels: Panel[] = [
    { caption: "frame 1", data: Uint8Array.from(frame, Math.round) },
  ];
  if (input.flow) {
    panels.push({ caption: "true flow", data: colour(input.flow, input.valid) });
  }
  panels.push({ caption: "predicted flow", data: colour(input.predicted) });
  if (input.flow) {
    panels.push({
      caption: `error, white ${readable(errorMaximum)} px`,
      data: errorPanel(input, input.flow, size, errorMaximum),
    });
  }
  if (input.occluded) {
    panels.push({ caption: "occluded", data: occlusionPanel(input, input.occluded, size) });
  }
  panels.push({ caption: `flow, full ${readable(flowMaximum)} px`, data: keyPanel(size) });
  return arrange(input.title, panels, size);
}

/** End-point errors from black over red and yellow to white; unknown truth is grey. */
function errorPanel(
  input: SheetInput,
  truth: Float32Array,
  size: Size,
  maximum: number,
): Uint8Array {
  const errors = new Float32Array(input.width * input.height);
  for (let i = 0; i < errors.length; i++) {
    const du = input.predicted[2 * i] - truth[2 * i];
    const dv = input.predicted[2 * i + 1] - truth[2 * i + 1];
    errors[i] = Math.sqrt(du * du + dv * dv);
  }
  const small = areaResize(errors, 1, input, size, input.valid);
  return paint(size, (i) => {
    if (!small.valid[i]) return [UNKNOWN, UNKNOWN, UNKNOWN];
    const heat = 3 * Math.min(1, small.values[i] / maximum);
    return [0, 1, 2].map((channel) => Math.round(255 * Math.min(1, Math.max(0, heat - channel))));
  });
}

/** Occluded pixels white, visible ones black, unknown ones grey. */
function occlusionPanel(input: SheetInput, occluded: Uint8Array, size: Size): Uint8Array {
  const small = areaResize(occluded, 1, input, size, input.valid);
  return paint(size, (i) => {
    const value = small.valid[i] ? Math.round(255 * small.values[i]) : UNKNOWN;
    return [value, value, value];
  });
}

/** The colour of every direction and length up to the maximum, as a disc. */
function keyPanel(size: Size): Uint8Array {
  const { width, height } = size;
  const radius = Math.min(width, height) / 2 - 1;
  const flow = new Float32Array(2 * width * height);
  for (let i = 0; i < width * height; i++) {
    flow[2 * i] = ((i % width) - (width - 1) / 2) / radius;
    flow[2 * i + 1] = (Math.floor(i / width) - (height - 1) / 2) / radius;
  }
  const colours = flowToColour(flow, width, height, 1);
  return paint(
    size,
    (i) =>
      flow[2 * i] ** 2 + flow[2 * i + 1] ** 2 <= 1
        ? colours.subarray(3 * i, 3 * i + 3)
        : [PAPER, PAPER, PAPER],
  );
}

function paint({ width, height }: Size, colour: (i: number) => ArrayLike<number>): Uint8Array {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(colour(i), 3 * i);
  return data;
}

/** Panels from left to right and from top to bottom, under one title. */
function arrange(title: string, panels: readonly Panel[], { width, height }: Size): Picture {
  const cell = Math.max(width, ...panels.map((panel) => textWidth(panel.caption)));
  const rows = Math.ceil(panels.length / COLUMNS);
  const sheetWidth = Math.max(
    MARGIN + COLUMNS * (cell + MARGIN),
    textWidth(title) + 2 * MARGIN,
  );
  const sheetHeight = MARGIN + LINE + rows * (LINE + height + MARGIN);
  const data = new Uint8Array(3 * sheetWidth * sheetHeight).fill(PAPER);
  const write = (text: string, left: number, top: number) =>
    drawText(text, (x, y) => {
      const at = 3 * ((top + y) * sheetWidth + left + x);
      data.fill(INK, at, at + 3);
    });
  write(title, MARGIN, MARGIN);
  panels.forEach((panel, k) => {
    const left = MARGIN + (k % COLUMNS) * (cell + MARGIN);
    const top = MARGIN + LINE + Math.floor(k / COLUMNS) * (LINE + height + MARGIN);
    write(panel.caption, left, top);
    for (let y = 0; y < height; y++) {
      const row = panel.data.subarray(3 * y * width, 3 * (y + 1) * width);
      data.set(row, 3 * ((top + LINE + y) * sheetWidth + left));
    }
  });
  return { width: sheetWidth, height: sheetHeight, data };
}

/** A number as a caption shows it: three digits at most. */
export function readable(value: number): string {
  return String(Number(value.toPrecision(3)));
}
