/** When the loss changes, and how weights ramp in. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type PhaseSettings, phasesOf, rampAt } from "../../pipeline/train/phases.ts";

const EARLY = { wL1: 0.15, wSsim: 0.85, wCensus: 0, occlusion: "splat" } as const;
const LATE = { wL1: 0, wSsim: 0, wCensus: 1, occlusion: "forward_backward" } as const;

const summary = (settings: Partial<PhaseSettings>) =>
  phasesOf({ steps: 100, loss: EARLY, occlusionFromStep: 0, ...settings }).map((
    { fromStep, photometric: { wCensus, occlusion }, secondPass, occlusionPass },
  ) =>
    `${fromStep} ${wCensus ? "census" : "l1"} ${occlusion}${secondPass ? " second" : ""}${
      occlusionPass ? " hidden" : ""
    }`
  );

Deno.test("phasesOf() is one phase where nothing changes", () => {
  assertEquals(summary({}), ["0 l1 splat"]);
  assertEquals(summary({ secondPassFromStep: 0 }), ["0 l1 splat second"]);
});

Deno.test("phasesOf() begins occlusion, later loss and second pass at their steps", () => {
  const laterLoss = { fromStep: 50, photometric: LATE };
  assertEquals(summary({ occlusionFromStep: 20, laterLoss, secondPassFromStep: 70 }), [
    "0 l1 none",
    "20 l1 splat",
    "50 census forward_backward",
    "70 census forward_backward second",
  ]);
  assertEquals(summary({ laterLoss, secondPassFromStep: 50 }), [
    "0 l1 splat",
    "50 census forward_backward second",
  ]);
  assertEquals(summary({ secondPassFromStep: 40, occlusionPassFromStep: 30 }), [
    "0 l1 splat",
    "30 l1 splat hidden",
    "40 l1 splat second hidden",
  ]);
  // Occlusion that begins after the switch begins with the later kind.
  assertEquals(summary({ laterLoss, occlusionFromStep: 60 }), [
    "0 l1 none",
    "50 census none",
    "60 census forward_backward",
  ]);
});

Deno.test("phasesOf() leaves out what begins after the last step, and what changes nothing", () => {
  const laterLoss = { fromStep: 100, photometric: LATE };
  assertEquals(summary({ occlusionFromStep: 100, laterLoss, secondPassFromStep: 100 }), [
    "0 l1 none",
  ]);
  assertEquals(summary({ laterLoss: { fromStep: 30, photometric: EARLY } }), ["0 l1 splat"]);
});

Deno.test("rampAt() rises linearly from its first step on", () => {
  const at = (step: number) => rampAt(step, { fromStep: 10, rampSteps: 4 });
  assertEquals([8, 9, 10, 11, 13, 14, 99].map(at), [0, 0, 0.25, 0.5, 1, 1, 1]);
  assertEquals(rampAt(0, { fromStep: 10, rampSteps: 0 }), 1);
  assertAlmostEquals(rampAt(0, { fromStep: 0, rampSteps: 3 }), 1 / 3);
});
