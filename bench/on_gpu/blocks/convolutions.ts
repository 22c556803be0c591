/** Twelve convolutions of the network with their passes: directly, by Winograd, as chosen, and beside PyTorch's. */
import { z } from "zod";
import { parseJson } from "../../../pipeline/common/io/json.ts";
import { Gpu, TooLargeError } from "../../../pipeline/compute/gpu/device.ts";
import {
  type Plan,
  planConvolution,
  winogradTiles,
} from "../../../pipeline/compute/network/ops/convolution/choice.ts";
import { tilingName } from "../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  CONVOLUTION_PASSES,
  type ConvolutionPass,
  type TiledPass,
} from "../../../pipeline/compute/network/ops/convolution/planned.ts";
import {
  tilingFor,
  tilingForSum,
  withPass,
  workOf,
} from "../../../pipeline/compute/network/ops/convolution/tiled_choice.ts";
import { candidatesOf } from "../../../tools/tune/case.ts";
import { LayerOnDevice } from "../../../tools/tune/layer_passes.ts";
import { type Layer, layersOfPwclite } from "../../../tools/tune/layers.ts";
import { Stopwatch } from "../../../tools/tune/stopwatch.ts";
import { pythonProgram } from "../../peers/contests.ts";
import { type BlockContext, shareOf } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";
import { measuredPlan } from "./plan.ts";

/** Of the pyramid, and of the fourteen of the finest level, those that differ most. */
const PYRAMID = [0, 3, 5, 6], FINEST = [1, 2, 3, 6, 7, 9, 11, 12];
const LAYERS_OF_A_LEVEL = 14;
/** Unit of the chunks of a sum: pixels, or tiles of Winograd's planes. */
const UNIT = { direct: 1, winograd: 32 } as const;

/** The twelve, of a batch of 4 pairs at 384x832. */
export function chosenLayers(tiny: boolean): Layer[] {
  const layers = tiny ? layersOfPwclite(0.25, 2, 64, 64) : layersOfPwclite(1, 8, 384, 832);
  const finest = layers.slice(-LAYERS_OF_A_LEVEL);
  const chosen = [
    ...PYRAMID.map((index) => layers[index]),
    ...FINEST.map((index) => finest[index]),
  ];
  return tiny ? chosen.slice(1, 3) : chosen;
}

const channelsOf = ({ segments }: Layer) => segments.reduce((sum, count) => sum + count, 0);

function gigaflopOf(layer: Layer): number {
  const { batch, height, width, output, kernel, stride } = layer;
  const pixels = batch * Math.ceil(height / stride) * Math.ceil(width / stride);
  return 2e-9 * pixels * output * channelsOf(layer) * kernel ** 2;
}

const answerSchema = z.strictObject({
  layer: z.int(),
  pass: z.enum(CONVOLUTION_PASSES),
  layout: z.string(),
  us: z.number().positive(),
});

/** Microseconds of PyTorch by layer and pass, of its faster layout. */
async function timeTorch(
  context: BlockContext,
  layers: readonly Layer[],
): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  const { python } = context.settings;
  if (!python) {
    context.note("PyTorch is not compared: no Python with it and CUDA.");
    return best;
  }
  const sizes = layers.map((layer) => ({
    batch: layer.batch,
    input: channelsOf(layer),
    height: layer.height,
    width: layer.width,
    output: layer.output,
    kernel: layer.kernel,
    stride: layer.stride,
    dilation: layer.dilation,
    first: layer.first ?? false,
  }));
  const settings = { device: python.device, threads: navigator.hardwareConcurrency, layers: sizes };
  const { command, args } = pythonProgram(python.command, "torch_passes.py");
  const result = await runProgram(
    command,
    args,
    {
      input: JSON.stringify(settings),
      line: (line) => {
        const read = parseJson(line, answerSchema, { file: "answer of torch_passes.py" });
        const key = `${read.layer} ${read.pass}`;
        best.set(key, Math.min(read.us, best.get(key) ?? Infinity));
      },
      end: { seconds: Math.max(1, context.secondsLeft / 2), signal: "SIGTERM" },
    },
  );
  if (result?.outOfTime) {
    context.note(`PyTorch was out of time after ${best.size} passes.`);
  } else if (result?.code !== 0) {
    context.note(`torch_passes.py ended early: ${lastLines(result?.output ?? "no Python")}`);
  }
  return best;
}

export async function measureConvolutions(context: BlockContext): Promise<void> {
  const layers = chosenLayers(context.tiny);
  const torch = await timeTorch(context, layers);
  const opened = await context.openGpu();
  const plan = await measuredPlan(context, opened);
  // The plan that was measured here, if any, decides what is chosen.
  const gpu = plan ? new Gpu(opened.device, opened.adapter, plan) : opened;
  const stopwatch = new Stopwatch(gpu);
  context.note(
    `Times by ${stopwatch.source}; chosen by ${
      plan ? "the plan measured here" : gpu.plan?.id ?? "rules"
    }.`,
  );
  await context.forEach(layers.entries(), ([, layer]) => layer.name, async ([index, layer]) => {
    const onDevice = new LayerOnDevice(gpu, layer);
    const passes = CONVOLUTION_PASSES.filter((pass) => pass !== "dInput" || !layer.first);
    for (const pass of passes) {
      const times = await timePass(gpu, stopwatch, onDevice, pass);
      const rate = 1e6 * gigaflopOf(layer) / times.chosen;
      const theirs = torch.get(`${index} ${pass}`);
      context.row("convolutions", {
        layer: layer.name.trim(),
        pass,
        "direct us": times.direct ?? "",
        "Winograd us": times.winograd ?? "",
        "chosen us": times.chosen,
        "GFLOP/s": rate,
        share: shareOf(rate, context.known("gigaflops")),
        ...theirs === undefined
          ? {}
          : { "PyTorch us": theirs, "theirs / ours": theirs / times.chosen },
      });
    }
    onDevice.destroy();
  });
  opened.destroy();
}

interface PassTimes {
  readonly chosen: number;
  readonly direct?: number;
  readonly winograd?: number;
}

/** Microseconds of a pass, every way with the tile that the rules give it. */
async function timePass(
  gpu: Gpu,
  stopwatch: Stopwatch,
  onDevice: LayerOnDevice,
  pass: ConvolutionPass,
): Promise<PassTimes> {
  const { convolution } = onDevice;
  const chosen = planConvolution(convolution, gpu, false);
  const time = async (plan: Plan) => {
    const { program, from } = await onDevice.record(plan, pass);
    return await stopwatch.microseconds(program, from);
  };
  const timeBy = async (use: TiledPass["use"]) => {
    const tiles = use === "winograd" ? winogradTiles(convolution, gpu) : undefined;
    if (use === "winograd" && tiles === undefined) return undefined;
    const work = workOf(convolution, pass, tiles);
    const tiling = pass === "dWeight"
      ? tilingForSum(work, UNIT[use], gpu.largestStorage).tiling
      : tilingFor(work);
    const said = candidatesOf(convolution, pass, gpu, [tilingName(tiling)])
      .find((candidate) => candidate.use === use)!;
    try {
      return await time(withPass(chosen, convolution, pass, said));
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      return undefined;
    }
  };
  return {
    chosen: await time(chosen),
    direct: await timeBy("direct"),
    winograd: await timeBy("winograd"),
  };
}
