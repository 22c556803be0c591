/** What the keys of both training stages may be together, and what a run never comes to. */
import { assertEquals, assertStringIncludes } from "@std/assert";
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
    later_loss: { from_step: 0 },
    second_pass: { w_ar: 0, from_step: 100 },
    occlusion_pass: { w_ot: 0, from_step: 100 },
  };
  assertEquals(scheduleNotices(run), []);
  assertEquals(
    scheduleNotices({
      ...run,
      occlusion_from_step: 100,
      later_loss: { from_step: 101 },
      second_pass: { w_ar: 0.01, from_step: 200 },
      occlusion_pass: { w_ot: 0.01, from_step: 300 },
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
    ["[64, 192]", "train.crop must be at most preprocess.scene_size = 128, got 192."],
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

Deno.test("parseParams() knows the groups of a recipe, and what does not go together", async (t) => {
  const cases: [line: RegExp, replacement: string, sentence: string][] = [
    [
      /rotation_degrees:/,
      "rotation:",
      "train.second_pass.rotation is not a parameter. Did you mean train.second_pass.",
    ],
    [/hue: .*/, "hue: 1", "train.augmentation.hue must be a number from 0 to 0.5, got 1."],
    [/zoom_least: .*/, "zoom_least: 1.5", "zoom_least must be at most zoom_most = 1.4, got 1.5."],
    [
      /passes: .*/,
      "passes: second\n    unused: 1",
      "train.augmentation.unused is not a parameter.",
    ],
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
  await t.step("changed pictures for a second pass that there is not", () => {
    const text = changed("train", /passes: .*/, "passes: second")
      .replace(/(\ntrain:[^]*? {4}contrast: )0/, "$10.1");
    assertStringIncludes(complaint(text), 'train.augmentation.passes must be both, got "second"');
    parseParams(text.replace(/(\ntrain:[^]*? w_ar: )0/, "$10.01"));
  });
  await t.step("an exponent below 1 without an epsilon", () => {
    const text = changed("train", /exponent: .*/, "exponent: 0.4");
    parseParams(text);
    const used = text.replace(/(\ntrain:[^]*? w_ar: )0/, "$10.12");
    assertStringIncludes(
      complaint(used),
      "train.second_pass.epsilon must be greater than 0 where exponent is below 1, got 0",
    );
    parseParams(used.replace(/(\ntrain:[^]*? epsilon: )0/, "$10.01"));
  });
  await t.step("a part that is larger than the crop", () => {
    const text = changed("train", /superpixel_px: .*/, "superpixel_px: 20")
      .replace(/(\ntrain:[^]*? w_ot: )0/, "$10.1")
      .replace(/(\ntrain:[^]*? w_ot: [^]*?crop: )64/, "$1128");
    assertStringIncludes(
      complaint(text),
      "train.occlusion_pass.crop must be at most train.crop = 64x64, got 128x128.",
    );
  });
  await t.step("a later loss of nothing", () => {
    const text = changed("train", /later_loss:\n {4}from_step: 0/, "later_loss:\n    from_step: 9")
      .replace(/(\ntrain:[^]*? {4}w_census: )1/, "$10");
    assertStringIncludes(
      complaint(text),
      "must not all be 0: nothing would be learned from step 9 on.",
    );
  });
  await t.step("whole pairs of a micro-batch", () => {
    const text = changed("train", /micro_batches: .*/, "micro_batches: 4")
      .replace(/(\ntrain:[^]*?real_share: )0/, "$10.5");
    assertStringIncludes(complaint(text), "must give whole pairs of a micro-batch = 1, got 0.5");
  });
});
