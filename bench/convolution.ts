/** `deno task bench:convolutions`: the fast convolutions beside the readable direct one, in one run. */
import { type Gpu, openGpu } from "../pipeline/compute/gpu/device.ts";
import { slotCount } from "../pipeline/compute/gpu/layout.ts";
import { conv2d } from "../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../pipeline/compute/parameters.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Rng } from "../pipeline/common/rng.ts";
import { type Layer, layersOfPwclite } from "../tools/tune/layers.ts";
import { refuseUnknown, runCommand } from "./_arguments.ts";
import { now } from "./_clock.ts";

const HELP = `deno task bench:convolutions [SET...]
  times the fast convolutions beside the readable direct one; sets, single and pwclite unless given:
  single         one 3x3 convolution 128 -> 128 on 4x32x48
  pwclite        every convolution of PWC-Lite at width 0.25 on 8 crops of 64x64
  wide           the same at width 1 on 8 crops of 128x192
  together       the fast ones of pwclite only, all in one program
  together_wide  those of wide
  On a CPU driver, times are processor time of all threads, which neighbours disturb less than the clock, and so GFLOP/s are
  of a core; those of together are by the clock. GFLOP/s count 2 N H W co ci k^2, whatever the algorithm does. For one core: taskset -c 0 in front.
  Exit status: 0; 1 an error; 2 wrong usage`;

const PASSES = ["forward", "dInput", "dWeight"] as const;

/** Of both gradients together: less is not told from noise, since dInput is what they take more than dWeight alone. */
const LEAST_SHARE = 0.25;

interface Timing {
  /** Undefined where it is too short to tell. */
  readonly milliseconds: Record<typeof PASSES[number], number | undefined>;
  readonly dispatches: Record<typeof PASSES[number], number>;
}

// Milliseconds of one run, the time for an empty submission taken off; the best of five.
async function timed(gpu: Gpu, run: () => void, latency: number): Promise<number> {
  const measure = async (count: number) => {
    const start = now(gpu);
    for (let i = 0; i < count; i++) run();
    await gpu.finished();
    return (now(gpu) - start - latency) / count;
  };
  await measure(1);
  const count = Math.min(100, Math.max(1, Math.ceil(20 / Math.max(0.05, await measure(1)))));
  let best = Infinity;
  for (let i = 0; i < 5; i++) best = Math.min(best, await measure(count));
  return Math.max(best, 1e-3);
}

async function emptySubmission(gpu: Gpu): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = now(gpu);
    gpu.device.queue.submit([]);
    await gpu.finished();
    best = Math.min(best, now(gpu) - start);
  }
  return best;
}

async function timeLayer(gpu: Gpu, layer: Layer, exact: boolean, latency: number): Promise<Timing> {
  const { batch, height, width, segments, output, kernel, stride, dilation, leakyRelu } = layer;
  const ci = segments.reduce((sum, channels) => sum + channels, 0);
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [output, ci, kernel, kernel], inputSegments: segments },
    { name: "b", kind: "bias", shape: [output, 1, 1, 1], inputSegments: [] },
  ]);
  const rng = new Rng(1);
  const noise = (count: number) => Float32Array.from({ length: count }, () => rng.uniform(-1, 1));
  parameters.write(new Map([["w", noise(output * ci * kernel * kernel)], ["b", noise(output)]]));
  const record = async (backward: boolean, differentiable: boolean) => {
    const tape = new Tape(gpu, { exact });
    const make = differentiable ? "variable" : "persistent";
    const input = tape[make]("x", [batch, ci, height, width], segments);
    tape.writePacked(input, noise(batch * height * width * slotCount(segments)));
    const options = { stride, dilation, leakyRelu };
    const out = conv2d(tape, input, parameters.get("w"), parameters.get("b"), options);
    const last = tape.recorded().at(-1)!;
    if (backward) {
      const seed = tape.persistent("seed", out.shape);
      tape.writePacked(seed, noise(seed.storage.bytes / 4));
      tape.backward(out, seed);
    }
    // What the backward pass wants of the weights is made at the beginning.
    const from = backward ? tape.recorded().indexOf(last) + 1 : 0;
    return { program: await tape.finish(), from };
  };
  const programs = [
    await record(false, false),
    await record(true, false),
    await record(true, true),
  ];
  const [forward, weight, all] = programs.map(({ program, from }) => program.kernels.length - from);
  const times: number[] = [];
  for (const { program, from } of programs) {
    if (from > 0) program.run();
    times.push(await timed(gpu, () => program.run(from), latency));
  }
  return {
    milliseconds: {
      forward: times[0],
      dWeight: times[1],
      dInput: times[2] - times[1] > LEAST_SHARE * times[2] ? times[2] - times[1] : undefined,
    },
    dispatches: { forward, dWeight: weight, dInput: all - weight },
  };
}

