/**
 * The penalty of single elements: value and slope of each smoothness cost at any c, by the kernels that train. A cost is a sum
 * over elements, of which its kernel leaves partial sums; here every partial sum has one element.
 */
import smoothnessCode from "../../kernels/smoothness/smoothness.wgsl" with { type: "text" };
import totalVariationCode from "../../kernels/smoothness/total_variation.wgsl" with {
  type: "text",
};
import unrolledCode from "../../kernels/smoothness/unrolled_cost.wgsl" with { type: "text" };
import type { Gpu } from "../compute/gpu/device.ts";
import { defineKernel, type Kernel } from "../compute/gpu/kernel.ts";
import { f32, type Param, type Program, workgroupsFor } from "../compute/gpu/program.ts";
import { persistentStorage, readStorage, type Shape, type Storage } from "../compute/gpu/tensor.ts";
import { Tape, type Value } from "../compute/tape.ts";

export const PENALTIES = ["unrolled", "quadratic", "l1", "charbonnier"] as const;
export type PenaltyName = typeof PENALTIES[number];

export interface PenaltySettings {
  /** T, a whole number. */
  readonly unrollIterations: number;
  /** Above 0. Of the quadratic, rho / 2 c^2, which is the unrolled cost with T = 0. */
  readonly rho: number;
  /** The slope of L1 and, far away, of Charbonnier. */
  readonly lambda: number;
  readonly eta: number;
  readonly stopGradient: boolean;
  /** Where Charbonnier's penalty, lambda (c^2 + bend^2)^(1/2), goes over from a parabola to a line; above 0. */
  readonly bend: number;
}

/** Of each element, in the order of c. */
export interface Penalised {
  readonly values: Float32Array;
  /** Derivative by c; at a kink, what the kernel that trains takes there. */
  readonly slopes: Float32Array;
}

/** As the kernel smoothness has it, in the units of what it penalises. */
const KERNEL_BEND = 0.01;
const CHARBONNIER = 1;

const unrolled = {
  values: defineKernel("unrolled_cost", unrolledCode, "residuals", { reads: 1, writes: 1 }),
  slopes: defineKernel("unrolled_cost", unrolledCode, "backward", { reads: 2, writes: 1 }),
};
const totalVariation = {
  values: defineKernel("total_variation", totalVariationCode, "forward", { reads: 1, writes: 1 }),
  slopes: defineKernel("total_variation", totalVariationCode, "backward", { reads: 2, writes: 1 }),
};
const smoothness = {
  values: defineKernel("smoothness", smoothnessCode, "forward", { reads: 2, writes: 1 }),
  slopes: defineKernel("smoothness", smoothnessCode, "backward", { reads: 3, writes: 1 }),
};

/** How a cost is computed element by element. */
interface Recipe {
  readonly kernels: { readonly values: Kernel; readonly slopes: Kernel };
  readonly params: readonly Param[];
  /** What the kernel reads. */
  readonly shape: Shape;
  /** c as the kernel reads it, [N, C, H, W]. */
  readonly lay: (c: ArrayLike<number>) => ArrayLike<number>;
  /** How many partial sums there are. */
  readonly partials: number;
  /** A picture that weakens the penalty; of one colour, it does not. */
  readonly picture?: Shape;
  /** From partial sums and gradients [N, C, H, W]. */
  readonly unlay: (partials: Float32Array, gradients: Float32Array) => Penalised;
}

/** One penalty with its settings, for any number of c. */
export class Penalty {
  readonly #tape: Tape;
  readonly #recipe: Recipe;
  readonly #program: Program;
  readonly #input: Value;
  readonly #partials: Storage;
  readonly #gradient: Value;

  private constructor(
    tape: Tape,
    recipe: Recipe,
    recorded: { program: Program; input: Value; partials: Storage; gradient: Value },
  ) {
    this.#tape = tape;
    this.#recipe = recipe;
    this.#program = recorded.program;
    this.#input = recorded.input;
    this.#partials = recorded.partials;
    this.#gradient = recorded.gradient;
  }

