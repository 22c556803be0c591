/** One case of a plan, measured: every kernel that can compute it, in two interleaved rounds, beside what the rules choose. */
import { type Gpu, TooLargeError } from "../../pipeline/compute/gpu/device.ts";
import type { KernelPlan } from "../../pipeline/compute/gpu/plan.ts";
import {
  type ChoosingGpu,
  type Plan,
  planConvolution,
  winogradTiles,
} from "../../pipeline/compute/network/ops/convolution/choice.ts";
import {
  type FusedTiling,
  isHalo,
  type Tiling,
  tilingName,
} from "../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { takesHalo } from "../../pipeline/compute/network/ops/convolution/halo.ts";
import {
  ALL_FUSED,
  ALL_TILINGS,
  type ConvolutionPass,
  type PlanCase,
  type PlannedPass,
  type TiledPass,
} from "../../pipeline/compute/network/ops/convolution/planned.ts";
import type { Convolution } from "../../pipeline/compute/network/ops/convolution/shape.ts";
import {
  chunksFor,
  withPass,
  workOf,
} from "../../pipeline/compute/network/ops/convolution/tiled_choice.ts";
import { judge, meanOf, type Timed } from "./judge.ts";
import type { LayerOnDevice, RecordedPass } from "./layer_passes.ts";
import type { Stopwatch } from "./stopwatch.ts";

const ROUNDS = 2;

/** Every way to compute a pass: each tile, directly and by Winograd, that in one dispatch too, where it can be. @param tiles names of tiles, if not all */
export function candidatesOf(
  convolution: Convolution,
  pass: ConvolutionPass,
  gpu: Pick<Gpu, "largestStorage">,
  tiles?: readonly string[],
): PlannedPass[] {
  const asked = (tiling: Tiling | FusedTiling) => tiles?.includes(tilingName(tiling)) ?? true;
  const tilings = ALL_TILINGS.filter(asked);
  const planes = winogradTiles(convolution, gpu);
  const ways = [["direct", undefined, 1], ["winograd", planes, 32]] as const;
  const fused = planes === undefined || pass === "dWeight" ? [] : ALL_FUSED.filter(asked);
  const apart = ways.filter(([use]) => use === "direct" || planes !== undefined).flatMap(
    ([use, tilesOfPlanes, unit]) =>
      tilings.filter((tiling) =>
        !isHalo(tiling) || (use === "direct" && pass !== "dWeight" && takesHalo(convolution))
      ).map((tiling): TiledPass => {
        if (pass !== "dWeight") return { use, tiling, chunks: 1 };
        const work = workOf(convolution, pass, tilesOfPlanes);
        const { chunk } = chunksFor(tiling, work, unit, gpu.largestStorage);
        return { use, tiling, chunks: Math.ceil(work.sum / chunk) };
      }),
  );
  return [...apart, ...fused.map((tiling) => ({ use: "fused", tiling, chunks: 1 }) as const)];
}

interface Candidate extends Timed {
  readonly said: PlannedPass | undefined;
  readonly recorded: RecordedPass;
  readonly rounds: number[];
}

export interface MeasuredCase {
  /** What goes into the plan; undefined: the rules stay. */
  readonly found: PlanCase | undefined;
  /** Kernels beside the rules' choice. */
  readonly measured: number;
  /** Candidates that do not fit into the device. */
  readonly leftOut: number;
}

/**
 * @param planSoFar its cases count for the passes before this one: the gradient of the weight can use the planes of forward
 * @throws {Error} when a kernel does not compile, or the device fails
 */
export async function measureCase(
  layer: LayerOnDevice,
  pass: ConvolutionPass,
  { gpu, stopwatch, planSoFar, tiles }: {
    gpu: Gpu;
    stopwatch: Stopwatch;
    planSoFar: KernelPlan;
    tiles?: readonly string[];
  },
): Promise<MeasuredCase> {
  const { convolution } = layer;
  const { adapter, family, largestStorage } = gpu;
  const choosing: ChoosingGpu = { adapter, family, largestStorage, plan: planSoFar };
  const rules = planConvolution(convolution, choosing, false);
  const rule = await candidate(layer, pass, rules, undefined);
  const candidates: Candidate[] = [];
  let leftOut = 0;
  for (const said of candidatesOf(convolution, pass, gpu, tiles)) {
    try {
      const plan = withPass(rules, convolution, pass, said);
      const next = await candidate(layer, pass, plan, said);
      // The rules' own choice cannot beat itself.
      if (next.name !== rule.name) candidates.push(next);
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      leftOut++;
    }
  }
  const all = [rule, ...candidates];
  for (let round = 0; round < ROUNDS; round++) {
    // There and back, so that a device that gets warm slows nobody more than others.
    for (const { recorded, rounds } of round % 2 === 0 ? all : all.toReversed()) {
      rounds.push(await stopwatch.microseconds(recorded.program, recorded.from));
    }
  }
  return { found: caseOf(rule, candidates), measured: candidates.length, leftOut };
}

async function candidate(
  layer: LayerOnDevice,
  pass: ConvolutionPass,
  plan: Plan,
  said: PlannedPass | undefined,
): Promise<Candidate> {
  const recorded = await layer.record(plan, pass);
  const { program, from } = recorded;
  // By its kernel in tiles, as `deno task kernels` names it.
  const name = program.kernels.slice(from).find((kernel) => kernel.includes("_tiled_"))!;
  return { name, said, recorded, rounds: [] };
}

function caseOf(rule: Candidate, candidates: readonly Candidate[]): PlanCase | undefined {
  const judgement = judge(rule, candidates);
  if (!judgement) return undefined;
  const { winner, next } = judgement;
  const microseconds = (timed: Timed) => Number(meanOf(timed).toPrecision(4));
  const { use, tiling, chunks } = winner.said!;
  return {
    use,
    tile: tilingName(tiling),
    chunks,
    us: microseconds(winner),
    rule: [rule.name, microseconds(rule)],
    next: [next.name, microseconds(next)],
  };
}
