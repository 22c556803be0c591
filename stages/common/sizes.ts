/** Sizes that do not fit into the device, or may have cost it: which parameters decide about them. */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { DeviceLostError, TooLargeError } from "../../pipeline/compute/gpu/device.ts";

/**
 * Runs what records or runs programs, and says what helps where a size is too large, or the device was lost.
 * @param advice a sentence
 * @throws {Error} what the work throws; a TooLargeError or DeviceLostError with the advice
 */
export async function withSizes<T>(advice: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TooLargeError || error instanceof DeviceLostError)) throw error;
    throw new Error(`${error.message} ${advice}`);
  }
}

/** The advice to lower one of some parameters. @param parameters dotted names with their values, what helps most first */
export function lower(
  parameters: Readonly<Record<string, number | readonly number[]>>,
): string {
  const values = Object.entries(parameters).map(([name, value]) =>
    `${name} = ${typeof value === "number" ? value : `[${value.join(", ")}]`}`
  );
  const last = values.pop();
  return `Lower ${values.length > 0 ? `${values.join(", ")} or ${last}` : last}.`;
}

/** What to lower where a batch of the direct minimisation is too large. @param pairs scenes, which have one size */
export function directAdvice(
  { pairs_per_batch }: { pairs_per_batch: number },
  pairs: readonly FramePair[],
): string {
  return lower({
    "direct.pairs_per_batch": Math.min(pairs_per_batch, pairs.length),
    "preprocess.scene_size": pairs[0]?.width ?? 0,
  });
}
