/** The direct minimisation over a whole split, scored like a network: batches of pairs of one size, in their order. */
import type { FramePair } from "../common/io/pair.ts";
import { type DirectSettings, solveDirectly } from "./direct.ts";
import type { Gpu } from "../compute/gpu/device.ts";

/**
 * Flows of all pairs.
 * @param pairsPerBatch solved together at most
 * @param onPair called with the pairs done so far, fractions while a batch is being solved
 * @returns [H, W, 2] in pixels for each pair, in order
 */
export async function solveSplit(
  gpu: Gpu,
  pairs: readonly FramePair[],
  settings: DirectSettings,
  { pairsPerBatch, onPair }: { pairsPerBatch: number; onPair?: (done: number) => void },
): Promise<Float32Array[]> {
  const steps = settings.scales.reduce((sum, scale) => sum + scale.steps, 0);
  const flows: Float32Array[] = [];
  for (let start = 0; start < pairs.length;) {
    const { width, height } = pairs[start];
    let end = start + 1;
    while (
      end < pairs.length && end - start < pairsPerBatch &&
      pairs[end].width === width && pairs[end].height === height
    ) end++;
    const batch = pairs.slice(start, end);
    flows.push(
      ...(await solveDirectly(gpu, batch, settings, {
        onStep: (done) => onPair?.(start + batch.length * done / steps),
      })).map(({ forward }) => forward),
    );
    start = end;
  }
  return flows;
}
