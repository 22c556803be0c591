/**
 * Captions in pictures: letters of the font Inter, whose outlines opentype.js reads, filled here, since no library fills an
 * outline without a canvas. The same text gives the same pixels on every machine. Letters stand one after the other:
 * no kerning, no ligatures, no right-to-left scripts.
 */
import font from "@fontsource/inter/files/inter-latin-500-normal.woff" with { type: "bytes" };
// @ts-types="@types/opentype.js"
import opentype, { type PathCommand } from "opentype.js";

const FONT = opentype.parse(font.slice().buffer);
/** Scan lines in a pixel; along a line coverage is exact. */
const LINES = 8;
/** Straight pieces of a curve; a letter is a few ten pixels high at most. */
const PIECES = 8;
/** Of the letter size: from the top of a line to its baseline, and to the next line's top. */
const ASCENT = 1, LINE_HEIGHT = 1.3;

interface Edge {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Height of a line in whole pixels. @param size of the letters in pixels */
export function lineHeight(size: number): number {
  return Math.ceil(LINE_HEIGHT * size);
}

/** Width of a text in whole pixels. @param size of the letters in pixels */
export function textWidth(text: string, size: number): number {
  return Math.ceil(place(text, size).end);
}

/**
 * Calls `blend` for every pixel that is ink, wholly or in part.
 * @param size of the letters in pixels
 * @param blend receives column and row from the upper left corner of the line, and the share of the pixel that is ink, 0 .. 1
 */
export function drawText(
  text: string,
  size: number,
  blend: (x: number, y: number, share: number) => void,
): void {
  const height = lineHeight(size);
  const { glyphs } = place(text, size);
  const edges = glyphs.flatMap(({ glyph, x }) =>
    edgesOf(glyph.getPath(x, Math.round(ASCENT * size), size).commands)
  );
  const width = Math.ceil(Math.max(0, ...edges.map(({ x0, x1 }) => Math.max(x0, x1)))) + 1;
  for (let y = 0; y < height; y++) {
    const row = new Float64Array(width);
    for (let line = 0; line < LINES; line++) fillLine(edges, y + (line + 0.5) / LINES, row);
    row.forEach((share, x) => {
      if (share > 0) blend(x, y, Math.min(1, share));
    });
  }
}

/** Where each letter starts. */
function place(text: string, size: number) {
  const scale = size / FONT.unitsPerEm;
  let end = 0;
  const glyphs = [...text].map((character) => {
    const glyph = FONT.charToGlyph(character);
    const x = end;
    end += scale * (glyph.advanceWidth ?? 0);
    return { glyph, x };
  });
  return { glyphs, end };
}

/** Outlines as straight edges, each contour closed. */
function edgesOf(commands: readonly PathCommand[]): Edge[] {
  const edges: Edge[] = [];
  let x = 0, y = 0, startX = 0, startY = 0;
  const edgeTo = (x1: number, y1: number) => {
    edges.push({ x0: x, y0: y, x1, y1 });
    x = x1;
    y = y1;
  };
  for (const command of commands) {
    switch (command.type) {
      case "M":
        x = startX = command.x;
        y = startY = command.y;
        break;
      case "L":
        edgeTo(command.x, command.y);
        break;
      case "Q": {
        const fromX = x, fromY = y;
        for (let piece = 1; piece <= PIECES; piece++) {
          const t = piece / PIECES, s = 1 - t;
          edgeTo(
            s * s * fromX + 2 * s * t * command.x1 + t * t * command.x,
            s * s * fromY + 2 * s * t * command.y1 + t * t * command.y,
          );
        }
        break;
      }
      case "C":
        throw new Error(
          "Cannot draw a letter: its outline has cubic curves. Use a font with TrueType outlines.",
        );
      case "Z":
        edgeTo(startX, startY);
    }
  }
  return edges;
}

/** Adds what is inside along one scan line (non-zero rule) to the pixels of a row. */
function fillLine(edges: readonly Edge[], y: number, row: Float64Array): void {
  const crossings = edges.filter(({ y0, y1 }) => (y0 <= y) !== (y1 <= y))
    .map(({ x0, y0, x1, y1 }) => ({
      x: x0 + (x1 - x0) * (y - y0) / (y1 - y0),
      turn: y1 > y0 ? 1 : -1,
    }))
    .sort((a, b) => a.x - b.x);
  let winding = 0;
  crossings.forEach(({ x, turn }, i) => {
    winding += turn;
    if (winding !== 0) addSpan(row, x, crossings[i + 1].x);
  });
}

function addSpan(row: Float64Array, from: number, to: number): void {
  for (let x = Math.max(0, Math.floor(from)); x < to; x++) {
    row[x] += (Math.min(to, x + 1) - Math.max(from, x)) / LINES;
  }
}
