/** The elements of a tensor of a checkpoint, in order, whatever its strides. */
import type { TensorReference } from "./values.ts";

/**
 * @param bytes of its whole storage, little-endian
 * @param read an element of the storage as a number
 * @returns its elements, the last index fastest; as many as its shape says
 */
export function readElements(
  { storage: { elements: { bytes: size } }, offset, shape, strides }: TensorReference,
  bytes: Uint8Array,
  read: (view: DataView, at: number) => number,
): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  const index = shape.map(() => 0);
  let element = offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = read(view, element * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      element += strides[axis];
      if (++index[axis] < shape[axis]) break;
      element -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return values;
}
