/**
 * Unpacks what pipeline/picture/viewer/pack.ts packed: frames back to RGB, flow to pixels. Runs in a browser.
 */

/** Undoes differences8. */
export function undo8(bytes, width) {
  const values = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] + predict(values, i, width);
  return values;
}

/** Undoes differences16; flow in pixels. */
export function undo16(bytes, width, stepsPerPixel) {
  const length = bytes.length / 2;
  const values = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    const folded = bytes[i] | (bytes[length + i] << 8);
    values[i] = ((folded >> 1) ^ -(folded & 1)) + predict(values, i, width);
  }
  return Float32Array.from(values, (value) => value / stepsPerPixel);
}

function predict(values, i, width) {
  if (i === 0) return 0;
  if (i < width) return values[i - 1];
  const above = values[i - width];
  if (i % width === 0) return above;
  const left = values[i - 1], corner = values[i - width - 1];
  const low = Math.min(left, above), high = Math.max(left, above);
  return Math.min(high, Math.max(low, left + above - corner));
}

/** RGBA [h, w, 4] of 7-bit luma and half-size 7-bit colour differences. */
function toColours(luma, blue, red, width, height) {
  const half = Math.ceil(width / 2);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    const at = (i / width >> 1) * half + (i % width >> 1);
    const y = 2 * luma[i], b = 2 * blue[at] - 128, r = 2 * red[at] - 128;
    rgba[4 * i] = y + 1.402 * r;
    rgba[4 * i + 1] = y - 0.344136 * b - 0.714136 * r;
    rgba[4 * i + 2] = y + 1.772 * b;
  }
  return rgba;
}

/** The parts of an inflated pair: frames as RGBA, flows as their two components, marks. */
export function splitPair(content, width, height, stepsPerPixel) {
  const pixels = width * height;
  const half = Math.ceil(width / 2), halfPixels = half * Math.ceil(height / 2);
  let offset = 0;
  const take = (length) => content.subarray(offset, offset += length);
  const frame = () =>
    toColours(
      undo8(take(pixels), width),
      undo8(take(halfPixels), half),
      undo8(take(halfPixels), half),
      width,
      height,
    );
  const component = () => undo16(take(2 * pixels), width, stepsPerPixel);
  const frame1 = frame(), frame2 = frame();
  const truth = { u: component(), v: component() };
  const predicted = { u: component(), v: component() };
  return { frame1, frame2, truth, predicted, marks: take(pixels) };
}

/** Inflates a base64 text of zlib data. */
export async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
