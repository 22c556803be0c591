/** Types of the elements of PyTorch's storages, by the names of their classes. */

export interface ElementType {
  /** As in "torch.FloatStorage". */
  readonly storage: string;
  readonly bytes: number;
  /** An element as a number; only of floating-point types, which weights have. */
  readonly read?: (view: DataView, at: number) => number;
  /** Whether each element is a 32-bit floating-point number, too. */
  readonly exact?: boolean;
}

function bfloat16(view: DataView, at: number): number {
  const high = new DataView(new ArrayBuffer(4));
  high.setUint16(2, view.getUint16(at, true), true);
  return high.getFloat32(0, true);
}

const ALL: readonly ElementType[] = [
  {
    storage: "torch.FloatStorage",
    bytes: 4,
    read: (view, at) => view.getFloat32(at, true),
    exact: true,
  },
  { storage: "torch.DoubleStorage", bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  {
    storage: "torch.HalfStorage",
    bytes: 2,
    read: (view, at) => view.getFloat16(at, true),
    exact: true,
  },
  { storage: "torch.BFloat16Storage", bytes: 2, read: bfloat16, exact: true },
  { storage: "torch.LongStorage", bytes: 8 },
  { storage: "torch.IntStorage", bytes: 4 },
  { storage: "torch.ShortStorage", bytes: 2 },
  { storage: "torch.CharStorage", bytes: 1 },
  { storage: "torch.ByteStorage", bytes: 1 },
  { storage: "torch.BoolStorage", bytes: 1 },
];

export const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map(
  ALL.map((type) => [type.storage, type]),
);
