/**
 * PNG for whoever waits for it. The rows are those of pipeline/common/io/png_encode.ts, compressed by the runtime: on flows as
 * colours a tenth of the time for as many bytes. These may change with the version of the runtime, which is why results with
 * committed hashes are not written so.
 */
import { chunk, SIGNATURE } from "../common/io/png_chunks.ts";
import { filterRows } from "../common/io/png_filter.ts";

/**
 * @param channels 1 grey, 3 RGB
 * @param data [H, W, channels]; its length must be right
 */
export async function quickPng(
  width: number,
  height: number,
  channels: 1 | 3,
  data: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2], 8);
  const rows = filterRows(data, width * channels, channels) as Uint8Array<ArrayBuffer>;
  const parts = [
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", await deflate(rows)),
    chunk("IEND", new Uint8Array(0)),
  ];
  return await bytesOf(new Blob(parts as Uint8Array<ArrayBuffer>[]));
}

/** As one zlib stream. */
function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return bytesOf(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate")));
}

async function bytesOf(body: BodyInit): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}
