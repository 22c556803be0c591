/** What the keys of both training stages may be together, and what a run never comes to. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { NONE } from "../../pipeline/common/params/rules.ts";
import { sidesOf } from "../../pipeline/train/crop.ts";
import { scheduleNotices } from "../../pipeline/train/params.ts";
import { parseParams } from "../../stages/check/params.ts";
import { changed, complaint } from "../stages/_params.ts";

Deno.test("parseParams() refuses a real_share that rounds to none or all of a batch", async (t) => {
  const shares: [share: number, batch: number, complaint: string | undefined][] = [
    [0.1, 4, "which rounds to no real pair. The nearest that do are 0 and 0.25."],
    [0.9, 4, "which rounds to no scene. The nearest that do are 0.75 and 1."],
    [0.12, 3, "which rounds to no real pair. The nearest that do are 0 and 0.333."],
    [0.5, 1, "which rounds to no scene. The nearest that do are 0 and 1."],
    ...[0, 0.125, 0.333, 0.874, 1].map((
      share,
    ): [number, number, undefined] => [share, 4, undefined]),
  ];
  for (const [share, batch, sentence] of shares) {
    await t.step(`${share} of ${batch}`, () => {
      const text = changed("train", /batch: .*/, `batch: ${batch}`)
        .replace(/(\ntrain:[^]*?real_share: )0/, `$1${share}`);
      if (sentence === undefined) {
        assertEquals(parseParams(text).train.real_share, share);
      } else {
        const start =
          `train.real_share must give whole pairs of train.batch = ${batch}, got ${share}, `;
        assertStringIncludes(complaint(text), start + sentence);
      }
    });
  }
});

Deno.test("parseParams() refuses curves of more rows than a checkpoint holds", () => {
  const text = (rows: number) =>
    changed("train", /steps: .*/, `steps: ${2 * rows}`).replace(
      /(\ntrain:[^]*?log_every: )\d+/,
      "$12",
    );
  assertEquals(parseParams(text(50_000)).train.log_every, 2);
  assertStringIncludes(
    complaint(text(50_001)),
    "train.log_every must be at least 3 with train.steps = 100002, for at most 50000 rows of its curve, got 2.",
  );
});

Deno.test("scheduleNotices() tells of runs that end before something begins", () => {
  const run = {
    steps: 100,
    occlusion_from_step: 99,
    later_loss: NONE,
    second_pass: { from_step: 0 },
    occlusion_pass: { from_step: 99 },
  } as const;
  assertEquals(scheduleNotices(run), []);
  assertEquals(
    scheduleNotices({
      ...run,
      occlusion_from_step: 100,
      later_loss: { from_step: 101 },
      second_pass: { from_step: 200 },
      occlusion_pass: { from_step: 300 },
    }),
    [
      "every pixel counts in all steps, none as occluded: occlusion_from_step = 100 is not below steps = 100.",
      "the loss stays what it is in all steps: later_loss.from_step = 101 is not below steps = 100.",
      "no step has a second pass: second_pass.from_step = 200 is not below steps = 100.",
      "no step has an occlusion pass: occlusion_pass.from_step = 300 is not below steps = 100.",
    ],
  );
});

Deno.test("parseParams() takes a crop of one side, or of height and width", async (t) => {
  const crop = (value: string) => changed("train", /crop: .*/, `crop: ${value}`);
  assertEquals(parseParams(crop("128")).train.crop, 128);
  assertEquals(parseParams(crop("[64, 128]")).train.crop, [64, 128]);
  assertEquals(sidesOf([64, 128]), { height: 64, width: 128 });
  const wrong: [value: string, sentence: string][] = [
    ["[64, 96]", "train.crop.1 must be a multiple of 64, got 96."],
    ["[64]", "train.crop must be one side, or a list of height and width, got [64]."],
    ["wide", 'train.crop must be an integer from 64 to 8192, got "wide".'],
  ];
  for (const [value, sentence] of wrong) {
    await t.step(value, () => assertStringIncludes(complaint(crop(value)), sentence));
  }
  await t.step("none", () => {
    assertStringIncludes(
      complaint(changed("train", /crop: .*/, "")),
      "train.crop is missing: it must be an integer from 64 to 8192.",
    );
  });
});

Deno.test("parseParams() divides a batch, and drops the learning rate within a run", async (t) => {
  const cases: [line: RegExp, replacement: string, sentence: string][] = [
    [
      /micro_batches: .*/,
      "micro_batches: 3",
      "train.micro_batches must divide train.batch = 4, got 3.",
    ],
    [
      /drop_at:/,
      "drop_at:\n    - 2",
      "train.drop_at.0 must be a number from 0 to 1, got 2.",
    ],
  ];
  for (const [line, replacement, sentence] of cases) {
    await t.step(replacement, () => {
      assertStringIncludes(complaint(changed("train", line, replacement)), sentence);
    });
  }
  await t.step("whole pairs of a micro-batch", () => {
    const text = changed("train", /micro_batches: .*/, "micro_batches: 4")
      .replace(/(\ntrain:[^]*?real_share: )0/, "$10.5");
    assertStringIncludes(complaint(text), "must give whole pairs of a micro-batch = 1, got 0.5");
  });
});

Deno.test("parseParams() asks for two checkpoints at least", () => {
  const text = (kept: number) =>
    changed("train", /checkpoints_kept: .*/, `checkpoints_kept: ${kept}`);
  assertEquals(parseParams(text(50)).train.checkpoints_kept, 50);
  assertStringIncludes(complaint(text(1)), "train.checkpoints_kept must be");
});
