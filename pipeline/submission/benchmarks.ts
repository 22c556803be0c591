/**
 * What benchmarks want to be sent, by their own instructions: MPI Sintel a folder of .flo files for each pass, which its
 * program `bundler` packs (bundler/README.txt in MPI-Sintel-complete.zip), KITTI a zip of flow maps, of 2012 in its root, of
 * 2015 in a folder (readme.txt of the development kits).
 */
import { readFlo, writeFlo } from "../common/io/flo.ts";
import { KITTI_STEP, readKittiFlow, writeKittiFlow } from "../common/io/kitti_flow.ts";

/** A flow field of the size of its pair. */
export interface Field {
  readonly width: number;
  readonly height: number;
  /** [H, W, 2] in pixels */
  readonly flow: Float32Array;
}

/** A form of file that flow is sent in. */
interface FlowFormat {
  /** @throws {Error} where the flow cannot be written */
  encode(field: Field): Uint8Array<ArrayBuffer>;
  decode(bytes: Uint8Array, name: string): Field & { readonly valid: Uint8Array };
  /** By how much a component may differ when it is read again, in pixels. */
  readonly tolerance: number;
  /** Beyond this length of a component, in pixels, the file cannot hold it. */
  readonly limit: number;
}

export interface Benchmark {
  readonly name: string;
  /** Data sets whose pairs are sent, with how many there are of each. */
  readonly datasets: Readonly<Record<string, number>>;
  /** A zip of all files; else they lie in a folder of the benchmark's name. */
  readonly zip: boolean;
  readonly format: FlowFormat;
  /** Path of a pair's file in the zip or folder. @throws {Error} where the benchmark has no pair of this name */
  path(dataset: string, pair: string): string;
}

const FLO: FlowFormat = { encode: writeFlo, decode: readFlo, tolerance: 0, limit: 1e9 };

const KITTI: FlowFormat = {
  encode: ({ width, height, flow }) =>
    writeKittiFlow({ width, height, flow, valid: new Uint8Array(width * height).fill(1) }),
  decode: readKittiFlow,
  tolerance: KITTI_STEP / 2,
  limit: 511,
};

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: "sintel",
    datasets: { sintel_clean_test: 552, sintel_final_test: 552 },
    zip: false,
    format: FLO,
    path(dataset, pair) {
      const [, scene, number] = match(/^([^/]+)\/frame_(\d{4})$/, pair, dataset);
      return `${dataset === "sintel_clean_test" ? "clean" : "final"}/${scene}/frame${number}.flo`;
    },
  },
  kitti("kitti2012", 195, ""),
  kitti("kitti2015", 200, "flow/"),
];

function kitti(name: string, pairs: number, folder: string): Benchmark {
  return {
    name,
    datasets: { [`${name}_test`]: pairs },
    zip: true,
    format: KITTI,
    path: (dataset, pair) => `${folder}${match(/^(\d{6})$/, pair, dataset)[1]}_10.png`,
  };
}

function match(pattern: RegExp, pair: string, dataset: string): RegExpExecArray {
  const found = pattern.exec(pair);
  if (found) return found;
  throw new Error(
    `Cannot submit the pair ${pair} of ${dataset}: the benchmark has none of such a name.`,
  );
}

/**
 * The file of a flow field.
 * @param name the file's, for errors
 * @throws {Error} where a value is not finite
 * @returns bytes, and how many components are beyond what the format holds, and were limited
 */
export function encodeField(
  { format }: Benchmark,
  field: Field,
  name: string,
): { bytes: Uint8Array<ArrayBuffer>; limited: number } {
  const wrong = field.flow.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new Error(
      `Cannot write ${name}: the predicted flow at pixel ${wrong >> 1} is ${
        field.flow[wrong]
      }. Look for the step at ` +
        "which the network stopped giving numbers.",
    );
  }
  const limited = field.flow.reduce(
    (count, value) => count + (Math.abs(value) > format.limit ? 1 : 0),
    0,
  );
  return { bytes: format.encode(field), limited };
}

/**
 * Checks what was written by reading it again.
 * @param bytes the file as it is now
 * @throws {Error} where it has another size, lacks a pixel, or holds another flow than it should
 */
export function checkField(
  { format }: Benchmark,
  bytes: Uint8Array,
  { width, height, flow }: Field,
  name: string,
): void {
  const read = format.decode(bytes, name);
  const fail = (what: string): never => {
    throw new Error(`Cannot submit ${name}: read again, ${what}. Run the stage evaluate again.`);
  };
  if (read.width !== width || read.height !== height) {
    fail(`it is ${read.width} x ${read.height}, the pair ${width} x ${height}`);
  }
  const unknown = read.valid.indexOf(0);
  if (unknown >= 0) fail(`its pixel ${unknown} is unknown`);
  const wrong = flow.findIndex((value, i) => {
    const kept = Math.max(-format.limit, Math.min(format.limit, value));
    const beyond = kept !== value && Math.abs(read.flow[i]) >= format.limit;
    return !beyond && Math.abs(read.flow[i] - kept) > format.tolerance;
  });
  if (wrong >= 0) {
    fail(`it has ${read.flow[wrong]} px at pixel ${wrong >> 1}, predicted was ${flow[wrong]}`);
  }
}

/** The benchmark that a data set is sent to. */
export function benchmarkOf(dataset: string): Benchmark | undefined {
  return BENCHMARKS.find(({ datasets }) => Object.hasOwn(datasets, dataset));
}
