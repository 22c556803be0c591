/** A sheet of paper for figures: pictures are laid on it, captions written. RGB, encoded by io/png.ts. */
import type { Size } from "../common/io/resize.ts";
import { drawText } from "./text.ts";

/** [H, W, 3] RGB */
export interface Picture extends Size {
  readonly data: Uint8Array;
}

export const PAPER = 255;
const INK = 32;
const LINE_GREY = 190;

export class Sheet implements Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  constructor({ width, height }: Size) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(3 * width * height).fill(PAPER);
  }

  /** @param left, top of the line; @param size of the letters in pixels. What lies beyond the sheet is cut off. */
  write(text: string, left: number, top: number, size: number): void {
    drawText(text, size, (x, y, share) => {
      if (left + x >= this.width || top + y >= this.height) return;
      const at = 3 * ((top + y) * this.width + left + x);
      for (let channel = at; channel < at + 3; channel++) {
        this.data[channel] = Math.round((1 - share) * this.data[channel] + share * INK);
      }
    });
  }

  /** Lays a picture on the sheet, in a line of one pixel around it: a picture's edge may be as white as the paper. */
  frame(picture: Picture, left: number, top: number): void {
    const width = picture.width + 2, height = picture.height + 2;
    const line = new Uint8Array(3 * width * height).fill(LINE_GREY);
    this.lay({ width, height, data: line }, left - 1, top - 1);
    this.lay(picture, left, top);
  }

  /** Lays a picture on the sheet. */
  lay({ width, height, data }: Picture, left: number, top: number): void {
    for (let y = 0; y < height; y++) {
      const row = data.subarray(3 * y * width, 3 * (y + 1) * width);
      this.data.set(row, 3 * ((top + y) * this.width + left));
    }
  }
}
