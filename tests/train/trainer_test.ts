/** What a recorded step is made of: how many dispatches, and how many of them wait. */
import { assert } from "@std/assert";
import { assignSlots } from "../../pipeline/compute/gpu/placement.ts";
import { countWaits } from "../../pipeline/compute/gpu/waits.ts";
import { recordedStep } from "./_recorded_step.ts";

/** A change that needs more of them must say why here. */
const MOST = {
  cpu: { dispatches: 656, waits: 637 },
  gpu: { dispatches: 784, waits: 762 },
} as const;

for (const family of ["cpu", "gpu"] as const) {
  Deno.test(`a step of the default recipe keeps its number of dispatches and waits, family ${family}`, () => {
    const dispatches = recordedStep(family, 0.25, [8, 3, 64, 64]);
    const { slotOf } = assignSlots(dispatches);
    const waits = countWaits(dispatches, (storage) => storage.buffer ?? slotOf.get(storage));
    const { [family]: most } = MOST;
    assert(dispatches.length <= most.dispatches, `${dispatches.length} dispatches`);
    assert(waits <= most.waits, `${waits} of them wait`);
  });
}