// One program of all layers, forward and backward: milliseconds by the clock and of processor time, and dispatches.
async function timeTogether(gpu: Gpu, layers: readonly Layer[], exact: boolean) {
  const channels = ({ segments }: Layer) => segments.reduce((sum, count) => sum + count, 0);
  const byWeight = new Map(layers.map((layer) => [layer.weight, layer]));
  const parameters = new Parameters(
    gpu,
    [...byWeight].flatMap(([name, layer]) => {
      const { output, kernel, segments } = layer;
      const shape = [output, channels(layer), kernel, kernel] as const;
      return [
        { name, kind: "weight", shape, inputSegments: segments },
        { name: `${name} bias`, kind: "bias", shape: [output, 1, 1, 1], inputSegments: [] },
      ];
    }),
  );
  const tape = new Tape(gpu, { exact });
  for (const layer of layers) {
    const { weight, first, batch, height, width, segments } = layer;
    const make = first ? "persistent" : "variable";
    const input = tape[make]("x", [batch, channels(layer), height, width], segments);
    const values = [parameters.get(weight), parameters.get(`${weight} bias`)] as const;
    const out = conv2d(tape, input, ...values, layer);
    tape.backward(out, tape.persistent("seed", out.shape));
  }
  const program = await tape.finish();
  let clock = Infinity, processor = Infinity;
  for (let i = 0; i < 8; i++) {
    const start = performance.now(), startProcessor = now(gpu);
    program.run();
    await gpu.finished();
    clock = Math.min(clock, performance.now() - start);
    processor = Math.min(processor, now(gpu) - startProcessor);
  }
  return { clock, processor, dispatches: program.kernels.length };
}

function gigaflop({ batch, height, width, segments, output, kernel, stride }: Layer): number {
  const ci = segments.reduce((sum, channels) => sum + channels, 0);
  return 2e-9 * batch * Math.ceil(height / stride) * Math.ceil(width / stride) * output * ci *
    kernel ** 2;
}

