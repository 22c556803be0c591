/**
 * What the scan headers of a JPEG, SOS, must say, each by itself and all together (ITU-T T.81, sections B.2.3 and G.1.1).
 * A decoder that trusts them leaves what no scan brings at zero: a grey or blurred picture, and nothing that tells.
 */
import type { JpegComponent, JpegFrame } from "./jpeg_frame.ts";

const COEFFICIENTS = 64;
/** No bit of the coefficient has come. */
const NOTHING = -1;

/** Which tables have been defined before a scan. */
export interface JpegTables {
  /** Numbers of quantisation tables. */
  readonly quantisation: ReadonlySet<number>;
  /** `DC 0` to `AC 3`. */
  readonly huffman: ReadonlySet<string>;
}

interface Scan {
  readonly component: JpegComponent;
  readonly tables: number;
}

export class JpegScans {
  readonly #frame: JpegFrame;
  /** Of each component, for each coefficient: how many of its lowest bits are still to come. */
  readonly #missing = new Map<JpegComponent, Int8Array>();

  constructor(frame: JpegFrame) {
    this.#frame = frame;
    for (const component of frame.components) {
      this.#missing.set(component, new Int8Array(COEFFICIENTS).fill(NOTHING));
    }
  }

  /**
   * @param content of the header
   * @returns how many units the scan codes, between which restart markers are counted; or what is wrong with it
   */
  add(content: Uint8Array, tables: JpegTables): number | string {
    const [count] = content;
    if (content.length < 6 || content.length !== 4 + 2 * count) {
      return `a scan header has ${content.length} bytes, which fit no number of components`;
    }
    const scans: Scan[] = [];
    for (let i = 0; i < count; i++) {
      const component = this.#frame.components.find(({ id }) => id === content[1 + 2 * i]);
      if (component === undefined || scans.some((other) => other.component === component)) {
        return `a scan names component ${content[1 + 2 * i]}, which is not there or named twice`;
      }
      if (!tables.quantisation.has(component.table)) {
        return `a scan comes before quantisation table ${component.table}`;
      }
      scans.push({ component, tables: content[2 + 2 * i] });
    }
    const [first, last, bits] = content.subarray(1 + 2 * count);
    return this.#band(scans, first, last, bits >> 4, bits & 15, tables) ?? this.#units(scans);
  }

  /** What the scans leave out; undefined for nothing. */
  missing(): string | undefined {
    for (const [{ id }, missing] of this.#missing) {
      const coefficient = missing.findIndex((bits) => bits !== 0);
      if (coefficient >= 0) {
        return `no scan brings ${missing[coefficient] === NOTHING ? "" : "the last bits of "}` +
          `coefficient ${coefficient} of component ${id}`;
      }
    }
  }

  #band(
    scans: readonly Scan[],
    first: number,
    last: number,
    before: number,
    after: number,
    { huffman }: JpegTables,
  ): string | undefined {
    const { progressive } = this.#frame;
    const band = `a scan of coefficients ${first} to ${last}, bits ${before} to ${after},`;
    const fits = progressive
      ? (first === 0 ? last === 0 : scans.length === 1) && first <= last &&
        last < COEFFICIENTS && after < 14 && (before === 0 || before === after + 1)
      : first === 0 && last === COEFFICIENTS - 1 && before === 0 && after === 0;
    if (!fits) return `${band} is none of a ${progressive ? "progressive" : "sequential"} picture`;
    for (const { component, tables } of scans) {
      const needed = [
        // The lower bits of the first coefficient are stored as they are.
        ...(first === 0 && before === 0 ? [`DC ${tables >> 4}`] : []),
        ...(last > 0 ? [`AC ${tables & 15}`] : []),
      ];
      const lacking = needed.find((table) => !huffman.has(table));
      if (lacking !== undefined) return `a scan comes before Huffman table ${lacking}`;
      const missing = this.#missing.get(component)!;
      for (let k = first; k <= last; k++) {
        if (
          missing[k] !== (before === 0 ? NOTHING : before) ||
          (k > 0 && missing[0] < 0 && progressive)
        ) {
          return `${band} of component ${component.id} does not follow those before it`;
        }
        missing[k] = after;
      }
    }
  }

  #units(scans: readonly Scan[]): number {
    const { width, height, components } = this.#frame;
    const maximum = (of: "across" | "down") => Math.max(...components.map((one) => one[of]));
    const wide = maximum("across"), high = maximum("down");
    if (scans.length > 1) return Math.ceil(width / 8 / wide) * Math.ceil(height / 8 / high);
    const [{ component: { across, down } }] = scans;
    return Math.ceil(width * across / wide / 8) * Math.ceil(height * down / high / 8);
  }
}
