/**
 * One scene with methods side by side: frame 1 and occlusion, true flow and the keys, then for each method its flow and,
 * below it, its error, all in the same colours. Wide enough to be read on a page.
 */
import { endPointErrors, heatBar, type PanelInput, Panels, wheel } from "./panels.ts";
import { type Picture, Sheet } from "./sheet.ts";
import { lineHeight } from "./text.ts";

export interface ComparisonInput extends PanelInput {
  readonly title: string;
  readonly flow: Float32Array;
  readonly occluded: Uint8Array;
  /** What each method predicts, [H, W, 2] in pixels. */
  readonly methods: readonly { readonly name: string; readonly predicted: Float32Array }[];
  /** Flow length in pixels at which colours saturate. */
  readonly flowMaximum: number;
  /** End-point error in pixels that is drawn white. */
  readonly errorMaximum: number;
}

type Panel = readonly [caption: string, picture: Picture];

/** At least; panels of scenes are a whole multiple of the scene. */
const PANEL_WIDTH = 384;
const MARGIN = 16;
const CAPTION = 26;
const LINE = lineHeight(CAPTION) + 4;
const BAR_HEIGHT = 36;
const KEY_INDENT = 8;

export function comparisonPicture(input: ComparisonInput): Picture {
  const { methods, flowMaximum, errorMaximum } = input;
  const panels = new Panels(input, Math.ceil(PANEL_WIDTH / input.width) * input.width);
  const { width, height } = panels.size;
  const columns: Panel[][] = [
    [["frame 1", panels.frame()], ["occluded: white", panels.occlusion()]],
    [
      ["true flow", panels.flow(input.flow, flowMaximum, input.valid)],
      ["colours", key(panels.size, flowMaximum, errorMaximum)],
    ],
    ...methods.map(({ name, predicted }): Panel[] => [
      [
        `${name}: EPE ${meanError(predicted, input).toFixed(2)} px`,
        panels.flow(predicted, flowMaximum),
      ],
      [`${name}: error`, panels.error(predicted, errorMaximum)],
    ]),
  ];
  const sheet = new Sheet({
    width: MARGIN + columns.length * (width + MARGIN),
    height: MARGIN + LINE + 2 * (LINE + height + MARGIN),
  });
  const zero = meanError(new Float32Array(input.flow.length), input).toFixed(2);
  sheet.write(`${input.title} Zero flow: ${zero} px.`, MARGIN, MARGIN, CAPTION);
  columns.forEach((rows, column) =>
    rows.forEach(([caption, picture], row) => {
      const left = MARGIN + column * (width + MARGIN);
      const top = MARGIN + LINE + row * (LINE + height + MARGIN);
      sheet.write(caption, left, top, CAPTION);
      sheet.frame(picture, left, top + LINE);
    })
  );
  return sheet;
}

/** Wheel of directions and bar of errors, each with what its end stands for. */
function key({ width, height }: Panels["size"], flowMaximum: number, errorMaximum: number) {
  const sheet = new Sheet({ width, height });
  const barTop = height - BAR_HEIGHT;
  const side = Math.min(width, barTop - 2 * LINE - MARGIN);
  sheet.lay(wheel({ width: side, height: side }), Math.floor((width - side) / 2), 0);
  sheet.write(`flow at the rim: ${flowMaximum.toFixed(1)} px`, KEY_INDENT, side + 4, CAPTION);
  sheet.write(`error: 0 to ${errorMaximum.toFixed(1)} px`, KEY_INDENT, barTop - LINE, CAPTION);
  sheet.lay(heatBar({ width, height: BAR_HEIGHT }), 0, barTop);
  return sheet;
}

/** End-point error over the pixels whose truth is known, in pixels. */
function meanError(predicted: Float32Array, { flow, valid }: ComparisonInput): number {
  const errors = endPointErrors(predicted, flow).filter((_, i) => !valid || valid[i]);
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
