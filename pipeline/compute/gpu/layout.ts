/**
 * The one place that knows how tensors lie on the device. Files, tests and docstrings speak [N, C, H, W]; on the device
 * activations are [N, H, W, slots], channels last, in slots padded to a multiple of four. A concatenation keeps the
 * padding of its parts: `segments` lists their channel counts, each part starts at a multiple of four slots.
 * Weights are [tap][input slot][output slot]. Padding slots always hold zero.
 */
import type { Shape } from "./tensor.ts";

/** Slots of a list of segments: each channel count rounded up to a multiple of four. */
export function slotCount(segments: readonly number[]): number {
  return segments.reduce((sum, channels) => sum + 4 * Math.ceil(channels / 4), 0);
}

/** The slot of each logical channel. */
export function channelSlots(segments: readonly number[]): number[] {
  const slots: number[] = [];
  let start = 0;
  for (const channels of segments) {
    for (let channel = 0; channel < channels; channel++) slots.push(start + channel);
    start += 4 * Math.ceil(channels / 4);
  }
  return slots;
}

/** Bytes of an activation on the device. */
export function activationBytes([n, , h, w]: Shape, segments: readonly number[]): number {
  return n * h * w * slotCount(segments) * 4;
}

/** [N, C, H, W] values to the device's order. */
export function packActivation(
  data: ArrayLike<number>,
  [n, c, h, w]: Shape,
  segments: readonly number[] = [c],
): Float32Array<ArrayBuffer> {
  const slots = channelSlots(segments), stride = slotCount(segments);
  const out = new Float32Array(n * h * w * stride);
  for (let image = 0, source = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      let target = image * h * w * stride + slots[channel];
      for (let pixel = 0; pixel < h * w; pixel++, target += stride) out[target] = data[source++];
    }
  }
  return out;
}

/** The device's order back to [N, C, H, W]. */
export function unpackActivation(
  data: Float32Array,
  [n, c, h, w]: Shape,
  segments: readonly number[] = [c],
): Float32Array<ArrayBuffer> {
  const slots = channelSlots(segments), stride = slotCount(segments);
  const out = new Float32Array(n * c * h * w);
  for (let image = 0, target = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      let source = image * h * w * stride + slots[channel];
      for (let pixel = 0; pixel < h * w; pixel++, source += stride) out[target++] = data[source];
    }
  }
  return out;
}

/** Floats of a convolution weight [co, ci, k, k] on the device. */
export function weightFloats([co, , k]: Shape, inputSegments: readonly number[]): number {
  return k * k * slotCount(inputSegments) * slotCount([co]);
}

// Calls visit(file index, device index) for each weight.
function forEachWeight(
  [co, ci, k]: Shape,
  inputSegments: readonly number[],
  visit: (file: number, device: number) => void,
): void {
  const slots = channelSlots(inputSegments);
  const inputStride = slotCount([co]), tapStride = slotCount(inputSegments) * inputStride;
  let file = 0;
  for (let output = 0; output < co; output++) {
    for (let input = 0; input < ci; input++) {
      for (let tap = 0; tap < k * k; tap++) {
        visit(file++, tap * tapStride + slots[input] * inputStride + output);
      }
    }
  }
}

/** Writes a weight [co, ci, k, k] into `out` at `offset` floats, in the device's order. */
export function packWeight(
  data: ArrayLike<number>,
  shape: Shape,
  inputSegments: readonly number[],
  out: Float32Array,
  offset: number,
): void {
  forEachWeight(shape, inputSegments, (file, device) => out[offset + device] = data[file]);
}

/** Reads a weight from the device's order at `offset` floats of `data` back to [co, ci, k, k]. */
export function unpackWeight(
  data: Float32Array,
  offset: number,
  shape: Shape,
  inputSegments: readonly number[],
): Float32Array {
  const out = new Float32Array(shape[0] * shape[1] * shape[2] * shape[3]);
  forEachWeight(shape, inputSegments, (file, device) => out[file] = data[offset + device]);
  return out;
}
