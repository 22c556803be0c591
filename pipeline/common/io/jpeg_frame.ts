/**
 * What the frame header of a JPEG, SOFn, must say for the picture to be read: sequential or progressive Huffman code of 8
 * bits, grey or of three components (ITU-T T.81, section B.2.2).
 */

/** Marker bytes of frames by what they say; those without a reason can be read. */
const FRAMES: Readonly<Record<number, string | undefined>> = {
  0xc0: undefined, // baseline
  0xc1: undefined, // extended sequential
  0xc2: undefined, // progressive
  0xc3: "lossless",
  0xc5: "hierarchical",
  0xc6: "hierarchical",
  0xc7: "hierarchical",
  0xc9: "arithmetically coded",
  0xca: "arithmetically coded",
  0xcb: "arithmetically coded",
  0xcd: "hierarchical",
  0xce: "hierarchical",
  0xcf: "hierarchical",
  0xf7: "JPEG-LS",
};

export interface JpegComponent {
  readonly id: number;
  /** Samples across, 1, 2 or 4 to the largest of the components. */
  readonly across: number;
  /** Samples down. */
  readonly down: number;
  /** Which quantisation table it takes. */
  readonly table: number;
}

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly JpegComponent[];
  /** Of all components, of 8 x 8 samples, as interleaved scans store them. */
  readonly blocks: number;
}

export const isFrame = (marker: number): boolean => marker in FRAMES;

/** @returns what the header says, or what is wrong with it; width and height may be anything */
export function readFrame(marker: number, content: Uint8Array): JpegFrame | string {
  const kind = FRAMES[marker];
  if (kind !== undefined) return `it is ${kind}, which is not read`;
  if (content.length < 6 || content.length !== 6 + 3 * content[5]) {
    return `its frame header has ${content.length} bytes, which fit no number of components`;
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [precision] = content;
  const height = view.getUint16(1), width = view.getUint16(3), count = content[5];
  if (precision !== 8) return `its samples have ${precision} bits, only 8 are read`;
  if (count === 4) return "it is CMYK, of four components, which stand for inks and not for light";
  if (count !== 1 && count !== 3) return `it has ${count} components, only 1 or 3 are read`;
  if (height === 0) return "its height is not in its header (DNL), which is not read";
  const components = Array.from({ length: count }, (_, i): JpegComponent => {
    const [id, factors, table] = content.subarray(6 + 3 * i, 9 + 3 * i);
    // One component alone fills its blocks one after the other, whatever its factors.
    const [across, down] = count === 1 ? [1, 1] : [factors >> 4, factors & 15];
    return { id, across, down, table };
  });
  const maximum = (of: "across" | "down") => Math.max(...components.map((one) => one[of]));
  const wide = maximum("across"), high = maximum("down");
  if (new Set(components.map(({ id }) => id)).size < count) {
    return "two of its components have one number";
  }
  for (const { id, across, down, table } of components) {
    if (across < 1 || down < 1 || wide > 4 || high > 4 || wide % across || high % down) {
      return `its component ${id} has ${across} x ${down} samples where another has ${wide} x ${high}`;
    }
    if (table > 3) return `its component ${id} asks for quantisation table ${table} of 0 to 3`;
  }
  const units = Math.ceil(width / 8 / wide) * Math.ceil(height / 8 / high);
  const blocks = units * components.reduce((sum, { across, down }) => sum + across * down, 0);
  return { width, height, progressive: marker === 0xc2, components, blocks };
}
