/** The groups of a recipe: none or whole, what is said of any other value, and what does not go together. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  augmentationOf,
  laterLossOf,
  occlusionPassOf,
  secondPassOf,
} from "../../pipeline/train/recipe_params.ts";
import { parseParams } from "../../stages/check/params.ts";
import { complaint } from "../stages/_params.ts";
import { AUGMENTATION, LATER_LOSS, OCCLUSION_PASS, SECOND_PASS, trainWith } from "./_groups.ts";

const WHOLE = {
  later_loss: LATER_LOSS,
  augmentation: AUGMENTATION,
  second_pass: SECOND_PASS,
  occlusion_pass: OCCLUSION_PASS,
};
type Name = keyof typeof WHOLE;
const NAMES = Object.keys(WHOLE) as Name[];

Deno.test("parseParams() takes each group of a recipe whole or as none", () => {
  const { later_loss, augmentation, second_pass, occlusion_pass } =
    parseParams(trainWith(WHOLE)).train;
  assertEquals({ later_loss, augmentation, second_pass, occlusion_pass }, WHOLE);
  const { train, pretrain } = parseParams(trainWith({}));
  for (const name of NAMES) assertEquals([train[name], pretrain[name]], ["none", "none"]);
});

Deno.test("a group that is none switches off, and a whole one gives its values", () => {
  const off = parseParams(trainWith({})).train, on = parseParams(trainWith(WHOLE)).train;
  for (const settingsOf of [laterLossOf, augmentationOf, secondPassOf, occlusionPassOf]) {
    assertEquals(settingsOf(off), undefined);
  }
  assertEquals(laterLossOf(on)?.fromStep, 3);
  assertEquals(augmentationOf(on)?.passes, "both");
  assertEquals([secondPassOf(on)?.weight, secondPassOf(on)?.zoomMost], [0.1, 1.4]);
  const own = { ...OCCLUSION_PASS, epsilon: 0.01, exponent: 0.4 };
  const { epsilon, exponent } = occlusionPassOf({ ...on, occlusion_pass: own })!;
  assertEquals([epsilon, exponent], [0.01, 0.4]);
});

Deno.test("parseParams() says of each group what it may be, and which of its keys is wrong", async (t) => {
  for (const name of NAMES) {
    await t.step(name, () => {
      for (const [value, shown] of [[3, "3"], [null, "null"], ["off", '"off"'], [false, "false"]]) {
        assertStringIncludes(
          complaint(trainWith({ [name]: value })),
          `\n  train.${name} must be none, or a group of \`key: value\` lines, got ${shown}.`,
        );
      }
      const [first, ...others] = Object.entries(WHOLE[name]);
      assertStringIncludes(
        complaint(trainWith({ [name]: Object.fromEntries(others) })),
        `train.${name}.${first[0]} is missing: it must be `,
      );
      assertStringIncludes(
        complaint(trainWith({ [name]: { ...WHOLE[name], [`${first[0]}x`]: 1 } })),
        `train.${name}.${first[0]}x is not a parameter. Did you mean train.${name}.${first[0]}?`,
      );
    });
  }
});

Deno.test("parseParams() holds the keys of a group to their ranges", async (t) => {
  const cases: [name: Name, keys: Record<string, unknown>, sentence: string][] = [
    [
      "later_loss",
      { from_step: 0 },
      "later_loss.from_step must be an integer from 1 to 10000000, got 0.",
    ],
    ["augmentation", { hue: 1 }, "train.augmentation.hue must be a number from 0 to 0.5, got 1."],
    [
      "augmentation",
      { passes: "first" },
      'augmentation.passes must be one of both, second, got "first".',
    ],
    [
      "second_pass",
      { w_ar: 0 },
      "train.second_pass.w_ar must be a number greater than 0, at most 1000, got 0.",
    ],
    ["second_pass", { mirror: "no" }, 'train.second_pass.mirror must be true or false, got "no".'],
    ["second_pass", { zoom_least: 1.5 }, "zoom_least must be at most zoom_most = 1.4, got 1.5."],
    [
      "occlusion_pass",
      { w_ot: 0 },
      "occlusion_pass.w_ot must be a number greater than 0, at most 1000, got 0.",
    ],
    [
      "occlusion_pass",
      { crop: [64, 96] },
      "occlusion_pass.crop.1 must be a multiple of 64, got 96.",
    ],
    [
      "occlusion_pass",
      { crop: 192 },
      "occlusion_pass.crop must be at most train.crop = 128x128, got 192x192.",
    ],
    ["later_loss", { w_census: 0 }, "must not all be 0: nothing would be learned from step 3 on."],
  ];
  for (const [name, keys, sentence] of cases) {
    await t.step(`${name} ${JSON.stringify(keys)}`, () => {
      assertStringIncludes(complaint(trainWith({ [name]: { ...WHOLE[name], ...keys } })), sentence);
    });
  }
});

Deno.test("parseParams() takes changed pictures for a second pass only where there is one", () => {
  const augmentation = { ...AUGMENTATION, passes: "second" };
  assertStringIncludes(
    complaint(trainWith({ augmentation })),
    'train.augmentation.passes must be both, got "second": train.second_pass and occlusion_pass are none.',
  );
  for (const name of ["second_pass", "occlusion_pass"] as const) {
    parseParams(trainWith({ augmentation, [name]: WHOLE[name] }));
  }
});

Deno.test("parseParams() asks each pass for an epsilon of its own where its exponent is below 1", () => {
  for (const name of ["second_pass", "occlusion_pass"] as const) {
    const changed = (keys: object) =>
      trainWith({
        second_pass: SECOND_PASS,
        occlusion_pass: OCCLUSION_PASS,
        [name]: { ...WHOLE[name], ...keys },
      });
    assertStringIncludes(
      complaint(changed({ exponent: 0.4 })),
      `train.${name}.epsilon must be greater than 0 where exponent is below 1, got 0`,
    );
    parseParams(changed({ exponent: 0.4, epsilon: 0.01 }));
  }
});
