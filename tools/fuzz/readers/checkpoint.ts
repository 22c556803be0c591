/** The reader of checkpoints. */
import {
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from "../../../pipeline/train/checkpoint.ts";
import { LOSS_TERMS } from "../../../pipeline/train/parts.ts";
import type { Make, Reader } from "../reader.ts";

const FLOATS = 12;
const KEY = "0123456789abcdef".repeat(4);
const RUN = { key: KEY, steps: 20, floats: FLOATS, terms: LOSS_TERMS.length, averaged: false };

const losses = Array.from(LOSS_TERMS, (_, i) => 0.5 + i);
const values = (first: number) => Float32Array.from({ length: FLOATS }, (_, i) => first + i / 7);

const STATE = {
  step: 7,
  parameters: values(0),
  firstMoments: values(1),
  secondMoments: values(2),
};
const PROGRESS = {
  pending: [losses, losses],
  lossRows: [{ step: 5, losses, learningRate: 0.001 }],
  validationRows: [{ step: 5, epe: 1.5, epeOccluded: 2.5 }],
};

const saved = (state: Partial<Checkpoint["state"]> = {}, key = KEY): Make => () =>
  writeCheckpoint(key, { state: { ...STATE, ...state }, progress: PROGRESS });

export const CHECKPOINT_READER: Reader = {
  name: "checkpoint",
  form: "safetensors",
  file: "checkpoints/train-0123456789abcdef-7.safetensors",
  covered: (checkpoint) => checkpoint,
  samples: { "at step 7": saved() },
  hostile: {
    empty: () => new Uint8Array(0),
    "of another run": saved({}, "f".repeat(64)),
    "beyond the last step": saved({ step: 21 }),
    "at another step than its losses": saved({ step: 8 }),
    "not a number": saved({ firstMoments: values(NaN) }),
    "too few": saved({ parameters: new Float32Array(3) }),
  },
  read: (bytes, file) => readCheckpoint(bytes, file, RUN),
};
