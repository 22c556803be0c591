/**
 * What the chunks of a PNG must hold that say how its samples are stored: IHDR, PLTE and tRNS (PNG specification, third
 * edition, sections 11.2.1, 11.2.2 and 11.3.1.1).
 */

/** Which depths a colour type allows (table 12 of the specification), and how many samples a pixel stores. */
const COLOUR_TYPES: Readonly<Record<number, { depths: readonly number[]; samples: number }>> = {
  0: { depths: [1, 2, 4, 8, 16], samples: 1 }, // grey
  2: { depths: [8, 16], samples: 3 }, // RGB
  3: { depths: [1, 2, 4, 8], samples: 1 }, // an index into the palette
  4: { depths: [8, 16], samples: 2 }, // grey + alpha
  6: { depths: [8, 16], samples: 4 }, // RGBA
};
export const PALETTE_COLOUR = 3;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a stored sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 0, 2, 3, 4 or 6. */
  readonly colourType: number;
  /** Stored samples of a pixel; a palette's index is one. */
  readonly samples: number;
  /** Stored in the seven passes of Adam7. */
  readonly interlaced: boolean;
}

/** @returns what IHDR says, or what is wrong with it; its width and height may be anything */
export function readHeader(content: Uint8Array): PngHeader | string {
  if (content.length !== 13) return `its chunk IHDR takes 13 bytes, it holds ${content.length}`;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [depth, colourType, compression, filter, interlace] = content.subarray(8);
  const colour = COLOUR_TYPES[colourType];
  if (!colour?.depths.includes(depth)) {
    return `there is no colour type ${colourType} of ${depth} bits`;
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    return `compression ${compression}, filter ${filter}, interlace ${interlace} must be 0, 0, 0 or 1`;
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colourType,
    samples: colour.samples,
    interlaced: interlace === 1,
  };
}

/** What is wrong with the content or place of PLTE; undefined for nothing. */
export function paletteProblem(
  content: Uint8Array,
  { depth, colourType }: PngHeader,
  afterTransparency: boolean,
): string | undefined {
  if (afterTransparency) return "comes after the transparency, tRNS";
  if (colourType === 0 || colourType === 4) return "has no place in a grey picture";
  const most = colourType === PALETTE_COLOUR ? 2 ** depth : 256;
  const entries = content.length / 3;
  if (Number.isInteger(entries) && entries >= 1 && entries <= most) return undefined;
  return `takes 3 bytes for each of 1 to ${most} colours, it holds ${content.length}`;
}

/** What is wrong with the content or place of tRNS; undefined for nothing. */
export function transparencyProblem(
  content: Uint8Array,
  { colourType, samples }: PngHeader,
  palette: Uint8Array | undefined,
): string | undefined {
  if (colourType === 4 || colourType === 6) return "has no place beside an alpha channel";
  if (colourType !== PALETTE_COLOUR) {
    if (content.length === 2 * samples) return undefined;
    return `takes ${2 * samples} bytes, it holds ${content.length}`;
  }
  if (palette === undefined) return "comes before the palette, PLTE";
  const entries = palette.length / 3;
  if (content.length >= 1 && content.length <= entries) return undefined;
  return `takes a byte for each of 1 to ${entries} colours, it holds ${content.length}`;
}
