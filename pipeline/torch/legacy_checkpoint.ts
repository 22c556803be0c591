/**
 * The format of torch.save() up to PyTorch 1.5: five pickles one after the other (a magic number, a version, what the
 * machine was like, the value, the names of storages), then each storage, its length before it. Nothing has a checksum.
 */
import { unreadable } from "../common/io/text.ts";
import { type Checkpoint, GET_AGAIN, SAVE_WEIGHTS } from "./checkpoint.ts";
import { TorchVocabulary } from "./constructors.ts";
import { readPickle } from "./pickle.ts";
import { describe, shown, type StorageReference, type Value } from "./values.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
const LENGTH_BYTES = 8;

/**
 * @param file its name, for errors
 * @throws {Error} when it is no such file, is damaged or big-endian, or holds more than weights and plain values
 */
export function readLegacyCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  let at = 0;
  const vocabulary = new TorchVocabulary();
  const next = (part: string): Value => {
    const { value, end } = readPickle(bytes, at, vocabulary, { file, part, mend: SAVE_WEIGHTS });
    at = end;
    return value;
  };
  const expect = (part: string, wanted: Value) => {
    const value = next(part);
    if (value === wanted) return;
    throw unreadable(
      file,
      `its ${part} is ${
        describe(value)
      }, wanted is ${wanted}; it is a pickle, but none of torch.save()`,
      SAVE_WEIGHTS,
    );
  };
  expect("magic number", MAGIC);
  expect("version", VERSION);
  refuseBigEndian(next("notes on the machine"), file);
  const value = next("value");
  const keys = next("list of storages");
  const places = placeStorages(bytes, at, keys, vocabulary.storages, file);
  return {
    format: "legacy",
    value,
    bytesOf: ({ key }) => {
      const { from, to } = places.get(key)!;
      return Promise.resolve(bytes.subarray(from, to));
    },
  };
}

function refuseBigEndian(notes: Value, file: string): void {
  const little = notes instanceof Map ? notes.get("little_endian") : undefined;
  if (little === true) return;
  throw unreadable(
    file,
    little === false
      ? "it was written on a big-endian machine, and only little-endian numbers are read"
      : "it does not say which order the bytes of its numbers have",
    "Save it again on a little-endian machine.",
  );
}

/** Where each storage lies: they follow each other in the order of the list, up to the end of the file. */
function placeStorages(
  bytes: Uint8Array,
  start: number,
  keys: Value,
  storages: ReadonlyMap<string, StorageReference>,
  file: string,
): Map<string, { from: number; to: number }> {
  const fail = (what: string): never => {
    throw unreadable(file, what, GET_AGAIN);
  };
  if (!Array.isArray(keys)) return fail(`its list of storages is ${describe(keys)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, { from: number; to: number }>();
  let at = start;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage) return fail(`its list of storages names ${describe(key)}, which no tensor uses`);
    const name = `storage ${shown(storage.key)}`;
    if (places.has(storage.key)) fail(`its list of storages names ${name} twice`);
    if (bytes.length - at < LENGTH_BYTES) fail(`it ends before its ${name}; it is truncated`);
    const length = view.getBigInt64(at, true);
    if (length !== BigInt(storage.length)) {
      fail(`its ${name} has ${length} elements, its tensors say ${storage.length}`);
    }
    const from = at + LENGTH_BYTES, to = from + storage.length * storage.elements.bytes;
    if (to > bytes.length) fail(`it ends within its ${name}; it is truncated`);
    places.set(storage.key, { from, to });
    at = to;
  }
  const missing = [...storages.keys()].filter((key) => !places.has(key));
  if (missing.length > 0) {
    fail(
      `its list of storages lacks ${missing.length} that tensors use, such as ${shown(missing[0])}`,
    );
  }
  if (at < bytes.length) fail(`${bytes.length - at} bytes lie behind its last storage`);
  return places;
}
