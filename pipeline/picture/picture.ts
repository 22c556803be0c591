/**
 * Contact sheets: one picture that shows what went in, what was true and what came out. Panels in a
 * grid, a caption above each; the flow length at which colours saturate and the error that is
 * white are printed in it.
 */
import { type PanelInput, Panels, wheel } from "./panels.ts";
import { type Picture, Sheet } from "./sheet.ts";
import { lineHeight, textWidth } from "./text.ts";

/** What a contact sheet shows of one pair; without truth its panels are left out. */
export interface SheetInput extends PanelInput {
  readonly title: string;
  /** [H, W, 2] in pixels */
  readonly predicted: Float32Array;
}

export interface SheetOptions {
  /** Flow length in pixels at which colours saturate: one for all sheets that are compared. */
  readonly flowMaximum: number;
  /** End-point error in pixels that is drawn white. */
  readonly errorMaximum: number;
  /** Of a panel; larger pictures are averaged down to it, smaller ones enlarged by a whole factor. */
  readonly panelWidth?: number;
}

interface Panel {
  readonly caption: string;
  readonly picture: Picture;
}

const PANEL_WIDTH = 384;
const COLUMNS = 3;
const MARGIN = 12;
const CAPTION = 18;
const LINE = lineHeight(CAPTION);

/** Draws frame 1, true and predicted flow; error, occlusion and the colour wheel as a key. */
export function contactSheet(input: SheetInput, options: SheetOptions): Picture {
  const { flowMaximum, errorMaximum, panelWidth = PANEL_WIDTH } = options;
  const panels = new Panels(input, panelWidth);
  const shown: Panel[] = [{ caption: "frame 1", picture: panels.frame() }];
  if (input.flow) {
    shown.push({
      caption: "true flow",
      picture: panels.flow(input.flow, flowMaximum, input.valid),
    });
  }
  shown.push({ caption: "predicted flow", picture: panels.flow(input.predicted, flowMaximum) });
  if (input.flow) {
    shown.push({
      caption: `error, white: ${readable(errorMaximum)} px`,
      picture: panels.error(input.predicted, errorMaximum),
    });
  }
  if (input.occluded) shown.push({ caption: "occluded", picture: panels.occlusion() });
  shown.push({
    caption: `flow, full colour: ${readable(flowMaximum)} px`,
    picture: wheel(panels.size),
  });
  return arrange(input.title, shown);
}

/** Panels of one size from left to right and from top to bottom, under one title. */
function arrange(title: string, panels: readonly Panel[]): Picture {
  const { width, height } = panels[0].picture;
  const cell = Math.max(width, ...panels.map(({ caption }) => textWidth(caption, CAPTION)));
  const rows = Math.ceil(panels.length / COLUMNS);
  const sheet = new Sheet({
    width: Math.max(MARGIN + COLUMNS * (cell + MARGIN), textWidth(title, CAPTION) + 2 * MARGIN),
    height: MARGIN + LINE + rows * (LINE + height + MARGIN),
  });
  sheet.write(title, MARGIN, MARGIN, CAPTION);
  panels.forEach(({ caption, picture }, k) => {
    const left = MARGIN + (k % COLUMNS) * (cell + MARGIN);
    const top = MARGIN + LINE + Math.floor(k / COLUMNS) * (LINE + height + MARGIN);
    sheet.write(caption, left, top, CAPTION);
    sheet.frame(picture, left, top + LINE);
  });
  return sheet;
}

/** A number as a caption shows it: three digits at most. */
export function readable(value: number): string {
  return String(Number(value.toPrecision(3)));
}
