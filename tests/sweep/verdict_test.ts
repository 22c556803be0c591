import { assertEquals } from "@std/assert";
import {
  decimalsOf,
  readableDifference,
  seedRule,
  verdict,
  verdictInWords,
} from "../../pipeline/sweep/verdict.ts";

const lower = { percent: -1.2, low: -1.8, high: -0.6, runsBelow: 3 };
const higher = { percent: 2.4, low: 0.0312, high: 5.1, runsBelow: 0 };
const neither = { percent: -0.03, low: -0.8, high: 0.6, runsBelow: 2 };

Deno.test("verdict() shows nothing where the interval holds 0, or a run disagrees", () => {
  assertEquals(verdict(lower, 3), "lower");
  assertEquals(verdict({ ...lower, runsBelow: 2 }, 3), "no difference shown");
  assertEquals(verdict({ ...lower, high: 0.1 }, 3), "no difference shown");
  assertEquals(verdict(higher, 3), "higher");
  assertEquals(verdict({ ...higher, runsBelow: 1 }, 3), "no difference shown");
  assertEquals(verdict({ ...higher, low: 0 }, 3), "no difference shown");
});

Deno.test("verdictInWords() names the seeds where they overrule the interval", () => {
  assertEquals(verdictInWords(lower, 3), "lower in 3 of 3 seeds");
  assertEquals(
    verdictInWords({ ...lower, runsBelow: 2 }, 3),
    "interval below 0, but in only 2 of 3 seeds: not counted as a difference",
  );
  assertEquals(
    verdictInWords({ ...higher, runsBelow: 1 }, 3),
    "interval above 0, but in only 2 of 3 seeds: not counted as a difference",
  );
  assertEquals(verdictInWords(neither, 3), "no difference shown");
});

Deno.test("verdictInWords() speaks of no seeds where there is one run", () => {
  assertEquals(verdictInWords({ ...lower, runsBelow: 1 }, 1), "lower");
  assertEquals(verdictInWords(higher, 1), "higher");
  assertEquals(seedRule(higher, 1), "");
  assertEquals(seedRule(neither, 3), "");
});

Deno.test("readableDifference() has as many decimals as keep a bound from looking like 0", () => {
  assertEquals(readableDifference(lower), "-1.2 % [-1.8, -0.6]");
  assertEquals(readableDifference(higher), "+2.40 % [+0.03, +5.10]");
  assertEquals(
    readableDifference({ percent: 1, low: -0.004, high: 2 }),
    "+1.000 % [-0.004, +2.000]",
  );
  assertEquals(decimalsOf({ percent: 1, low: 1e-9, high: 2 }), 6);
});

Deno.test("readableDifference() gives what is 0 no sign", () => {
  assertEquals(readableDifference(neither), "0.0 % [-0.8, +0.6]");
  assertEquals(readableDifference({ percent: 0, low: 0, high: 1.5 }), "0.0 % [0.0, +1.5]");
});
