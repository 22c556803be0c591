/** What a pickle of PyTorch is made of, as plain data: nothing of it can be called but the constructors of constructors.ts. */
import type { ElementType } from "./element_types.ts";

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

/** A class or function that may be named; `call` makes what it stands for out of arguments, where it may be called. */
export class Constructor {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly Value[]) => Value,
    /** Of a class of storages. */
    readonly elements?: ElementType,
  ) {}
}

/** A value that is known, and of no use here, such as a scalar of NumPy. */
export class Unused {
  constructor(readonly what: string) {}
}

/** A run of elements that tensors share. */
export class StorageReference {
  constructor(
    /** Its name in the file. */
    readonly key: string,
    readonly elements: ElementType,
    /** Its elements. */
    readonly length: number,
  ) {}
}

/** A tensor, and where its elements lie: element [i, j, ...] at offset + i * strides[0] + j * strides[1] + ... */
export class TensorReference {
  constructor(
    readonly storage: StorageReference,
    /** In elements, as the strides. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tuple
  | Value[]
  | Map<Value, Value>
  | Constructor
  | Unused
  | StorageReference
  | TensorReference;

const LONGEST = 80;

/** A text from a file, for errors: in quotes, control characters escaped, cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}

/** What a value is, for people: "a dictionary of 3", "the number 5". */
export function describe(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "string") return `the text ${shown(value)}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (value instanceof Constructor) return value.name;
  if (value instanceof Unused) return value.what;
  if (value instanceof StorageReference) return `a storage of ${value.length} elements`;
  return `a tensor [${value.shape}]`;
}
