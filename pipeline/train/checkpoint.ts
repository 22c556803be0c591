/**
 * A checkpoint as bytes and by its name: what a training run needs to go on. The file is safetensors whose metadata begin
 * with the SHA-256 of the whole file, taken with zeros in the place of these digits, so that no changed bit goes unnoticed.
 */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import {
  readSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from "../common/io/safetensors.ts";
import { sha256 } from "../common/sha256.ts";
import type { TrainProgress } from "./train.ts";
import type { TrainerState } from "./trainer.ts";

export interface Checkpoint {
  readonly state: TrainerState;
  readonly progress: TrainProgress;
}

/** The run that a checkpoint must belong to. */
export interface CheckpointedRun {
  /** Of parameters, data, code and adapter: 64 hexadecimal digits. */
  readonly key: string;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Values of each buffer. */
  readonly floats: number;
  /** Losses of a step. */
  readonly terms: number;
  /** Whether an average of the weights is kept. */
  readonly averaged: boolean;
}

export interface CheckpointName {
  readonly stage: string;
  /** The first digits of the run's key. */
  readonly shortKey: string;
  readonly step: number;
}

const KEY_DIGITS = 16;
const ZEROS = "0".repeat(64);
const DIGEST_AT = 8 + '{"__metadata__":{"sha256":"'.length;
const BUFFERS = ["parameters", "firstMoments", "secondMoments"] as const;
const AVERAGE = "average";

const step = z.int().positive();
const progressSchema = (terms: number) => {
  const losses = z.array(z.number()).length(terms);
  return z.strictObject({
    pending: z.array(losses),
    lossRows: z.array(z.strictObject({ step, losses, learningRate: z.number() })),
    validationRows: z.array(
      z.strictObject({ step, epe: z.number(), epeOccluded: z.number().optional() }),
    ),
  });
};

export function shortKeyOf(key: string): string {
  return key.slice(0, KEY_DIGITS);
}

export function checkpointName({ stage, shortKey, step }: CheckpointName): string {
  return `${stage}-${shortKey}-${step}.safetensors`;
}

/** Undefined for the name of anything else. */
export function parseCheckpointName(name: string): CheckpointName | undefined {
  const match = /^([a-z]+)-([0-9a-f]{16})-(\d{1,15})\.safetensors$/.exec(name);
  return match ? { stage: match[1], shortKey: match[2], step: Number(match[3]) } : undefined;
}

export async function writeCheckpoint(
  key: string,
  { state, progress }: Checkpoint,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffers = [...BUFFERS, AVERAGE] as const;
  const bytes = writeSafetensors(
    buffers.flatMap((name) => {
      const data = state[name];
      return data ? [[name, { shape: [data.length], data }] as const] : [];
    }),
    { sha256: ZEROS, key, step: String(state.step), progress: JSON.stringify(progress) },
  );
  bytes.set(new TextEncoder().encode(await sha256(bytes)), DIGEST_AT);
  return bytes;
}

/**
 * What a checkpoint says about itself, when not a bit of it has changed.
 * @param name the file's name, for errors
 * @throws {Error} when the bytes are not those that were saved
 */
export async function checkpointMetadata(
  bytes: Uint8Array,
  name: string,
): Promise<Record<string, string>> {
  return (await readUnchanged(bytes, name)).metadata;
}

async function readUnchanged(bytes: Uint8Array, name: string): Promise<SafetensorsFile> {
  const blank = bytes.slice();
  const digits = bytes.subarray(DIGEST_AT, DIGEST_AT + ZEROS.length);
  if (digits.length === ZEROS.length) blank.set(new TextEncoder().encode(ZEROS), DIGEST_AT);
  if (new TextDecoder().decode(digits) !== await sha256(blank)) {
    throw new Error(
      `Cannot read ${name}: its ${bytes.length} bytes are not those that were saved, ` +
        `by their SHA-256.`,
    );
  }
  return readSafetensors(bytes, name);
}

/**
 * @param name the file's name, for errors
 * @throws {Error} when the file is damaged, belongs to another run, or holds what no run can have saved
 */
export async function readCheckpoint(
  bytes: Uint8Array,
  name: string,
  { key, steps, floats, terms, averaged }: CheckpointedRun,
): Promise<Checkpoint> {
  const wrong = (what: string) => new Error(`Cannot read ${name}: ${what}.`);
  const { metadata, tensors } = await readUnchanged(bytes, name);
  if (metadata.key !== key) throw wrong("it is the checkpoint of a run with another key");
  const step = Number(metadata.step);
  if (!(Number.isInteger(step) && step > 0 && step <= steps)) {
    throw wrong(`it is at step ${metadata.step}, the run has steps 1 to ${steps}`);
  }
  const source = { file: name, part: "metadata progress" };
  const progress = parseJson(metadata.progress ?? "null", progressSchema(terms), source);
  const { lossRows, pending } = progress;
  const logged = (lossRows.at(-1)?.step ?? 0) + pending.length;
  if (logged !== step) throw wrong(`its losses end at step ${logged}, the state is at ${step}`);
  const values = (buffer: string) => {
    const data = tensors.get(buffer)?.data;
    if (!(data instanceof Float32Array && data.length === floats)) {
      throw wrong(`${buffer} must be ${floats} numbers of 32 bits, got ${data?.length ?? "none"}`);
    }
    const odd = data.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) throw wrong(`${buffer} holds ${data[odd]} at ${odd}`);
    return data;
  };
  const [parameters, firstMoments, secondMoments] = BUFFERS.map(values);
  const average = averaged ? { average: values(AVERAGE) } : {};
  return {
    state: { step, parameters, firstMoments, secondMoments, ...average },
    progress,
  };
}
