/** What a recorded step is made of: how many dispatches, how many of them wait, and the memory that it takes. */
import { assert, assertEquals } from "@std/assert";
import { assignSlots } from "../../pipeline/compute/gpu/placement.ts";
import type { Dispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";
import { countWaits } from "../../pipeline/compute/gpu/waits.ts";
import { recordedStep } from "./_recorded_step.ts";

/** A change that needs more of them must say why here. */
const MOST = {
  cpu: { dispatches: 598, waits: 583 },
  gpu: { dispatches: 780, waits: 635 },
} as const;

function waitsOf(
  dispatches: readonly Dispatch[],
  { slotOf }: ReturnType<typeof assignSlots>,
): number {
  return countWaits(dispatches, (storage) => storage.buffer ?? slotOf.get(storage));
}

const bytesOf = ({ slots }: ReturnType<typeof assignSlots>) =>
  slots.reduce((sum, { bytes }) => sum + bytes, 0);

for (const family of ["cpu", "gpu"] as const) {
  Deno.test(`a step of the default recipe keeps its number of dispatches and waits, family ${family}`, () => {
    const dispatches = recordedStep(family, 0.25, [8, 3, 64, 64]);
    const waits = waitsOf(dispatches, assignSlots(dispatches, family));
    const { [family]: most } = MOST;
    assert(dispatches.length <= most.dispatches, `${dispatches.length} dispatches`);
    assert(waits <= most.waits, `${waits} of them wait`);
  });
}

const SIZES: readonly [width: number, images: Shape][] = [
  [0.25, [8, 3, 64, 64]],
  [1, [8, 3, 384, 832]],
];
for (const [width, images] of SIZES) {
  Deno.test(`on a GPU sharing buffers makes no dispatch of a step wait, width ${width}, [${images}]`, () => {
    const dispatches = recordedStep("gpu", width, images);
    const tight = assignSlots(dispatches), placed = assignSlots(dispatches, "gpu");
    assertEquals(
      waitsOf(dispatches, placed),
      countWaits(dispatches, (storage) => storage.buffer ?? storage),
    );
    assert(waitsOf(dispatches, tight) > waitsOf(dispatches, placed) + 100);
    const growth = bytesOf(placed) / bytesOf(tight);
    assert(growth > 1 && growth < 1.5, `${growth} times the memory`);
  });
}
