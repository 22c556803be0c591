/** Checkpoints as bytes: whole and of this run, or refused with what is wrong. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  checkpointName,
  parseCheckpointName,
  readCheckpoint,
  writeCheckpoint,
} from "../../pipeline/train/checkpoint.ts";
import type { TrainProgress } from "../../pipeline/train/train.ts";
import type { TrainerState } from "../../pipeline/train/trainer.ts";

const KEY = "0123456789abcdef".repeat(4);
const RUN = { key: KEY, steps: 9, floats: 4, terms: 4, averaged: false };
const STATE: TrainerState = {
  step: 7,
  parameters: new Float32Array([1, -2, 0.5, 4]),
  firstMoments: new Float32Array([0, 1e-8, 3, -1]),
  secondMoments: new Float32Array([0, 1e-16, 9, 1]),
};
const PROGRESS: TrainProgress = {
  pending: [[1, 2, 3, 4]],
  lossRows: [{ step: 6, losses: [0.1, 0.2, 0.3, 0.4], learningRate: 1e-3 }],
  validationRows: [{ step: 3, epe: 1.5, epeOccluded: 2.5 }, { step: 6, epe: 1.25 }],
};

const written = (state: Partial<TrainerState> = {}, progress: Partial<TrainProgress> = {}) =>
  writeCheckpoint(KEY, {
    state: { ...STATE, ...state },
    progress: { ...PROGRESS, ...progress },
  });

Deno.test("readCheckpoint() gives what was written", async () => {
  const checkpoint = await readCheckpoint(await written(), "a", RUN);
  assertEquals(checkpoint, { state: STATE, progress: PROGRESS });
});

Deno.test("readCheckpoint() gives the average of a run that keeps one, and misses it where there is none", async () => {
  const average = new Float32Array([5, 6, 7, 8]);
  const run = { ...RUN, averaged: true };
  const { state } = await readCheckpoint(await written({ average }), "a", run);
  assertEquals(state, { ...STATE, average });
  await assertRejects(
    async () => await readCheckpoint(await written(), "a", run),
    Error,
    "Cannot read a: average must be 4 numbers of 32 bits, got none.",
  );
});

Deno.test("readCheckpoint() refuses a file with any one bit flipped", async () => {
  const bytes = await written();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    await assertRejects(() => readCheckpoint(bytes, "a", RUN), Error, "Cannot read a: its ");
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  await readCheckpoint(bytes, "a", RUN);
});

Deno.test("readCheckpoint() refuses a file that was cut, is empty, or goes on", async () => {
  const bytes = await written();
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    await assertRejects(
      () => readCheckpoint(cut, "a", RUN),
      Error,
      `its ${length} bytes are not those that were saved`,
    );
  }
  const longer = new Uint8Array([...bytes, 0]);
  await assertRejects(() => readCheckpoint(longer, "a", RUN), Error, "by their SHA-256");
});

Deno.test("readCheckpoint() refuses what is whole and cannot be gone on from", async (t) => {
  const short = new Float32Array(3);
  const cases: [string, Promise<Uint8Array>, string][] = [
    [
      "another run",
      writeCheckpoint("f".repeat(64), { state: STATE, progress: PROGRESS }),
      "it is the checkpoint of a run with another key",
    ],
    ["a step beyond the end", written({ step: 10 }), "it is at step 10, the run has steps 1 to 9"],
    ["step 0", written({ step: 0 }), "it is at step 0, the run"],
    ["half a step", written({ step: 6.5 }), "it is at step 6.5, the run"],
    [
      "another shape",
      written({ firstMoments: short }),
      "firstMoments must be 4 numbers of 32 bits, got 3",
    ],
    [
      "a value that is not a number",
      written({ parameters: new Float32Array([1, 2, NaN, 4]) }),
      "parameters holds NaN at 2",
    ],
    [
      "an infinite value",
      written({ secondMoments: new Float32Array([1, -Infinity, 0, 4]) }),
      "secondMoments holds -Infinity at 1",
    ],
    [
      "a loss that is not a number",
      written({}, { pending: [[1, 2, NaN, 4]] }),
      "in its metadata progress, pending[0][2] must be a number, got null.",
    ],
    [
      "a row of another length",
      written({}, { lossRows: [{ step: 6, losses: [1], learningRate: 1 }] }),
      "in its metadata progress, lossRows[0].losses must ",
    ],
    ["a missing loss", written({}, { pending: [] }), "its losses end at step 6, the state is at 7"],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, async () => {
      await assertRejects(
        async () => await readCheckpoint(await bytes, "a", RUN),
        Error,
        `Cannot read a: ${message}`,
      );
    });
  }
});

Deno.test("a checkpoint's name says stage, key and step", () => {
  const name = { stage: "pretrain", shortKey: "0123456789abcdef", step: 1200 };
  assertEquals(checkpointName(name), "pretrain-0123456789abcdef-1200.safetensors");
  assertEquals(parseCheckpointName(checkpointName(name)), name);
  assertEquals(parseCheckpointName("pretrain-0123456789abcdef.safetensors"), undefined);
  assertEquals(parseCheckpointName(`${checkpointName(name)}.partial`), undefined);
});
