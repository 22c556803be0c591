/**
 * Golden vectors: reading their cases and comparing results with them. The format, the keys and how to compare stand in
 * tests/golden/README.md. A check computes every expected key of a case through the public operations.
 */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { type NamedTensor, readSafetensors } from "../../pipeline/common/io/safetensors.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";

export interface GoldenCase {
  readonly name: string;
  // deno-lint-ignore no-explicit-any
  readonly parameters: Readonly<Record<string, any>>;
  /** Keys (without the case) whose values are to be computed: all that are stored in float64. */
  readonly expected: readonly string[];
  /** Keys (without the case) of the inputs. */
  readonly inputKeys: readonly string[];
  /** An input, from this case or from the one that it names as its source. @throws {Error} when there is none */
  input(key: string): NamedTensor;
  want(key: string): NamedTensor;
  /** The parameter_order of the file, where it has one. */
  readonly parameterOrder: readonly string[];
  /** Another golden file of the same folder. */
  other(file: string): Promise<GoldenFile>;
}

export interface GoldenFile {
  readonly name: string;
  readonly cases: readonly GoldenCase[];
  /** Any tensor by its full key. */
  tensor(key: string): NamedTensor;
  readonly keys: readonly string[];
}

/** Computes every expected key of a case. `exact`: direct convolutions only. */
export type GoldenCheck = (
  gpu: Gpu,
  golden: GoldenCase,
  exact: boolean,
) => Promise<Map<string, ArrayLike<number>>>;

/** A tensor's shape as [N, C, H, W], missing leading sides 1. */
export function shape4(tensor: NamedTensor): Shape {
  const sides = [1, 1, 1, 1, ...tensor.shape].slice(-4);
  return [sides[0], sides[1], sides[2], sides[3]];
}

/** The bytes at a path, or at an address where a browser runs the checks. */
export type ReadBytes = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Opens one file of a folder of golden vectors. */
export async function openGolden(
  folder: string,
  name: string,
  read: ReadBytes,
): Promise<GoldenFile> {
  const path = `${folder}/${name}.safetensors`;
  const { tensors, metadata } = readSafetensors(await read(path), path);
  const parametersOf = JSON.parse(metadata.cases);
  const parameterOrder = JSON.parse(metadata.parameter_order ?? "[]");
  const tensor = (key: string) => {
    const found = tensors.get(key);
    if (!found) {
      throw new Error(`${path} has no tensor ${key}; it has ${[...tensors.keys()].join(", ")}`);
    }
    return found;
  };
  const keysOf = (prefix: string, expected: boolean) =>
    [...tensors].filter(([key, { data }]) =>
      key.startsWith(`${prefix}/`) && (data instanceof Float64Array) === expected
    ).map(([key]) => key.slice(prefix.length + 1));
  const cases = Object.keys(parametersOf).map((caseName): GoldenCase => {
    const parameters = parametersOf[caseName];
    const source = parameters.inputs_from ?? caseName;
    return {
      name: caseName,
      parameters,
      expected: keysOf(caseName, true),
      inputKeys: keysOf(source, false),
      input: (key) =>
        tensor(tensors.has(`${caseName}/${key}`) ? `${caseName}/${key}` : `${source}/${key}`),
      want: (key) => tensor(`${caseName}/${key}`),
      parameterOrder,
      other: (file) => openGolden(folder, file, read),
    };
  });
  return { name, cases, tensor, keys: [...tensors.keys()] };
}
