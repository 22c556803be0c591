import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import { readStorage } from "../../../pipeline/compute/gpu/tensor.ts";
import { GradientClip, recordGradientClip } from "../../../pipeline/compute/ops/gradient_clip.ts";
import { type ParameterDescription, Parameters } from "../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { GuardedTape } from "../network/ops/_guarded_tape.ts";
import { SMALL_NETWORK, writeGradients } from "../../_parameters.ts";
import { clipFactor64, norm64 } from "../../reference/adam.ts";
import { random64 } from "../../reference/tensor64.ts";

/** So many parameters that one tree does not add all partial sums of a GPU. */
const LARGE: readonly ParameterDescription[] = [
  ...SMALL_NETWORK,
  { name: "large.bias", kind: "bias", shape: [140_003, 1, 1, 1], inputSegments: [] },
];

interface Case {
  readonly scale: number;
  readonly maximum: number;
}

async function clipped(
  tape: Tape,
  network: readonly ParameterDescription[],
  { scale, maximum }: Case,
) {
  const { gpu } = tape;
  const parameters = new Parameters(gpu, network);
  const gradients = new Map(
    network.map(({ name, shape }) => [
      name,
      random64(new Rng(2).fork(name), shape, -scale, scale).data,
    ]),
  );
  writeGradients(gpu, parameters, gradients);
  const clip = new GradientClip(gpu);
  const norm = tape.keep(recordGradientClip(tape, parameters, clip, maximum));
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    return [(await tape.read(norm))[0], (await readStorage(gpu, clip.factor))[0]];
  };
  const first = await runOnce();
  assertEquals(await runOnce(), first, "two runs differ");
  const wanted = norm64([...gradients.values()].flatMap((data) => [...data]));
  return { got: first, wanted: [wanted, clipFactor64(wanted, maximum)], kernels: program.kernels };
}

const CASES: Record<string, Case> = {
  "above the maximum": { scale: 3, maximum: 1 },
  "below the maximum": { scale: 1e-5, maximum: 1 },
  "no clipping": { scale: 3, maximum: 0 },
};

Deno.test("recordGradientClip() finds norm and factor", async (t) => {
  for (const [name, test] of Object.entries(CASES)) {
    await t.step(name, async () => {
      const { got, wanted } = await clipped(new Tape(await testGpu()), SMALL_NETWORK, test);
      assertClose("norm", [got[0]], [wanted[0]], 1e-6);
      assertClose("factor", [got[1]], [wanted[1]], 1e-6);
    });
  }
});

Deno.test("recordGradientClip() adds in trees on a GPU, in any order of threads", async (t) => {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  for (const [network, trees] of [[SMALL_NETWORK, 1], [LARGE, 2]] as const) {
    for (const [name, test] of Object.entries(CASES)) {
      await t.step(`${name}, ${network.length} parameters`, async () => {
        const measured = [];
        for (const reversed of [false, true]) {
          const tape = new GuardedTape(gpu, { reversed });
          const { got, wanted, kernels } = await clipped(tape, network, test);
          assertEquals(kernels.filter((kernel) => kernel.includes("add_tree")).length, trees);
          assertEquals(await tape.overwritten(), []);
          assertClose("norm", [got[0]], [wanted[0]], 1e-6);
          assertClose("factor", [got[1]], [wanted[1]], 1e-6);
          measured.push(got);
        }
        assertEquals(measured[1], measured[0], "the threads in reversed order");
      });
    }
  }
});

Deno.test("recordGradientClip() of no gradient is norm 0, factor 1", async () => {
  const tape = new Tape(await testGpu());
  const { got } = await clipped(tape, SMALL_NETWORK, { scale: 0, maximum: 1 });
  assertEquals(got, [0, 1]);
});

Deno.test("recordGradientClip() refuses a negative maximum", async () => {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, SMALL_NETWORK);
  assertThrows(
    () => recordGradientClip(new Tape(gpu), parameters, new GradientClip(gpu), -1),
    Error,
    "norm of -1",
  );
});
