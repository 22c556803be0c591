/** A small training step for the tests of benchmarks, by the kernels of both families. */
import { asGpu, recordTrainingStep } from "../../bench/_recording.ts";
import { testGpu } from "../_adapter.ts";

export const TINY = { width: 0.25, crop: [64, 64], batch: 1 } as const;

export async function tinySteps() {
  const gpu = await testGpu();
  return [gpu, asGpu(gpu)].map((of) => ({ gpu: of, step: recordTrainingStep(of, TINY) }));
}