async function compare(gpu: Gpu, title: string, layers: readonly Layer[]): Promise<void> {
  const what = gpu.adapter.fallback ? "milliseconds of processor time" : "milliseconds";
  console.log(`\n${title}: ${what} old -> new (ratio, GFLOP/s of the new, dispatches)`);
  const latency = await emptySubmission(gpu);
  const sums = { old: 0, new: 0, work: 0, dispatches: 0, untold: 0 };
  const bySize = new Map<string, number>();
  for (const layer of layers) {
    const old = await timeLayer(gpu, layer, true, latency);
    const fast = await timeLayer(gpu, layer, false, latency);
    const work = gigaflop(layer), cells: string[] = [];
    for (const pass of PASSES) {
      if (pass === "dInput" && layer.first) continue;
      const before = old.milliseconds[pass], now = fast.milliseconds[pass];
      if (before === undefined || now === undefined) {
        cells.push(`${pass} too short to tell`);
        sums.untold++;
        continue;
      }
      cells.push(
        `${pass} ${before.toFixed(2)} -> ${now.toFixed(2)} (x${(before / now).toFixed(1)}, ` +
          `${(1e3 * work / now).toFixed(0)}, ${fast.dispatches[pass]})`,
      );
      sums.old += before;
      sums.new += now;
      sums.work += work;
      sums.dispatches += fast.dispatches[pass];
      const size = `${layer.height}x${layer.width}`;
      bySize.set(size, (bySize.get(size) ?? 0) + now);
    }
    console.log(`${layer.name.padEnd(34)} ${cells.join("  ")}`);
  }
  console.log(
    `sum: ${sums.old.toFixed(1)} -> ${sums.new.toFixed(1)} ms ` +
      `(x${(sums.old / sums.new).toFixed(1)}), ${
        (1e3 * sums.work / sums.new).toFixed(1)
      } GFLOP/s, ` +
      `${sums.dispatches} dispatches` +
      (sums.untold > 0 ? `; without ${sums.untold} passes that are too short to tell` : ""),
  );
  const old = await timeTogether(gpu, layers, true), fast = await timeTogether(gpu, layers, false);
  console.log(
    `in one program: ${old.clock.toFixed(1)} -> ${fast.clock.toFixed(1)} ms by the clock, ` +
      `${old.processor.toFixed(1)} -> ${fast.processor.toFixed(1)} ms of processor time, ` +
      `${fast.dispatches} dispatches`,
  );
  console.log([...bySize].map(([size, ms]) => `${size} ${ms.toFixed(1)} ms`).join(", "));
}

// The fast ones only.
async function sum(gpu: Gpu, title: string, layers: readonly Layer[]): Promise<void> {
  const { clock, processor, dispatches } = await timeTogether(gpu, layers, false);
  const work = layers.reduce((sum, layer) => sum + gigaflop(layer) * (layer.first ? 2 : 3), 0);
  console.log(
    `${title}: ${clock.toFixed(1)} ms by the clock, ${
      processor.toFixed(1)
    } ms of processor time, ` +
      `${work.toFixed(1)} GFLOP, ${
        (1e3 * work / clock).toFixed(1)
      } GFLOP/s, ${dispatches} dispatches`,
  );
}

const small = layersOfPwclite(0.25, 8, 64, 64), large = layersOfPwclite(1, 8, 128, 192);
const SETS: Readonly<Record<string, (gpu: Gpu) => Promise<void>>> = {
  together: (gpu) => sum(gpu, "PWC-Lite, width 0.25, 8x64x64", small),
  together_wide: (gpu) => sum(gpu, "PWC-Lite, width 1, 8x128x192", large),
  single: (gpu) =>
    compare(gpu, "128 -> 128 on 4x32x48", [{
      name: "128 -> 128",
      weight: "w",
      batch: 4,
      height: 32,
      width: 48,
      segments: [128],
      output: 128,
      kernel: 3,
      stride: 1,
      dilation: 1,
      leakyRelu: false,
    }]),
  pwclite: (gpu) => compare(gpu, "PWC-Lite, width 0.25, 8x64x64", small),
  wide: (gpu) => compare(gpu, "PWC-Lite, width 1, 8x128x192", large),
};

/** @throws {RangeError} for what is no set */
function parse(args: readonly string[]): string[] | undefined {
  if (args.includes("--help") || args.includes("-h")) return undefined;
  for (const name of args) if (!Object.hasOwn(SETS, name)) refuseUnknown(name);
  return args.length > 0 ? [...args] : ["single", "pwclite"];
}

async function measure(names: readonly string[]): Promise<void> {
  const gpu = await openGpu();
  console.log(gpu.adapter.description);
  for (const name of names) await SETS[name](gpu);
}

if (import.meta.main) Deno.exit(await runCommand(HELP, () => parse(Deno.args), measure));
