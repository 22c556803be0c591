/**
 * A clip of so many pictures as asked for, whatever else the machine does: WebM around pictures that the browser's own encoder
 * makes, since a recording by it loses pictures when it is busy.
 */
import type { Page } from "puppeteer-core";

const WIDTH = 96, HEIGHT = 64;
/** Above all that a number of 8 bytes as a size could hold here. */
const SIZE_BYTES = 8;

function element(id: string, ...content: (Uint8Array | readonly number[])[]): Uint8Array {
  const length = content.reduce((sum, { length }) => sum + length, 0);
  const size = new Uint8Array(SIZE_BYTES);
  new DataView(size.buffer).setUint32(SIZE_BYTES - 4, length);
  size[0] = 1;
  return Uint8Array.from([...Uint8Array.fromHex(id), ...size, ...content.flatMap((c) => [...c])]);
}

const text = (value: string) => new TextEncoder().encode(value);

function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** Each picture a whole one, so that any is found without an index. @param durationMs of the clip, if it is to say so */
function webm(pictures: readonly Uint8Array[], stepMs: number, durationMs?: number): Uint8Array {
  const head = element(
    "1a45dfa3",
    element("4286", [1]),
    element("42f7", [1]),
    element("42f2", [4]),
    element("42f3", [8]),
    element("4282", text("webm")),
    element("4287", [4]),
    element("4285", [2]),
  );
  const info = element(
    "1549a966",
    // Times are in milliseconds.
    element("2ad7b1", [0x0f, 0x42, 0x40]),
    element("4d80", text("test")),
    element("5741", text("test")),
    ...durationMs === undefined ? [] : [element("4489", float64(durationMs))],
  );
  const video = element("e0", element("b0", [WIDTH]), element("ba", [HEIGHT]));
  const track = element(
    "ae",
    element("d7", [1]),
    element("73c5", [1]),
    element("83", [1]),
    element("86", text("V_VP8")),
    video,
  );
  const blocks = pictures.map((picture, i) => {
    const time = Math.round(i * stepMs);
    return element("a3", [0x81, time >> 8, time & 255, 0x80], picture);
  });
  const cluster = element("1f43b675", element("e7", [0]), ...blocks);
  return Uint8Array.from([
    ...head,
    ...element("18538067", info, element("1654ae6b", track), cluster),
  ]);
}

/** A square that goes right by two pixels from picture to picture. @param timed whether the clip says how long it is */
export async function clip(
  page: Page,
  { pictures, rate, timed }: { pictures: number; rate: number; timed: boolean },
): Promise<Uint8Array> {
  const encoded = await page.evaluate(`(async () => {
    const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT}), context = canvas.getContext("2d"), made = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        made.push(bytes.toBase64());
      },
      error: (error) => { throw error; },
    });
    encoder.configure({ codec: "vp8", width: ${WIDTH}, height: ${HEIGHT}, bitrate: 2_000_000 });
    for (let place = 0; place < ${pictures}; place++) {
      context.fillStyle = "#204060";
      context.fillRect(0, 0, ${WIDTH}, ${HEIGHT});
      context.fillStyle = "#f0d020";
      context.fillRect(2 * place, 20, 30, 24);
      const frame = new VideoFrame(canvas, { timestamp: place * 1e6 / ${rate} });
      encoder.encode(frame, { keyFrame: true });
      frame.close();
    }
    await encoder.flush();
    return made;
  })()`) as string[];
  const stepMs = 1000 / rate;
  return webm(
    encoded.map((chunk) => Uint8Array.fromBase64(chunk)),
    stepMs,
    timed ? pictures * stepMs : undefined,
  );
}
