/**
 * The names that pickles of PyTorch may use, and what they make: dictionaries, tensors as references to where their
 * elements lie, and scalars of NumPy, which training programs save beside the weights. Nothing is imported or executed.
 */
import { ELEMENT_TYPES } from "./element_types.ts";
import { setItem, type Vocabulary } from "./pickle.ts";
import { Refusal } from "./refusal.ts";
import {
  Constructor,
  describe,
  shown,
  StorageReference,
  TensorReference,
  Tuple,
  Unused,
  type Value,
} from "./values.ts";

type Make = (args: readonly Value[]) => Value;

/** Of what is named here, each may be called. */
const CALLABLE: Readonly<Record<string, Make>> = {
  "collections.OrderedDict": orderedDictionary,
  "torch._utils._rebuild_tensor": ([storage, offset, shape, strides]) =>
    tensor(storage, offset, shape, strides),
  // The others are whether it has a gradient, its hooks, and metadata.
  "torch._utils._rebuild_tensor_v2": ([storage, offset, shape, strides]) =>
    tensor(storage, offset, shape, strides),
  "torch._utils._rebuild_parameter": ([data]) => {
    if (data instanceof TensorReference) return data;
    throw new Refusal(`a parameter is made of ${describe(data ?? null)}`);
  },
  "torch.Size": ([sizes]) => new Tuple(itemsOf(sizes ?? null, "a size")),
  "numpy.core.multiarray.scalar": () => new Unused("a scalar of NumPy"),
  "numpy._core.multiarray.scalar": () => new Unused("a scalar of NumPy"),
  "numpy.dtype": () => new Unused("a type of NumPy"),
  // How protocol 2 writes the bytes of such a scalar.
  "_codecs.encode": () => new Unused("bytes"),
};

const CONSTRUCTORS: ReadonlyMap<string, Constructor> = new Map([
  ...Object.entries(CALLABLE).map(([name, make]): [string, Constructor] => [
    name,
    new Constructor(name, make),
  ]),
  ...[...ELEMENT_TYPES].map(([name, type]): [string, Constructor] => [
    name,
    new Constructor(name, undefined, type),
  ]),
]);

function orderedDictionary(args: readonly Value[]): Value {
  const map = new Map<Value, Value>();
  for (const pair of args.length === 0 ? [] : itemsOf(args[0], "an OrderedDict")) {
    const [key, value, ...others] = itemsOf(pair, "an entry of an OrderedDict");
    if (value === undefined || others.length > 0) {
      throw new Refusal(`an entry of an OrderedDict is ${describe(pair)}`);
    }
    setItem(map, key, value);
  }
  return map;
}

function itemsOf(value: Value, what: string): readonly Value[] {
  if (value instanceof Tuple) return value.items;
  if (Array.isArray(value)) return value;
  throw new Refusal(`${what} is made of ${describe(value)}`);
}

/** Of a tensor of weights or of an optimiser. */
const MOST_SIDES = 16;

function counts(value: Value, what: string): number[] {
  const items = itemsOf(value, what);
  if (items.length > MOST_SIDES) throw new Refusal(`${what} has ${items.length} sides`);
  return items.map((item) => count(item, what));
}

function count(value: Value, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(`${what} holds ${describe(value)}, wanted is a whole number from 0 on`);
}

function tensor(storage?: Value, offset?: Value, shape?: Value, strides?: Value): Value {
  if (!(storage instanceof StorageReference)) {
    throw new Refusal(`a tensor is made of ${describe(storage ?? null)}, wanted is a storage`);
  }
  const first = count(offset ?? null, "the offset of a tensor");
  const sides = counts(shape ?? null, "the shape of a tensor");
  const steps = counts(strides ?? null, "the strides of a tensor");
  if (sides.length !== steps.length) {
    throw new Refusal(`a tensor has the shape [${sides}] and the strides [${steps}]`);
  }
  const end = sides.includes(0)
    ? first
    : 1 + sides.reduce((last, side, i) => last + (side - 1) * steps[i], first);
  if (end > storage.length) {
    throw new Refusal(
      `a tensor [${sides}] with offset ${first} and strides [${steps}] ends behind its storage of ` +
        `${storage.length} elements`,
    );
  }
  return new TensorReference(storage, first, sides, steps);
}

/** Knows these names, and collects the storages that a pickle refers to. */
export class TorchVocabulary implements Vocabulary {
  readonly #storages = new Map<string, StorageReference>();

  /** By their names in the file. */
  get storages(): ReadonlyMap<string, StorageReference> {
    return this.#storages;
  }

  find(name: string): Constructor | undefined {
    return CONSTRUCTORS.get(name);
  }

  load(id: Value): Value {
    const items = id instanceof Tuple ? id.items : [];
    const [kind, type, key, , length, view] = items;
    if (kind !== "storage" || !(type instanceof Constructor) || typeof key !== "string") {
      throw new Refusal(`stands for ${describe(id)} outside of the pickle, which is no storage`);
    }
    if (!type.elements) throw new Refusal(`a storage is of the type ${type.name}`);
    if (view !== undefined && view !== null) {
      throw new Refusal("a storage is a part of another one, as PyTorch before 0.4 saved them");
    }
    const elements = count(length ?? null, `the storage ${shown(key)}`);
    const known = this.#storages.get(key);
    if (known && (known.elements !== type.elements || known.length !== elements)) {
      throw new Refusal(
        `the storage ${shown(key)} has ${elements} elements of ${type.name}, and elsewhere ` +
          `${known.length} of ${known.elements.storage}`,
      );
    }
    const storage = known ?? new StorageReference(key, type.elements, elements);
    this.#storages.set(key, storage);
    return storage;
  }
}
