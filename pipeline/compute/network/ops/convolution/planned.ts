/**
 * What the plan of an adapter says of convolutions. A case is a pass, kernel, stride, class of dilations, padded channels of input
 * and output, and the power of two nearest to the number of output pixels; what no case says, the rules decide (tiled_choice.ts).
 */
import { z } from "zod";
import { casesOf, type KernelPlan } from "../../../gpu/plan.ts";
import {
  CANDIDATES,
  FUSED_CANDIDATES,
  FUSED_TILINGS,
  type FusedTiling,
  HALO_TILINGS,
  isFused,
  isHalo,
  type Tiling,
  tilingName,
  TILINGS,
} from "./generate/tiling.ts";
import type { Convolution } from "./shape.ts";

/**
 * What the rules of tiled_choice.ts are called. Cases were measured against them: with other rules it is another name, and plans
 * have to be written again.
 */
export const RULES = "rules v3";

export const CONVOLUTION_PASSES = ["forward", "dInput", "dWeight"] as const;
export type ConvolutionPass = typeof CONVOLUTION_PASSES[number];

/** Every tile of matrix products, and of pictures. */
export const ALL_TILINGS: readonly Tiling[] = [...TILINGS, ...CANDIDATES, ...HALO_TILINGS];
/** Every tile of Winograd in one dispatch. */
export const ALL_FUSED: readonly FusedTiling[] = [...FUSED_TILINGS, ...FUSED_CANDIDATES];
const TILING_OF: ReadonlyMap<string, Tiling | FusedTiling> = new Map(
  [...ALL_TILINGS, ...ALL_FUSED].map((tiling) => [tilingName(tiling), tiling]),
);
/** What a case can name. */
export const TILE_NAMES: readonly string[] = [...TILING_OF.keys()];

/** How a pass is computed on a GPU. */
export interface TiledPass {
  readonly use: "direct" | "winograd";
  /** Of the direct kernel, or of the products between Winograd's transforms. */
  readonly tiling: Tiling;
  /** Partial sums that the gradient of the weight is divided into; 1 in the other passes. */
  readonly chunks: number;
}

/** The same by Winograd in one dispatch. */
export interface FusedPass {
  readonly use: "fused";
  readonly tiling: FusedTiling;
  readonly chunks: 1;
}

export type PlannedPass = TiledPass | FusedPass;

const caseSchema = z.strictObject({
  use: z.enum(["direct", "winograd", "fused"]),
  tile: z.enum(TILE_NAMES, { error: "must be the tile of a kernel" }),
  chunks: z.int().min(1).max(65535),
  /** Evidence, in microseconds: of this, of the rules' choice, of the best of the rest. */
  us: z.number(),
  rule: z.tuple([z.string(), z.number()]),
  next: z.tuple([z.string(), z.number()]),
});

/** A case as a plan's file holds it. */
export type PlanCase = z.infer<typeof caseSchema>;

const KEY = /^(forward|dInput|dWeight) k[13] s[12] d[128] ci\d+ co\d+ m2\^\d+$/;

/** The smallest dilation of a class: 1, up to 7, more. A single tap has none. */
const dilationClass = ({ kernel, dilation }: Convolution) =>
  kernel === 1 || dilation === 1 ? 1 : dilation < 8 ? 2 : 8;

/** The name of a case. */
export function caseKey(convolution: Convolution, pass: ConvolutionPass): string {
  const { kernel, stride, inputSlots, outputSlots, batch, outputHeight, outputWidth } = convolution;
  const pixels = Math.round(Math.log2(batch * outputHeight * outputWidth));
  return `${pass} k${kernel} s${stride} d${dilationClass(convolution)} ` +
    `ci${4 * inputSlots} co${4 * outputSlots} m2^${pixels}`;
}

function problemOf(key: string, { use, tile, chunks }: PlanCase): string | undefined {
  if (!KEY.test(key)) return `the name is not of the form ${KEY.source}`;
  if (use !== "direct" && !key.includes(" k3 s1 ")) return "Winograd is for k3 s1 alone";
  const tiling = TILING_OF.get(tile)!;
  if (isFused(tiling) !== (use === "fused")) {
    return `the use "fused" goes with tiles fused_* alone, got "${use}" with ${tile}`;
  }
  if (use === "fused" && key.startsWith("dWeight")) {
    return "Winograd in one dispatch is for forward and dInput alone";
  }
  if (!isFused(tiling) && isHalo(tiling)) {
    if (use === "winograd") return `Winograd has no products in tiles of a picture, got ${tile}`;
    if (!key.includes(" k3 s1 ") || key.startsWith("dWeight")) {
      return `tiles of a picture are for forward and dInput of k3 s1 alone, got ${tile}`;
    }
  }
  if (chunks > 1 && !key.startsWith("dWeight")) {
    return `chunks must be 1 but for dWeight, got ${chunks}`;
  }
}

/**
 * What a plan says of a pass; undefined where the rules decide.
 * @throws {Error} when any case of the plan says what no kernel can do, or it was measured against other rules
 */
export function plannedPass(
  plan: KernelPlan | undefined,
  convolution: Convolution,
  pass: ConvolutionPass,
): PlannedPass | undefined {
  const found = plan &&
    casesOf(plan, RULES, caseSchema, problemOf).get(caseKey(convolution, pass));
  return found && {
    use: found.use,
    tiling: TILING_OF.get(found.tile)!,
    chunks: found.chunks,
  } as PlannedPass;
}
