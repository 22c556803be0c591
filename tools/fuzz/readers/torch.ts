/** The reader of PyTorch's checkpoints, in both of their formats. */
import { type ImportedModel, importPwcLite } from "../../../pipeline/torch/import_pwclite.ts";
import { bytesOf, joinBytes, type Make, type Reader } from "../reader.ts";
import {
  call,
  dictionary,
  FALSE,
  keep,
  kept,
  legacyFile,
  legacyHead,
  list,
  little,
  named,
  NONE,
  number,
  type Part,
  pickle,
  repeat,
  sampleNetwork,
  storage,
  tensor,
  text,
  tuple,
  withZip64,
  zipFile,
} from "../torch_parts.ts";

const DEPTH = 100_000;

const read = (bytes: Uint8Array, file: string): Promise<ImportedModel> =>
  importPwcLite(bytes, file, { normaliseFeatures: false, centreInput: false });

type Format = (value: Part, storages?: ReadonlyMap<string, Uint8Array>) => Uint8Array;

/** As a training program saves it. */
function sample(format: Format): Make {
  return () => {
    const { entries, storages } = sampleNetwork();
    const weights = entries.map(([name, part]): [string, Part] => [`module.${name}`, part]);
    const noted = dictionary([["epoch", number(97)], ["state_dict", dictionary(weights)]]);
    return format(noted, storages);
  };
}

/** One tensor of the network is another part. */
function withTensor(format: Format, part: Part, more: [string, Uint8Array][] = []): Make {
  return () => {
    const { entries, storages } = sampleNetwork();
    entries[0] = [entries[0][0], part];
    return format(dictionary(entries), new Map([...storages, ...more]));
  };
}

const raw = (...bytes: number[]) => Uint8Array.from(bytes);
const FIRST = [4, 3, 3, 3], FIRST_LENGTH = 108;

/** What no file of weights holds, or claims more than it has, by what is wrong. */
const VALUES: Readonly<Record<string, () => Part>> = {
  "os.system": () => call("os system", text("echo broken")),
  "posix.system": () => call("posix system", text("echo broken")),
  "builtins.eval": () => call("builtins eval", text("1")),
  "a function in a module that is allowed": () =>
    call("torch._utils _import_dotted_name", text("os")),
  "a name with a dot": () =>
    joinBytes(text("torch"), text("_utils.os.system"), raw(0x93), tuple(), bytesOf("R")),
  "a name of the prototype": () => call("__proto__ constructor"),
  "an object by NEWOBJ": () => joinBytes(named("collections OrderedDict"), tuple(), raw(0x81)),
  "an object by INST": () => bytesOf("(iposix\nsystem\n"),
  "a class of a checkpoint": () => call("models.pwclite PWCLite"),
  "a storage that is called": () => call("torch FloatStorage", number(3)),
  "a constructor as a value": () => dictionary([["state_dict", named("collections OrderedDict")]]),
  "a persistent id that is a text": () => joinBytes(text("x"), bytesOf("Q")),
  "an opcode that is none": () => raw(0xff),
  "no value": () => raw(),
  "a list that holds itself": () => joinBytes(keep(list(), 1), kept(1), bytesOf("a")),
  "a dictionary that holds itself": () =>
    joinBytes(keep(dictionary([]), 1), text("state_dict"), kept(1), bytesOf("s")),
  "a key twice": () => dictionary([["a", number(1)], ["a", number(2)]]),
  "a list as a key": () => joinBytes(dictionary([]), list(), NONE, bytesOf("s")),
  "a text of 4 GB": () => joinBytes(bytesOf("X"), little(2 ** 32 - 1, 4)),
  "bytes of 4 GB": () => joinBytes(bytesOf("B"), little(2 ** 32 - 1, 4)),
  "a frame of 2^63 bytes": () => joinBytes(raw(0x95), little(2n ** 63n, 8), NONE),
  "a value that was never kept": () => kept(2 ** 32 - 1),
  "a mark that is missing": () => bytesOf("t"),
  "a number": () => number(5),
  "no tensor": () => dictionary([["epoch", number(3)]]),
  "an empty state_dict": () => dictionary([["state_dict", dictionary([])]]),
  "lists nested too deep": () =>
    joinBytes(
      repeat(bytesOf("]"), DEPTH),
      repeat(bytesOf("a"), DEPTH - 1),
    ),
  "a billion laughs": () =>
    joinBytes(
      keep(list(), 0),
      ...Array.from(
        { length: 100 },
        (_, i) => keep(tuple(repeat(kept(i), 10)), i + 1),
      ),
    ),
  "1000001 opcodes": () => new Uint8Array(1_000_001).fill("N".charCodeAt(0)),
  "100000 dictionaries, each in 1000 lists": () =>
    list(keep(dictionary([["a", list()]]), 0), repeat(kept(0), 100_000)),
};

