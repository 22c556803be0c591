import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ELEMENT_TYPES } from "../../pipeline/torch/element_types.ts";
import { readElements } from "../../pipeline/torch/tensor.ts";
import { StorageReference, TensorReference } from "../../pipeline/torch/values.ts";

function elements(type: string, bytes: number[], shape: number[], strides: number[], offset = 0) {
  const elementType = ELEMENT_TYPES.get(`torch.${type}Storage`)!;
  const storage = new StorageReference("0", elementType, bytes.length / elementType.bytes);
  // A view that begins at an odd place of its buffer, as in the older format.
  const odd = Uint8Array.from([7, ...bytes]).subarray(1);
  return [
    ...readElements(new TensorReference(storage, offset, shape, strides), odd, elementType.read!),
  ];
}

Deno.test("readElements() reads floats of every length, little-endian", () => {
  assertEquals(elements("Float", [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0], [2], [1]), [1.5, -2]);
  assertEquals(elements("Double", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1], [1]), [1.5]);
  assertEquals(elements("Half", [0, 0x3e, 1, 0], [2], [1]), [1.5, 2 ** -24]);
  assertEquals(elements("BFloat16", [0xc0, 0x3f, 0x80, 0xff], [2], [1]), [1.5, -Infinity]);
  const exact = [...ELEMENT_TYPES.values()].filter((type) => type.exact);
  assertEquals(exact.map((type) => type.storage), [
    "torch.FloatStorage",
    "torch.HalfStorage",
    "torch.BFloat16Storage",
  ]);
});

Deno.test("readElements() follows strides, offsets and sides of 0 and 1", () => {
  const bytes = [...new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer)];
  const read = (shape: number[], strides: number[], offset = 0) =>
    elements("Float", bytes, shape, strides, offset);
  assertEquals(read([2, 3], [3, 1]), [0, 1, 2, 3, 4, 5]);
  assertEquals(read([3, 2], [1, 3], 4), [4, 7, 5, 8, 6, 9]);
  assertEquals(read([2, 1, 3], [12, 5, 2], 1), [1, 3, 5, 13, 15, 17]);
  assertEquals(read([2, 2], [0, 1], 9), [9, 10, 9, 10]);
  assertEquals(read([], [], 23), [23]);
  assertEquals(read([3, 0, 2], [1, 1, 1]), []);
});

Deno.test("readElements() never reads beyond the storage", () => {
  const error = assertThrows(() => elements("Float", [0, 0, 0, 0], [2], [1]), RangeError);
  assertStringIncludes(error.message, "Offset is outside the bounds");
});
