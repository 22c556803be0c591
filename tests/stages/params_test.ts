/** params.yaml is checked to the last key, and a wrong one gets an answer that helps. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { sidesOf } from "../../pipeline/train/crop.ts";
import { scheduleNotices } from "../../pipeline/train/params.ts";
import { TERM_NAMES } from "../../pipeline/smoothness/terms.ts";
import { parseParams, sectionNames } from "../../stages/check/params.ts";

const committed = Deno.readTextFileSync("params.yaml");

/** The committed file with one line of one section replaced; "" removes it. */
function changed(section: string, line: RegExp, replacement: string): string {
  const start = committed.indexOf(`\n${section}:`);
  const [head, tail] = [committed.slice(0, start), committed.slice(start)];
  assert(line.test(tail), `params.yaml has no line like ${line} in ${section}`);
  return head + tail.replace(line, replacement);
}

function complaint(text: string): string {
  return assertThrows(() => parseParams(text), Error).message;
}

Deno.test("parseParams() takes the committed file", () => {
  const params = parseParams(committed);
  assertEquals(Object.keys(params), sectionNames);
});

Deno.test("parseParams() reads numbers, names and flags as they are written", () => {
  const { pretrain } = parseParams(changed("pretrain", /weight_decay: .*/, "weight_decay: 1e-6"));
  assertEquals(pretrain.weight_decay, 0.000001);
  const { train } = parseParams(changed("train", /order: .*/, "order: 2nd"));
  assertEquals(train.order, "2nd");
  assertEquals(typeof train.stop_gradient, "boolean");
});

Deno.test("parseParams() names the key, its range and what was given", async (t) => {
  const cases: [section: string, line: RegExp, replacement: string, sentence: string][] = [
    [
      "train",
      /rho: .*/,
      "rho: 0",
      "train.rho must be a number greater than 0, at most 1000, got 0.",
    ],
    ["train", /lambda: .*/, "lambda: -1", "train.lambda must be a number greater than 0"],
    ["train", /rho: .*/, "rho: tiny", 'got "tiny".'],
    [
      "train",
      /unroll_iterations: .*/,
      "unroll_iterations: 1.5",
      "an integer from 0 to 64, got 1.5.",
    ],
    ["train", /order: .*/, "order: 3rd", 'train.order must be one of 1st, 2nd, got "3rd".'],
    [
      "train",
      /stop_gradient: .*/,
      "stop_gradient: yes",
      "train.stop_gradient must be true or false",
    ],
    ["train", /crop: .*/, "crop: 96", "train.crop must be a multiple of 64, got 96."],
    ["pretrain", /crop: .*/, "crop: 0", "pretrain.crop must be an integer from 64 to 8192, got 0."],
    ["pretrain", /width: .*/, "width: .nan", "pretrain.width must be a number from 0.0625 to 4"],
    ["pretrain", /seed: .*/, "seed: -1", "pretrain.seed must be an integer from 0"],
    [
      "download",
      /sources:/,
      "sources: []\n  other:",
      "download.sources must be a list of at least one",
    ],
    [
      "download",
      /sources:/,
      "folder: /big\n  sources:",
      "download.folder is no parameter any more: put your archives, or links to the files, into archives/ " +
      'and remove this line, got "/big".',
    ],
  ];
  for (const [section, line, replacement, sentence] of cases) {
    await t.step(replacement, () => {
      assertStringIncludes(complaint(changed(section, line, replacement)), sentence);
    });
  }
});

Deno.test("parseParams() accepts every value that a sweep needs", async (t) => {
  const cases: [string, RegExp, string][] = [
    ...TERM_NAMES.map((name): [string, RegExp, string] => [
      "train",
      /smoothness: .*/,
      `smoothness: ${name}`,
    ]),
    ["train", /unroll_iterations: .*/, "unroll_iterations: 0"],
    ["train", /order: .*/, "order: 2nd"],
    ["train", /border: .*/, "border: replicate"],
    ["train", /w_smooth: .*/, "w_smooth: 50"],
    ["pretrain", /occlusion: .*/, "occlusion: forward_backward"],
  ];
  for (const [section, line, replacement] of cases) {
    await t.step(replacement, () => void parseParams(changed(section, line, replacement)));
  }
});

