/**
 * The segments of a JPEG file, its outer shell (ITU-T T.81, annex B). The decoder behind it believes what a file says; here
 * it is looked at first, and only what is needed for the samples is passed on.
 */
import { isFrame, type JpegFrame, readFrame } from "./jpeg_frame.ts";
import { JpegScans } from "./jpeg_scan.ts";
import { unreadable } from "./text.ts";

const START = 0xd8, END = 0xd9, FRAME_TABLES = 0xdb, HUFFMAN = 0xc4, RESTART = 0xdd, SCAN = 0xda;
const FILL = 0xff, FIRST_RESTART = 0xd0, LAST_RESTART = 0xd7;
const FIRST_APPLICATION = 0xe0, LAST_APPLICATION = 0xef, COMMENT = 0xfe;

export interface JpegSegments {
  readonly frame: JpegFrame;
  /** The file without segments of applications and comments, and without what follows its end. */
  readonly plain: Uint8Array;
  /** Contents of APPn segments by n, in their order. */
  readonly application: ReadonlyMap<number, readonly Uint8Array[]>;
}

/**
 * @param name the file's name, for errors
 * @param checkFrame told of the frame before anything else is read; throws what is wrong with it
 * @throws {Error} when anything is damaged, cut, missing or of a kind that is not read. What follows the end of the picture is
 *   left alone: cameras put a smaller picture or a film there
 */
export function readSegments(
  bytes: Uint8Array,
  name: string,
  checkFrame: (frame: JpegFrame) => void,
): JpegSegments {
  const damaged = (what: string) => jpegDamaged(name, what);
  if (bytes[0] !== 0xff || bytes[1] !== START) throw damaged("it does not start as a JPEG");
  const application = new Map<number, Uint8Array[]>();
  const quantisation = new Set<number>(), huffman = new Set<string>();
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let frame: JpegFrame | undefined, scans: JpegScans | undefined;
  let restart = 0, scanned = false;
  let offset = 2;
  for (;;) {
    const start = markerAt(bytes, offset, name);
    const marker = bytes[start + 1];
    if (marker === END) {
      const missing = scans?.missing() ?? (scans ? undefined : "it holds no picture");
      if (missing !== undefined) throw damaged(missing);
      kept.push(bytes.subarray(start, start + 2));
      return { frame: frame!, plain: joined(kept), application };
    }
    const content = contentAt(bytes, start, name);
    offset = start + 4 + content.length;
    if (marker >= FIRST_APPLICATION && marker <= LAST_APPLICATION) {
      const number = marker - FIRST_APPLICATION;
      application.set(number, [...application.get(number) ?? [], content]);
      continue;
    }
    if (marker === COMMENT) continue;
    let wrong: string | undefined;
    if (isFrame(marker)) {
      const read = frame ? "it holds two pictures" : readFrame(marker, content);
      if (typeof read === "string") throw damaged(read);
      checkFrame(read);
      frame = read;
      scans = new JpegScans(read);
    } else if (marker === FRAME_TABLES) {
      // The decoder takes what the file's last table of a number says.
      wrong = scanned
        ? "it changes its quantisation between scans, which is not read"
        : quantisationProblem(content, quantisation);
    } else if (marker === HUFFMAN) wrong = huffmanProblem(content, huffman);
    else if (marker === RESTART) {
      if (content.length !== 2) wrong = `its restart interval takes ${content.length} bytes, not 2`;
      else restart = content[0] << 8 | content[1];
    } else if (marker === SCAN) {
      if (scans === undefined) throw damaged("a scan comes before the frame header");
      const units = scans.add(content, { quantisation, huffman });
      if (typeof units === "string") throw damaged(units);
      offset = codeEnd(bytes, offset, restart === 0 ? 0 : Math.ceil(units / restart) - 1, name);
      // The decoder codes whole intervals of a single component, beyond the picture.
      if (restart > 0 && content[0] === 1 && units % restart > 0) {
        wrong =
          `a scan of one component has ${units} blocks in intervals of ${restart}, which is not read`;
      }
      scanned = true;
    } else wrong = `its segment FF${marker.toString(16).toUpperCase()} is of no known kind`;
    if (wrong !== undefined) throw damaged(wrong);
    kept.push(bytes.subarray(start, offset));
  }
}

export function jpegDamaged(name: string, what: string): Error {
  return unreadable(name, what, "Get it again, or convert it, for example to PNG.");
}

/** Where the next marker begins, behind bytes that fill up. */
function markerAt(bytes: Uint8Array, offset: number, name: string): number {
  if (offset + 2 > bytes.length) throw truncated(name);
  if (bytes[offset] !== 0xff) {
    throw jpegDamaged(name, `its byte ${offset} should begin a segment, and does not`);
  }
  while (bytes[offset + 1] === FILL) offset++;
  if (offset + 2 > bytes.length) throw truncated(name);
  return offset;
}

function contentAt(bytes: Uint8Array, start: number, name: string): Uint8Array {
  if (start + 4 > bytes.length) throw truncated(name);
  const length = bytes[start + 2] << 8 | bytes[start + 3];
  if (length < 2) throw jpegDamaged(name, `the segment at byte ${start} has a length of ${length}`);
  if (start + 2 + length > bytes.length) throw truncated(name);
  return bytes.subarray(start + 4, start + 2 + length);
}

/** Where the code of a scan ends, with so many restart markers in their order. */
function codeEnd(bytes: Uint8Array, start: number, restarts: number, name: string): number {
  let seen = 0;
  for (let offset = bytes.indexOf(0xff, start); offset >= 0;) {
    const next = bytes[offset + 1];
    if (next >= FIRST_RESTART && next <= LAST_RESTART) {
      if (seen === restarts || next !== FIRST_RESTART + seen % 8) {
        throw jpegDamaged(name, `its restart marker at byte ${offset} is out of order`);
      }
      seen++;
    } else if (next === undefined) break;
    else if (next !== 0 && next !== FILL) {
      if (seen < restarts) throw jpegDamaged(name, `it has ${seen} restarts of ${restarts}`);
      return offset;
    }
    offset = bytes.indexOf(0xff, next === FILL ? offset + 1 : offset + 2);
  }
  throw truncated(name);
}

function quantisationProblem(content: Uint8Array, seen: Set<number>): string | undefined {
  for (let offset = 0; offset < content.length;) {
    const wide = content[offset] >> 4, number = content[offset] & 15;
    const end = offset + 1 + 64 * (1 + wide);
    if (wide > 1 || number > 3 || end > content.length) return "a quantisation table is damaged";
    seen.add(number);
    offset = end;
  }
}

/** Lengths of codes must leave room for all of them (Kraft's inequality). */
function huffmanProblem(content: Uint8Array, seen: Set<string>): string | undefined {
  for (let offset = 0; offset < content.length;) {
    const kind = content[offset] >> 4, number = content[offset] & 15;
    const lengths = content.subarray(offset + 1, offset + 17);
    const codes = lengths.reduce((sum, count) => sum + count, 0);
    const taken = lengths.reduce((sum, count, i) => sum + count / 2 ** (i + 1), 0);
    const end = offset + 17 + codes;
    if (kind > 1 || number > 3 || end > content.length || codes === 0 || taken > 1) {
      return "a Huffman table is damaged";
    }
    seen.add(`${kind === 0 ? "DC" : "AC"} ${number}`);
    offset = end;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function truncated(name: string): Error {
  return unreadable(name, "it ends before its picture does", "It is truncated: get it again.");
}
