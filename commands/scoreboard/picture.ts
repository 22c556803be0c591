/**
 * One real pair as a picture: both frames, the true flow and, for each method, its flow and its error below it. Colours and
 * errors saturate at the same values in all panels.
 */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { endPointErrors, heatBar, Panels, wheel } from "../../pipeline/picture/panels.ts";
import { readable } from "../../pipeline/picture/picture.ts";
import { type Picture, Sheet } from "../../pipeline/picture/sheet.ts";
import { lineHeight } from "../../pipeline/picture/text.ts";

export interface DrawnMethod {
  readonly name: string;
  /** [H, W, 2] in pixels */
  readonly flow: Float32Array;
  readonly epe: number;
}

type Panel = readonly [caption: string, picture: Picture];

const PANEL_WIDTH = 292;
const MARGIN = 12;
const CAPTION = 17;
const LINE = lineHeight(CAPTION) + 3;
const BAR_HEIGHT = 20;
/** Errors are white at this share of the longest true motion. */
const ERROR_SHARE = 1 / 4;

/** @param pair with true flow @returns PNG */
export function scoreboardPicture(
  { name, ...pair }: FramePair,
  methods: readonly DrawnMethod[],
): Uint8Array {
  const truth = pair.flow!;
  const lengths = endPointErrors(truth, new Float32Array(truth.length))
    .filter((_, i) => !pair.valid || pair.valid[i]);
  const flowMaximum = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const errorMaximum = ERROR_SHARE * flowMaximum;
  const panels = new Panels(pair, PANEL_WIDTH);
  const second = new Panels({ ...pair, frame1: pair.frame2 }, PANEL_WIDTH);
  const columns: Panel[][] = [
    [[`${name}, frame 1`, panels.frame()], ["frame 2", second.frame()]],
    [
      ["true flow", panels.flow(truth, flowMaximum, pair.valid)],
      [
        `rim ${readable(flowMaximum)} px; errors to ${readable(errorMaximum)} px`,
        key(panels.size),
      ],
    ],
    ...methods.map(({ name: method, flow, epe }): Panel[] => [
      [`${method}: ${epe.toFixed(2)} px`, panels.flow(flow, flowMaximum)],
      ["its error", panels.error(flow, errorMaximum)],
    ]),
  ];
  const { width, height } = panels.size;
  const sheet = new Sheet({
    width: MARGIN + columns.length * (width + MARGIN),
    height: MARGIN + 2 * (LINE + height + MARGIN),
  });
  columns.forEach((rows, column) =>
    rows.forEach(([caption, picture], row) => {
      const left = MARGIN + column * (width + MARGIN);
      const top = MARGIN + row * (LINE + height + MARGIN);
      sheet.write(caption, left, top, CAPTION);
      sheet.frame(picture, left, top + LINE);
    })
  );
  return encodePng({ ...sheet, channels: 3 });
}

/** Wheel of directions, and bar of errors from none to the largest. */
function key({ width, height }: Panels["size"]): Picture {
  const sheet = new Sheet({ width, height });
  const side = Math.min(width, height - BAR_HEIGHT - MARGIN);
  sheet.lay(wheel({ width: side, height: side }), Math.floor((width - side) / 2), 0);
  sheet.lay(heatBar({ width, height: BAR_HEIGHT }), 0, height - BAR_HEIGHT);
  return sheet;
}