  /**
   * @param count of elements
   * @throws {Error} when T or count is no whole number, or rho or the bend is not above 0
   */
  static async of(
    gpu: Gpu,
    name: PenaltyName,
    count: number,
    settings: PenaltySettings,
  ): Promise<Penalty> {
    checkSettings(count, settings);
    const recipe = recipeOf(name, count, settings);
    const tape = new Tape(gpu, { gradients: false });
    const input = tape.persistent("c", recipe.shape);
    const one = tape.persistent("one", [1, 1, 1, 1]);
    tape.write(one, [1]);
    const picture = recipe.picture && tape.persistent("picture of one colour", recipe.picture);
    const reads = [input.storage, ...picture ? [picture.storage] : []];
    const partials = persistentStorage(gpu, "values", 4 * recipe.partials);
    const gradient = tape.persistent("slopes", recipe.shape);
    const { kernels: { values, slopes }, params } = recipe;
    const workgroups = workgroupsFor(recipe.partials, 64);
    tape.dispatch(values, { params, reads, writes: [partials], workgroups });
    tape.dispatch(slopes, {
      params,
      reads: [...reads, one.storage],
      writes: [gradient.storage],
      workgroups,
    });
    const program = await tape.finish();
    return new Penalty(tape, recipe, { program, input, partials, gradient });
  }

  /** @param c as many as the penalty was made for */
  async at(c: ArrayLike<number>): Promise<Penalised> {
    this.#tape.write(this.#input, this.#recipe.lay(c));
    this.#program.run();
    const [partials, gradients] = await Promise.all([
      readStorage(this.#tape.gpu, this.#partials),
      this.#tape.read(this.#gradient),
    ]);
    this.#tape.gpu.check();
    return this.#recipe.unlay(partials, gradients);
  }
}

function recipeOf(name: PenaltyName, count: number, settings: PenaltySettings): Recipe {
  if (name === "charbonnier") return charbonnierRecipe(count, settings);
  const { rho, lambda, eta, stopGradient } = settings;
  const elements = {
    shape: [1, 1, 1, count] as const,
    lay: (c: ArrayLike<number>) => c,
    partials: count,
    unlay: (partials: Float32Array, slopes: Float32Array) => ({
      values: partials.slice(0, count),
      slopes,
    }),
  };
  if (name === "l1") {
    return { ...elements, kernels: totalVariation, params: [count, count, f32(lambda)] };
  }
  const iterations = name === "quadratic" ? 0 : settings.unrollIterations;
  return {
    ...elements,
    kernels: unrolled,
    params: [
      count,
      count,
      iterations,
      stopGradient ? 1 : 0,
      f32(lambda / rho),
      f32(eta),
      f32(rho / 2 / (iterations + 1)),
    ],
  };
}

/** Its kernel penalises differences of a flow: each element is a picture of two pixels, which differ by c in u and in v. */
function charbonnierRecipe(count: number, { lambda, bend }: PenaltySettings): Recipe {
  const scale = KERNEL_BEND / bend;
  const factor = f32(lambda / scale / 2);
  return {
    kernels: smoothness,
    params: [count, 1, 2, 1, CHARBONNIER, 2 * count, f32(0), f32(scale), factor, factor],
    shape: [count, 2, 1, 2],
    lay: (c) => Array.from(c, (value) => [0, value, 0, value]).flat(),
    partials: 2 * count,
    picture: [count, 3, 1, 2],
    unlay: (partials, gradients) => ({
      values: Float32Array.from({ length: count }, (_, i) => partials[2 * i]),
      slopes: Float32Array.from(
        { length: count },
        (_, i) => gradients[4 * i + 1] + gradients[4 * i + 3],
      ),
    }),
  };
}

function checkSettings(count: number, settings: PenaltySettings): void {
  const { unrollIterations, rho, lambda, bend } = settings;
  if (
    Number.isInteger(count) && count > 0 && Number.isInteger(unrollIterations) &&
    unrollIterations >= 0 && rho > 0 && lambda >= 0 && bend > 0
  ) return;
  throw new Error(
    `Cannot compute penalties: wanted are a whole number of elements, T from 0 on, rho and bend above 0 and lambda from 0 on, ` +
      `got ${count} elements, T ${unrollIterations}, rho ${rho}, bend ${bend} and lambda ${lambda}.`,
  );
}