Deno.test("parseParams() suggests the nearest key for a wrong one", async (t) => {
  await t.step("in the same section", () => {
    const message = complaint(changed("train", /unroll_iterations:/, "unroll_iteration:"));
    assertStringIncludes(message, "Did you mean train.unroll_iterations?");
    assertStringIncludes(message, "train.unroll_iterations is missing: it must be an integer");
  });
  await t.step("in another section", () => {
    const message = complaint(changed("train", /eta:/, "width: 1\n  eta:"));
    assertStringIncludes(message, "train.width is not a parameter. Did you mean pretrain.width?");
  });
  await t.step("a section", () => {
    assertStringIncludes(
      complaint(committed.replace("\ntrain:", "\ntrian:")),
      "Did you mean train?",
    );
  });
});

Deno.test("parseParams() checks keys against each other", async (t) => {
  await t.step("some photometric weight", () => {
    const message = complaint(committed.replaceAll(/w_(l1|ssim|census): .*/g, "w_$1: 0"));
    assertStringIncludes(message, "must not all be 0");
  });
  await t.step("warm-up within the steps", () => {
    const message = complaint(changed("train", /steps: .*/, "steps: 3"));
    assertStringIncludes(message, "train.warmup_steps must be at most train.steps = 3, got ");
  });
  await t.step("crop within the scene", () => {
    const message = complaint(
      changed("preprocess", /scene_size: .*/, "scene_size: 64")
        .replaceAll("crop: 64", "crop: 128"),
    );
    assertStringIncludes(message, "at most preprocess.scene_size = 64, got 128.");
  });
  await t.step("validation by a real data set has pairs", () => {
    const text = changed("train", /validation: .*/, "validation: sintel_final");
    assertStringIncludes(
      complaint(text),
      "train.validation = sintel_final needs pairs: preprocess.real_validation_pairs must be above 0, got 0.",
    );
    parseParams(text.replace("real_validation_pairs: 0", "real_validation_pairs: 8"));
  });
  await t.step("submissions have test frames", () => {
    const text = changed("evaluate", /submissions: .*/, "submissions: true");
    assertStringIncludes(complaint(text), "preprocess.test_frames must be true, got false.");
    parseParams(text.replace("test_frames: false", "test_frames: true"));
  });
});

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

Deno.test("parseParams() refuses numbers that a device of 32 bits takes for 0", async (t) => {
  const cases: [section: string, line: RegExp, replacement: string, sentence: string][] = [
    ["train", /gradient_clip: .*/, "gradient_clip: 1e-50", "train.gradient_clip must be at least"],
    [
      "pretrain",
      /learning_rate: .*/,
      "learning_rate: 1e-50",
      "must be at least 1.18e-38, the least",
    ],
    [
      "train",
      /rho: .*/,
      "rho: 1e-60",
      "train.rho must be at least 1.18e-38, the least that a device",
    ],
    [
      "pretrain",
      /w_l1: .*/,
      "w_l1: 1e-60",
      "pretrain.w_l1 must be 0 or at least 1.18e-38, the least",
    ],
    ["evaluate", /real_scale: .*/, "real_scale: 1e-300", "got 1e-300."],
    ["train", /lambda: .*/, "lambda: 1.17e-38", "train.lambda must be at least 1.18e-38"],
  ];
  for (const [section, line, replacement, sentence] of cases) {
    await t.step(replacement, () => {
      assertStringIncludes(complaint(changed(section, line, replacement)), sentence);
    });
  }
  await t.step("and takes the least that they hold", () => {
    parseParams(changed("train", /lambda: .*/, "lambda: 1.18e-38"));
    assert(Math.fround(1.18e-38) >= 2 ** -126);
  });
});

Deno.test("parseParams() knows the sources of the catalogue", async (t) => {
  await t.step("a name that is none", () => {
    assertStringIncludes(
      complaint(committed.replace("- sintel_sample", "- sintel_smaple")),
      'download.sources: "sintel_smaple" is not in the catalogue. Known are middlebury_sample, ',
    );
  });
  await t.step("two sources of one data set", () => {
    assertStringIncludes(
      complaint(committed.replace("- sintel_sample", "- sintel_sample\n    - sintel")),
      "download.sources: sintel_sample and sintel are both sintel. Keep one.",
    );
  });
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

Deno.test("parseParams() says where YAML itself is wrong", () => {
  assertStringIncludes(complaint(committed + "\n  - : x: y"), "Cannot read params.yaml:");
  assertStringIncludes(complaint(changed("train", /eta: .*/, "eta: 1\n  eta: 2")), "unique");
  assertStringIncludes(complaint(""), "the file must consist of sections");
});

Deno.test("params.yaml writes lists in block style, which dvc exp run -S keeps", () => {
  assert(!/^[^#]*[[{]/m.test(committed));
});
