/**
 * PWC-Lite as ARFlow and the official code of the paper save it: a dictionary of tensors by the names that the network has
 * here, too, alone or under "state_dict", with "module." before each name when several GPUs trained it.
 */
import { unreadable } from "../common/io/text.ts";
import type { NamedTensor } from "../common/io/safetensors.ts";
import { matchWeights, type Model } from "../compute/network/model_file.ts";
import { describePwcLite, type PwcLiteSettings } from "../compute/network/pwclite.ts";
import { fileShape } from "../compute/parameters.ts";
import { type Checkpoint, SAVE_WEIGHTS } from "./checkpoint.ts";
import { readCheckpoint } from "./read_checkpoint.ts";
import { readElements } from "./tensor.ts";
import { describe, shown, type StorageReference, TensorReference, type Value } from "./values.ts";

const KEY = "state_dict";
const PREFIX = "module.";
/** The coarsest features, by which the width is known; at width 1 they are so many. */
const COARSEST = "feature_pyramid_extractor.convs.5.1.0.bias";
const COARSEST_CHANNELS = 192;
/** Widest as in a model's metadata. */
const LARGEST_WIDTH = 4;
/** Where channels are rounded, several widths mean the same network. */
const WIDTHS = [1, ...Array.from({ length: 100 * LARGEST_WIDTH }, (_, i) => (i + 1) / 100)];
/** Three times the weights of that width. */
const MOST_BYTES = 512 * 1024 ** 2;
/** The network's own have up to 50. */
const LONGEST_NAME = 200;

const WANTED =
  "Wanted is the network of two frames with the reduced estimator, in ARFlow's configuration n_frames: 2, " +
  "reduce_dense: true, upsample: true.";

export type NetworkKind = Omit<PwcLiteSettings, "width">;

export interface ImportedModel {
  readonly settings: PwcLiteSettings;
  readonly weights: Model["weights"];
  /** Which of PyTorch's formats the file has. */
  readonly format: string;
  /** Where the weights lay: under which key, with which prefix. */
  readonly from: string;
  /** What else the file holds, and is not taken. */
  readonly leftOut: readonly string[];
  /** Tensors whose numbers were rounded to 32 bits. */
  readonly rounded: number;
}

/**
 * @param bytes of the checkpoint
 * @param file its name, for errors
 * @param kind what the file does not say of the network
 * @throws {Error} when the file is none of PyTorch, damaged, or holds anything but plain values and tensors; listing
 *   every tensor that is missing, superfluous or of another shape, when the weights are another network's
 */
export async function importPwcLite(
  bytes: Uint8Array,
  file: string,
  kind: NetworkKind,
): Promise<ImportedModel> {
  const checkpoint = await readCheckpoint(bytes, file);
  const { state, from, leftOut } = findState(checkpoint.value, file);
  const { references, prefix } = nameTensors(state, file);
  const width = widthOf(references);
  const tensors = await readTensors(references, width, checkpoint, file);
  const rounded = [...references.values()].filter(({ storage }) => !storage.elements.exact);
  return {
    settings: { width, ...kind },
    weights: matchWeights(tensors, width, file, WANTED),
    format: checkpoint.format,
    from: `${from}${prefix && `, names without ${JSON.stringify(prefix)}`}`,
    leftOut,
    rounded: rounded.length,
  };
}

/** The width whose network has as many channels in every layer that is there; when none has, one to compare with. */
function widthOf(references: ReadonlyMap<string, TensorReference>): number {
  const coarsest = references.get(COARSEST)?.shape[0] ?? COARSEST_CHANNELS;
  const exact = coarsest / COARSEST_CHANNELS;
  const candidates = exact > 0 && exact <= LARGEST_WIDTH ? [exact, ...WIDTHS] : WIDTHS;
  const fitting = candidates.find((width) =>
    describePwcLite(width).every((description) => {
      const { shape } = references.get(description.name) ?? {};
      return shape === undefined || shape.join() === fileShape(description).join();
    })
  );
  return fitting ?? candidates[0];
}

interface State {
  readonly state: Map<Value, Value>;
  readonly from: string;
  readonly leftOut: readonly string[];
}

function findState(value: Value, file: string): State {
  if (!(value instanceof Map)) {
    throw unreadable(file, `it holds ${describe(value)}, wanted is a dictionary`, SAVE_WEIGHTS);
  }
  const inner = value.get(KEY);
  if (inner instanceof Map) {
    const others = [...value].filter(([key]) => key !== KEY);
    const leftOut = others.map(([key, other]) => `${named(key)} (${describe(other)})`);
    return { state: inner, from: KEY, leftOut };
  }
  if ([...value.values()].some((entry) => entry instanceof TensorReference)) {
    return { state: value, from: "the whole dictionary", leftOut: [] };
  }
  const keys = [...value.keys()].slice(0, 10).map(named).join(", ");
  throw unreadable(
    file,
    `it holds neither a dictionary ${KEY} nor tensors; its keys are: ${keys || "none"}`,
    SAVE_WEIGHTS,
  );
}

const named = (key: Value) => typeof key === "string" ? shown(key) : describe(key);

function nameTensors(state: Map<Value, Value>, file: string) {
  const keys = [...state.keys()];
  const everyKey = keys.every((key) => typeof key === "string" && key.startsWith(PREFIX));
  const prefix = everyKey && keys.length > 0 ? PREFIX : "";
  const references = new Map<string, TensorReference>();
  for (const [key, value] of state) {
    if (typeof key !== "string" || !(value instanceof TensorReference)) {
      throw unreadable(
        file,
        `among its weights ${named(key)} is ${describe(value)}, wanted are tensors by name`,
        SAVE_WEIGHTS,
      );
    }
    if (key.length > LONGEST_NAME) {
      throw unreadable(
        file,
        `a tensor has a name of ${key.length} characters, ${shown(key)}`,
        WANTED,
      );
    }
    references.set(key.slice(prefix.length), value);
  }
  return { references, prefix };
}

/**
 * Elements are read where name and shape are the network's, so that no tensor is larger than it allows, and each storage
 * once, however many tensors share it.
 */
async function readTensors(
  references: ReadonlyMap<string, TensorReference>,
  width: number,
  { bytesOf }: Checkpoint,
  file: string,
): Promise<Map<string, NamedTensor>> {
  const shapes = new Map(
    describePwcLite(width).map((description) => [description.name, fileShape(description).join()]),
  );
  const shared = new Set([...references.values()].map(({ storage }) => storage));
  const bytes = [...shared].reduce((sum, { length, elements }) => sum + length * elements.bytes, 0);
  if (bytes > MOST_BYTES) {
    throw unreadable(
      file,
      `its weights take ${bytes} bytes, at most ${MOST_BYTES} are read`,
      WANTED,
    );
  }
  const contents = new Map<StorageReference, Uint8Array>();
  const tensors = new Map<string, NamedTensor>();
  for (const [name, reference] of references) {
    const { storage, shape } = reference;
    if (shapes.get(name) !== shape.join()) {
      // matchWeights() refuses it for name or shape, whatever is in it.
      tensors.set(name, { shape, data: new Float32Array(0) });
      continue;
    }
    const { read, storage: type } = storage.elements;
    if (!read) {
      throw unreadable(
        file,
        `${shown(name)} is of ${type}, wanted are floating-point numbers`,
        WANTED,
      );
    }
    const content = contents.get(storage) ?? await bytesOf(storage);
    contents.set(storage, content);
    tensors.set(name, { shape, data: readElements(reference, content, read) });
  }
  return tensors;
}
