/**
 * All parameters of a network in one flat buffer on the device, as are their gradients and both moments of Adam:
 * one dispatch updates them, one copy saves them. Weights come first, biases after `weightFloats`.
 */
import type { Gpu } from "./gpu/device.ts";
import { packWeight, slotCount, unpackWeight, weightFloats } from "./gpu/layout.ts";
import { persistentStorage, readStorage, type Shape, type Storage } from "./gpu/tensor.ts";

/** What a network declares of a parameter. A bias [co] is described as [co, 1, 1, 1] with kind "bias". */
export interface ParameterDescription {
  readonly name: string;
  readonly kind: "weight" | "bias";
  /** [co, ci, k, k]. */
  readonly shape: Shape;
  /** Channel counts of the concatenated inputs of a weight; [ci] when there is one. */
  readonly inputSegments: readonly number[];
}

export interface Parameter extends ParameterDescription {
  /** First float in the flat buffers, a multiple of 4. */
  readonly offset: number;
  /** Floats on the device, padding included. */
  readonly floats: number;
  /** The flat buffer of values. */
  readonly values: Storage;
  /** The flat buffer of gradients. */
  readonly gradients: Storage;
}

/** The shape in files: [co, ci, k, k] of a weight, [co] of a bias. */
export function fileShape(description: ParameterDescription): number[] {
  return description.kind === "bias" ? [description.shape[0]] : [...description.shape];
}

export class Parameters {
  readonly #gpu: Gpu;
  readonly #byName = new Map<string, Parameter>();
  readonly values: Storage;
  readonly gradients: Storage;
  /** Floats of all weights; biases lie behind. */
  readonly weightFloats: number;
  /** Floats of all parameters. */
  readonly floats: number;

  /** @throws {Error} when a name is given twice */
  constructor(gpu: Gpu, descriptions: readonly ParameterDescription[]) {
    this.#gpu = gpu;
    const order = [
      ...descriptions.filter(({ kind }) => kind === "weight"),
      ...descriptions.filter(({ kind }) => kind === "bias"),
    ];
    const sizes = order.map(({ kind, shape, inputSegments }) =>
      kind === "weight" ? weightFloats(shape, inputSegments) : slotCount([shape[0]])
    );
    this.floats = sizes.reduce((sum, size) => sum + size, 0);
    this.weightFloats = order.reduce(
      (sum, { kind }, i) => sum + (kind === "weight" ? sizes[i] : 0),
      0,
    );
    this.values = persistentStorage(gpu, "parameters", 4 * this.floats);
    this.gradients = persistentStorage(gpu, "gradients", 4 * this.floats);
    let offset = 0;
    const placed = new Map<string, Parameter>();
    order.forEach((description, index) => {
      if (placed.has(description.name)) {
        throw new Error(`Parameter ${description.name} is declared twice.`);
      }
      placed.set(description.name, {
        ...description,
        offset,
        floats: sizes[index],
        values: this.values,
        gradients: this.gradients,
      });
      offset += sizes[index];
    });
    for (const { name } of descriptions) this.#byName.set(name, placed.get(name)!);
  }

  /** @throws {Error} when there is no parameter of that name */
  get(name: string): Parameter {
    const parameter = this.#byName.get(name);
    if (!parameter) {
      throw new Error(
        `The network has no parameter ${name}; it has ${[...this.#byName.keys()].join(", ")}.`,
      );
    }
    return parameter;
  }

  /** All parameters in the order of their declaration. */
  all(): Parameter[] {
    return [...this.#byName.values()];
  }

  /**
   * Sets all parameters from values in the order of files, [co, ci, k, k] or [co].
   * @throws {Error} listing all names that are missing, unknown or of another length
   */
  write(valuesByName: ReadonlyMap<string, ArrayLike<number>>): void {
    const flat = new Float32Array(this.floats);
    const problems: string[] = [];
    for (const parameter of this.all()) {
      const { name, kind, shape, offset, inputSegments } = parameter;
      const given = valuesByName.get(name);
      const wanted = shape[0] * shape[1] * shape[2] * shape[3];
      if (!given) problems.push(`${name} is missing`);
      else if (given.length !== wanted) {
        problems.push(
          `${name} has ${given.length} values, wanted are ${wanted} ([${fileShape(parameter)}])`,
        );
      } else if (kind === "bias") flat.set(Array.from(given), offset);
      else packWeight(given, shape, inputSegments, flat, offset);
    }
    for (const name of valuesByName.keys()) {
      if (!this.#byName.has(name)) problems.push(`${name} is unknown`);
    }
    if (problems.length > 0) throw new Error(`Cannot load the parameters: ${problems.join("; ")}.`);
    this.#gpu.device.queue.writeBuffer(this.values.buffer!, 0, flat);
  }

  /** Reads values, gradients, or another flat buffer laid out alike, in the order of files. */
  async read(
    source: "values" | "gradients" | Storage = "values",
  ): Promise<Map<string, Float32Array>> {
    const storage = typeof source === "string" ? this[source] : source;
    const flat = await readStorage(this.#gpu, storage);
    return new Map(
      this.all().map(({ name, kind, shape, offset, inputSegments }) => [
        name,
        kind === "bias"
          ? flat.slice(offset, offset + shape[0])
          : unpackWeight(flat, offset, shape, inputSegments),
      ]),
    );
  }
}
