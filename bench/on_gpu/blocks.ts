/** All blocks in their order, and how much of the time each gets, in minutes of ten. */
import { measureAdapter } from "./blocks/adapter.ts";
import { measureDeviceCeilings } from "./blocks/ceilings.ts";
import { measureConvolutions } from "./blocks/convolutions.ts";
import { measureDeterminism } from "./blocks/determinism.ts";
import { measureGate } from "./blocks/gate.ts";
import { measureOverhead } from "./blocks/overhead.ts";
import { measurePlan } from "./blocks/plan.ts";
import { measurePyTorch } from "./blocks/pytorch.ts";
import { measureSteps } from "./blocks/step.ts";
import type { BlockContext } from "./context.ts";

export interface Block {
  readonly name: string;
  readonly title: string;
  readonly share: number;
  readonly measure: (context: BlockContext) => Promise<void>;
}

export const BLOCKS: readonly Block[] = [
  { name: "adapter", title: "The device", share: 0.3, measure: measureAdapter },
  { name: "gate", title: "Kernels compute correctly", share: 1.5, measure: measureGate },
  { name: "ceilings", title: "Ceilings", share: 0.7, measure: measureDeviceCeilings },
  { name: "overhead", title: "What a dispatch costs", share: 0.5, measure: measureOverhead },
  { name: "plan", title: "Which tiles are the fastest", share: 2, measure: measurePlan },
  { name: "convolutions", title: "Convolutions", share: 1.5, measure: measureConvolutions },
  { name: "pytorch", title: "A training step in PyTorch", share: 1.5, measure: measurePyTorch },
  { name: "step", title: "A training step of ours", share: 1.5, measure: measureSteps },
  { name: "determinism", title: "The same bytes twice", share: 0.5, measure: measureDeterminism },
];