/** What a first tensor must not be. */
const TENSORS: Readonly<Record<string, Part>> = {
  "a shape of 2^60 elements": tensor(storage("0", FIRST_LENGTH), [2 ** 30, 2 ** 30], {
    strides: [0, 0],
  }),
  "a tensor behind its storage": tensor(storage("0", FIRST_LENGTH), FIRST, { offset: 1 }),
  "strides behind the storage": tensor(storage("0", FIRST_LENGTH), FIRST, {
    strides: [28, 9, 3, 1],
  }),
  "a negative stride": tensor(storage("0", FIRST_LENGTH), FIRST, {
    offset: 107,
    strides: [-27, -9, -3, -1],
  }),
  "more strides than sides": tensor(storage("0", FIRST_LENGTH), FIRST, {
    strides: [27, 9, 3, 1, 1],
  }),
  "a storage of 2^31 - 1 elements": tensor(storage("0", 2 ** 31 - 1), FIRST),
  "a storage of two types": tuple(
    storage("1", 4, "torch IntStorage"),
    tensor(storage("0", FIRST_LENGTH), FIRST),
  ),
  "whole numbers": tensor(storage("0", FIRST_LENGTH, "torch IntStorage"), FIRST),
  "a storage that is not there": tensor(storage("../../0", FIRST_LENGTH), FIRST),
  "a tensor that is no number": tensor(storage("nan", FIRST_LENGTH), FIRST),
  "a text": text("weights"),
};
const NAN: [string, Uint8Array] = [
  "nan",
  new Uint8Array(new Float32Array(FIRST_LENGTH).fill(NaN).buffer),
];

function hostile(format: Format): Record<string, Make> {
  return {
    ...Object.fromEntries(
      Object.entries(VALUES).map(([how, make]) => [how, () => format(make())]),
    ),
    ...Object.fromEntries(
      Object.entries(TENSORS).map(([how, part]) => [
        how,
        withTensor(format, part, how === "a tensor that is no number" ? [NAN] : []),
      ]),
    ),
  };
}

const heavy = (format: Format): Record<string, Make> => ({
  "as many opcodes as are read": () => format(list(repeat(bytesOf("]"), 999_990))),
  "a tuple of one tuple, 200000 times": () =>
    format(joinBytes(tuple(), repeat(raw(0x85), 200_000))),
});

export const TORCH_READERS: readonly Reader[] = [
  {
    name: "PyTorch's older format",
    form: "bytes",
    file: "older.pth.tar",
    samples: { "smallest network": sample(legacyFile) },
    hostile: {
      ...hostile(legacyFile),
      empty: () => new Uint8Array(0),
      "a pickle of another program": () => pickle(number(5)),
      "another magic number": () => legacyFile(number(1), new Map(), legacyHead(7n)),
      "big-endian": () => legacyFile(number(1), new Map(), legacyHead(undefined, FALSE)),
      "bytes behind its end": () => joinBytes(legacyFile(dictionary([])), raw(0)),
      "a list of storages that no tensor uses": () =>
        legacyFile(dictionary([]), new Map([["9", new Uint8Array(8)]])),
    },
    heavy: heavy(legacyFile),
    read,
  },
  {
    name: "PyTorch's zip format",
    form: "zip",
    file: "newer.pth",
    covered: (model) => (model as ImportedModel).weights,
    samples: {
      "smallest network": sample(zipFile),
      "with the record of zip64": sample((...parts) => withZip64(zipFile(...parts))),
    },
    hostile: {
      ...hostile(zipFile),
      "no pickle": () => zipFile(NONE).slice(0, 60),
      "big-endian": () =>
        zipFile(dictionary([]), new Map(), [{
          name: "archive/byteorder",
          content: bytesOf("big"),
        }]),
      "two pickles": () =>
        zipFile(dictionary([]), new Map(), [{ name: "b/data.pkl", content: pickle(NONE) }]),
    },
    heavy: heavy(zipFile),
    read,
  },
];
