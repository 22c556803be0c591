/** params.yaml is checked to the last key, and a wrong one gets an answer that helps. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TERM_NAMES } from "../../pipeline/smoothness/terms.ts";
import { parseParams, sectionNames } from "../../stages/check/params.ts";
import { changed, committed, complaint } from "./_params.ts";

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

Deno.test("parseParams() says where YAML itself is wrong", () => {
  assertStringIncludes(complaint(committed + "\n  - : x: y"), "Cannot read params.yaml:");
  assertStringIncludes(complaint(changed("train", /eta: .*/, "eta: 1\n  eta: 2")), "unique");
  assertStringIncludes(complaint(""), "the file must consist of sections");
});

Deno.test("params.yaml writes lists in block style, which dvc exp run -S keeps", () => {
  assert(!/^[^#]*[[{]/m.test(committed));
});
