/** What sharpening does on the device, one operation at a time; its scratch begins full of NaN and ends in NaN. */
import { assertEquals } from "@std/assert";
import type { Storage } from "../../../pipeline/compute/gpu/tensor.ts";
import type { Tape } from "../../../pipeline/compute/tape.ts";
import type { PicturePair } from "../../../pipeline/flow/in_tiles.ts";
import { type BandOptions, Bands } from "../../../pipeline/flow/sharpening/bands.ts";
import { recordFeatures } from "../../../pipeline/flow/sharpening/propagation.ts";
import { testGpu } from "../../_adapter.ts";
import { GuardedTape } from "../../compute/network/ops/_guarded_tape.ts";

/**
 * Runs what is recorded over a field, and sees that nothing is written beyond scratch.
 * @param record given the features of both pictures
 */
export async function runInBands(
  pair: PicturePair,
  field: Float32Array,
  record: (tape: Tape, bands: Bands, first: Storage, second: Storage) => void,
  { hidden, onRows, ...options }: BandOptions & {
    hidden?: Uint8Array;
    onRows?: (share: number) => void;
  },
): Promise<Float32Array> {
  const gpu = await testGpu();
  const bands = new Bands(gpu, pair, options);
  const prepare = new GuardedTape(gpu, { reversed: false });
  recordFeatures(prepare, bands);
  const tape = new GuardedTape(gpu, { reversed: false });
  const [first, second] = bands.pictures;
  record(tape, bands, first.features, second.features);
  const programs = { prepare: await prepare.finish(), program: await tape.finish() };
  const result = await bands.run(programs, pair, field, { hidden, onRows });
  assertEquals(await tape.overwritten(), []);
  return result;
}
