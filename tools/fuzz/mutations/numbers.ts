/** Numbers at which readers break: ends of integer types, signs, what is no number. */
import type { Rng } from "../../../pipeline/common/rng.ts";

const EDGES = [
  0,
  1,
  -1,
  2,
  255,
  256,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e308,
  0.5,
];

export function pick<T>(items: readonly T[], rng: Rng): T {
  return items[rng.integer(items.length)];
}

export function edgeNumber(rng: Rng): number {
  return pick(EDGES, rng);
}

/** As text, also what is no number to all readers. */
export function edgeText(rng: Rng): string {
  return pick([...EDGES.map(String), "NaN", ".nan", "Infinity", "-.inf", "1e400", "0x10", ""], rng);
}

/** Writes one of them over `bytes` at `offset`, as an integer or a float of 1 to 8 bytes in either order. */
export function writeEdge(bytes: Uint8Array, offset: number, rng: Rng): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = rng.integer(2) === 0;
  const room = bytes.length - offset;
  const value = edgeNumber(rng);
  const whole = BigInt(Math.abs(value) < 1e300 ? Math.trunc(value) : 2n ** 64n - 1n);
  const kinds: [width: number, name: string, write: () => void][] = [
    [1, "8 bits", () => view.setUint8(offset, Number(whole & 0xffn))],
    [2, "16 bits", () => view.setUint16(offset, Number(whole & 0xffffn), little)],
    [4, "32 bits", () => view.setUint32(offset, Number(whole & 0xffffffffn), little)],
    [8, "64 bits", () => view.setBigUint64(offset, BigInt.asUintN(64, whole), little)],
    [4, "float", () => view.setFloat32(offset, rng.integer(4) === 0 ? NaN : value, little)],
  ];
  const [, name, write] = pick(kinds.filter(([width]) => width <= room), rng);
  write();
  return `${value} as ${name}, ${little ? "little" : "big"}-endian, at byte ${offset}`;
}
