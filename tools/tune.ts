/**
 * `deno task tune`: writes the plan of the GPU at hand, case by case, whole at any moment. Which cases there are, the layers of
 * the network say; no run of the experiment ever measures.
 */
import { runCommand } from "../commands/run_command.ts";
import { Gpu, openGpu, TooLargeError } from "../pipeline/compute/gpu/device.ts";
import { trackedPlans } from "../pipeline/compute/gpu/plans.ts";
import {
  caseKey,
  CONVOLUTION_PASSES,
  type ConvolutionPass,
  TILE_NAMES,
} from "../pipeline/compute/network/ops/convolution/planned.ts";
import { HELP, parseTuneArguments, type TuneOptions, type TuneShape } from "./tune/arguments.ts";
import { measureCase } from "./tune/case.ts";
import { LayerOnDevice, sizesOf } from "./tune/layer_passes.ts";
import { type Layer, layersOfPwclite } from "./tune/layers.ts";
import { planHead } from "./tune/plan_head.ts";
import { PlanWriter } from "./tune/plan_writer.ts";
import { Stopwatch } from "./tune/stopwatch.ts";

const PLANS = "kernels/plans";

/** A layer with those of its passes that no layer before it has in its class of sizes. */
export interface LayerCases {
  readonly layer: Layer;
  readonly cases: readonly (readonly [key: string, pass: ConvolutionPass])[];
}

/** All cases of networks of these shapes, each at the first layer that has it. */
export function casesOfShapes(shapes: readonly TuneShape[], only = ""): LayerCases[] {
  const seen = new Set<string>();
  const layers = shapes.flatMap(({ width, pairs, height, pictureWidth }) =>
    layersOfPwclite(width, 2 * pairs, height, pictureWidth)
  );
  return layers.flatMap((layer) => {
    const convolution = sizesOf(layer);
    const passes = CONVOLUTION_PASSES.filter((pass) => pass !== "dInput" || !layer.first);
    const cases = passes.map((pass) => [caseKey(convolution, pass), pass] as const)
      .filter(([key]) => !seen.has(key) && key.includes(only));
    for (const [key] of cases) seen.add(key);
    return cases.length > 0 ? [{ layer, cases }] : [];
  });
}

/** @throws {Error} on a CPU driver, unless its times are not asked for */
async function openForTuning(asGpu: boolean): Promise<Gpu> {
  const gpu = await openGpu(undefined, { timestamps: true });
  // Without the present plan, which would decide what is measured.
  if (gpu.family === "gpu") return new Gpu(gpu.device, gpu.adapter);
  if (asGpu) return new Gpu(gpu.device, { ...gpu.adapter, fallback: false });
  throw new Error(
    `Cannot tune ${gpu.adapter.description}: it is a CPU driver, whose kernels no plan chooses. ` +
      "Run it on a machine with a GPU; deno task doctor shows the adapter.",
  );
}

/** Measures until all cases are done or `stopped` says so. */
async function tune(options: TuneOptions, stopped: () => boolean): Promise<void> {
  const layers = casesOfShapes(options.shapes, options.onlyCase);
  if (layers.length === 0) {
    throw new Error(`Cannot tune: no case has ${options.onlyCase} in its name.`);
  }
  const gpu = await openForTuning(options.asGpu);
  const { description } = gpu.adapter;
  const name = options.name ??
    description.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^[_\d]+|_+$/g, "");
  const head = planHead(gpu.adapter);
  const { writer, givenUp } = await PlanWriter.open(options.out ?? PLANS, name, head);
  if (givenUp) console.error(`${writer.path} begins anew: ${givenUp}`);
  const stopwatch = new Stopwatch(gpu);
  const total = layers.reduce((sum, { cases }) => sum + cases.length, 0);
  console.log(`${description}: ${total} cases by ${stopwatch.source}`);
  const counts = { done: 0, found: 0, leftOut: 0, tooLarge: 0 };
  for (const { layer, cases } of layers) {
    if (stopped()) break;
    try {
      const onDevice = new LayerOnDevice(gpu, layer);
      for (const [key, pass] of cases) {
        if (stopped()) break;
        const planSoFar = await writer.plan();
        const { tiles } = options;
        const measured = await measureCase(onDevice, pass, { gpu, stopwatch, planSoFar, tiles });
        const { found, leftOut } = measured;
        await writer.put(key, found);
        counts.done++;
        counts.leftOut += leftOut;
        if (found) counts.found++;
        const result = found
          ? `${found.use} ${found.tile} ${found.us} us, rules ${found.rule[1]} us`
          : "the rules stay";
        console.log(
          `${counts.done}/${total} ${key}: ${result}, of ${1 + measured.measured} kernels`,
        );
      }
      onDevice.destroy();
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      counts.tooLarge++;
      console.error(`${layer.name} is left out: ${error.message}`);
    }
  }
  console.log(
    `${writer.path}: ${counts.done} of ${total} cases measured, ${counts.found} beat the rules, ` +
      `${writer.count} in the plan; left out: ${counts.leftOut} kernels and ${counts.tooLarge} ` +
      "layers too large for the device",
  );
  if (!options.out) await sayWhatIsMissing(name);
  gpu.destroy();
}

async function sayWhatIsMissing(name: string): Promise<void> {
  const tracked = (await trackedPlans()).some(({ file }) => file === `${PLANS}/${name}.json`);
  if (!tracked) console.log(`To use it, import it in pipeline/compute/gpu/plans.ts.`);
}

/** @returns the exit status */
async function main(options: TuneOptions): Promise<number> {
  let status = 0;
  const ends = { SIGINT: 130, SIGTERM: 143 } as const;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      status = ends[signal];
      console.error(`${signal}: ends after the case at hand.`);
    });
  }
  await tune(options, () => status !== 0);
  return status;
}

if (import.meta.main) {
  await runCommand(HELP, (args) => parseTuneArguments(args, TILE_NAMES), main);
}
