/** Archives in memory for tests: of a list of files, or zipped. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { Archive } from "../../pipeline/fetch/archive.ts";
import { writeFlo } from "../../pipeline/common/io/flo.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";

export type Files = Record<string, Uint8Array>;

export function memoryArchive(files: Files, name = "test.zip"): Archive {
  const read = (path: string) => Promise.resolve(files[path]);
  return { name, paths: Object.keys(files).sort(), read };
}

/** A zip whose entries keep their paths as given, escaping ones included. @param options for every entry */
export async function zip(
  files: Files,
  options: Parameters<ZipWriter<Uint8Array>["add"]>[2] = {},
): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [path, bytes] of Object.entries(files)) {
    await writer.add(path, new Uint8ArrayReader(bytes), options);
  }
  return await writer.close();
}

/** Two zips as one, so that a path can occur twice; both without zip64. */
export function joinZips(first: Uint8Array, second: Uint8Array): Uint8Array {
  const directory = (bytes: Uint8Array) => {
    const end = bytes.length - 22;
    const view = new DataView(bytes.buffer, bytes.byteOffset + end);
    const start = view.getUint32(16, true);
    return {
      content: bytes.slice(0, start),
      table: bytes.slice(start, end),
      end: bytes.slice(end),
    };
  };
  const a = directory(first), b = directory(second);
  let at = 0;
  while (at < b.table.length) {
    const view = new DataView(b.table.buffer, at);
    view.setUint32(42, view.getUint32(42, true) + a.content.length, true);
    at += 46 + view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true);
  }
  const count = (end: Uint8Array) => new DataView(end.buffer).getUint16(10, true);
  const end = new DataView(b.end.buffer);
  const entries = count(a.end) + count(b.end);
  end.setUint16(8, entries, true);
  end.setUint16(10, entries, true);
  end.setUint32(12, a.table.length + b.table.length, true);
  end.setUint32(16, a.content.length + b.content.length, true);
  return Uint8Array.of(...a.content, ...b.content, ...a.table, ...b.table, ...b.end);
}

/** A picture of one colour. */
export function picture(width: number, height: number, value: number, channels = 3): Uint8Array {
  const data = new Uint8Array(width * height * channels).fill(value);
  return encodePng({ width, height, channels, data });
}

/** A .flo file of one vector. */
export function flo(width: number, height: number, u: number, v: number): Uint8Array {
  const flow = Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? u : v);
  return writeFlo({ width, height, flow });
}

/** A small Middlebury archive with two sequences. */
export function middleburyFiles(): Files {
  return {
    "other-data/Venus/frame10.png": picture(5, 4, 10),
    "other-data/Venus/frame11.png": picture(5, 4, 11),
    "other-gt-flow/Venus/flow10.flo": flo(5, 4, 2, -1),
    "other-data/Walking/frame10.png": picture(3, 4, 20),
    "other-data/Walking/frame11.png": picture(3, 4, 21),
    "other-gt-flow/Walking/flow10.flo": flo(3, 4, 0.5, 0),
  };
}
