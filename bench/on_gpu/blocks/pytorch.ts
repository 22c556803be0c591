/** The same training steps in PyTorch, TF32 off: the cost volume as public code has it, and by products of matrices. */
import { median } from "simple-statistics";
import { sizeName } from "../../_step.ts";
import { CORRELATIONS, pythonProgram, TORCH_STEP } from "../../peers/contests.ts";
import { writeStepInputs } from "../../peers/our_step.ts";
import { Peer } from "../../peers/peer.ts";
import type { BlockContext } from "../context.ts";
import { runsFor, STEP_SIZES, TINY_SIZES } from "../sizes.ts";

/** Milliseconds of a reading, readings, and most steps of one. */
const READING_MS = 1000, READINGS = 5, MOST_STEPS = 50;

/** Name of the fact that the step of a size takes. */
export const torchFact = (size: string, correlation: string) => `PyTorch ${correlation}, ${size}`;

export async function measurePyTorch(context: BlockContext): Promise<void> {
  const { python, folder } = context.settings;
  if (!python) return context.note("PyTorch is not compared: no Python with it and CUDA.");
  const program = pythonProgram(python.command, "torch_step.py");
  const sizes = context.tiny ? TINY_SIZES : STEP_SIZES;
  const entries = sizes.flatMap((size) =>
    CORRELATIONS.toReversed().map((correlation) => ({ size, correlation }))
  );
  const inputs = `${folder}/inputs.safetensors`;
  await context.forEach(
    entries,
    ({ size, correlation }) => `${sizeName(size)} ${correlation}`,
    async ({ size, correlation }) => {
      await writeStepInputs(inputs, size);
      const threads = navigator.hardwareConcurrency, { device } = python;
      await using peer = await Peer.start(program, {
        ...TORCH_STEP,
        ...{ inputs, device, threads, correlation },
      });
      const count = runsFor(await peer.time(1), READING_MS, MOST_STEPS);
      await peer.time(count);
      const times: number[] = [];
      for (let i = 0; i < (context.tiny ? 1 : READINGS); i++) times.push(await peer.time(count));
      const { results, versions, device: where } = peer.prepared;
      const name = sizeName(size);
      context.fact(torchFact(name, correlation), median(times));
      context.fact(`loss of PyTorch, ${name}`, results.total_loss);
      context.row("steps of PyTorch", {
        step: name,
        correlation,
        "ms a step": median(times),
        fastest: Math.min(...times),
        device: where,
        torch: versions.torch,
      });
    },
  );
  await Deno.remove(inputs).catch(() => {});
}
