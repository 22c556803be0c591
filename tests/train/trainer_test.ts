/** What a recorded step is made of: how many dispatches, how many of them wait, and the memory that it takes. */
import { assert, assertEquals } from "@std/assert";
import { assignSlots, bytesAlive } from "../../pipeline/compute/gpu/placement.ts";
import type { Dispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";
import { countWaits } from "../../pipeline/compute/gpu/waits.ts";
import { recordedStep } from "./_recorded_step.ts";

/** A change that needs more of them must say why here. */
const MOST = {
  cpu: { dispatches: 413, waits: 408 },
  gpu: { dispatches: 337, waits: 303 },
} as const;

function waitsOf(
  dispatches: readonly Dispatch[],
  { slotOf }: ReturnType<typeof assignSlots>,
): number {
  return countWaits(dispatches, (storage) => storage.buffer ?? slotOf.get(storage));
}

for (const family of ["cpu", "gpu"] as const) {
  Deno.test(`a step of the sweep keeps its number of dispatches and waits, family ${family}`, () => {
    const dispatches = recordedStep(family, 0.25, [8, 3, 64, 64]);
    const waits = waitsOf(dispatches, assignSlots(dispatches, family));
    const { [family]: most } = MOST;
    assert(dispatches.length <= most.dispatches, `${dispatches.length} dispatches`);
    assert(waits <= most.waits, `${waits} of them wait`);
    const joins = dispatches.filter(({ kernel }) => kernel.startsWith("concatenate."));
    assertEquals(joins.length, 0, "all parts of concatenations are written to their places");
  });
}

/** With the dispatches that wait for the sake of memory alone, at most. */
const SIZES: readonly [width: number, images: Shape, waits: number][] = [
  [0.25, [8, 3, 64, 64], 0],
  [1, [8, 3, 384, 832], 0],
];
/** Sizes of little memory, for whose sake hardly any waits. */
const LITTLE: readonly [width: number, images: Shape, waits: number][] = [
  [0.25, [8, 3, 128, 128], 0],
  [1, [8, 3, 128, 192], 25],
];
for (const [width, images, most] of LITTLE) {
  Deno.test(`on a GPU few dispatches of a small step wait for the sake of memory, width ${width}, [${images}]`, () => {
    const dispatches = recordedStep("gpu", width, images);
    const apart = countWaits(dispatches, (storage) => storage.buffer ?? storage);
    const more = waitsOf(dispatches, assignSlots(dispatches, "gpu")) - apart;
    assert(more <= most, `${more} more than the ${apart} that wait for values`);
  });
}
for (const [width, images, most] of SIZES) {
  Deno.test(`on a GPU few dispatches of a step wait for the sake of memory, of which little more than must be is used, width ${width}, [${images}]`, () => {
    const dispatches = recordedStep("gpu", width, images);
    const tight = assignSlots(dispatches), placed = assignSlots(dispatches, "gpu");
    const apart = countWaits(dispatches, (storage) => storage.buffer ?? storage);
    const more = waitsOf(dispatches, placed) - apart;
    assert(more <= most, `${more} more than the ${apart} that wait for values`);
    const avoidable = waitsOf(dispatches, tight) - apart;
    assert(more <= 0.2 * avoidable, `${more} of ${avoidable} that need not be`);
    const bytes = placed.slots.reduce((sum, slot) => sum + slot.bytes, 0);
    const growth = bytes / Math.max(64 << 20, bytesAlive(dispatches));
    assert(growth <= 1.3, `${growth} times the memory of what is alive at once`);
  });
}
