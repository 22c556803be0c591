/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) in one dispatch, for small maps on a GPU. No planes of the input are left. */
import type { RecordedDispatch } from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import type { Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { type Passage, passageOf } from "./activation.ts";
import { generatedKernel } from "./generate/family.ts";
import { type TiledWinograd, tiledWinograd } from "./generate/tiled_winograd.ts";
import type { FusedTiling } from "./generate/tiling.ts";
import { tilesAlong, tilesOf } from "./planes.ts";
import type { Convolution } from "./shape.ts";
import { storingKernel } from "./storing_kernel.ts";
import { winogradParams } from "./winograd.ts";
import { transformedWeight } from "./winograd_weights.ts";

interface Fused {
  readonly picture: Storage;
  readonly weights: ReturnType<typeof transformedWeight>;
  /** What the pass reads besides. */
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
  readonly places?: readonly Place[];
  readonly passage?: Passage["params"];
}

function fusedDispatch(
  convolution: Convolution,
  { name, tiling }: TiledWinograd,
  { picture, weights: { right, rightFirst }, reads, writes, places, passage }: Fused,
): RecordedDispatch {
  const { batch, height, width, dilation, inputSlots, outputSlots } = convolution;
  const [slots, depth] = name === "forward" ? [outputSlots, inputSlots] : [inputSlots, outputSlots];
  const tiles = tilesOf(convolution);
  const params = winogradParams(convolution, slots, {
    firstImage: 0,
    endImage: batch,
    tileRows: tilesAlong(height, dilation),
    tileColumns: tilesAlong(width, dilation),
    tiles,
  }, { output: name === "forward", places, passage, fused: { depth, rightFirst } });
  const kernel = generatedKernel(tiledWinograd, { name, tiling });
  return {
    kernel: name === "forward" ? storingKernel(kernel, convolution, places!) : kernel,
    params,
    reads: [picture, right, ...reads],
    writes,
    workgroups: [Math.ceil(4 * slots / tiling.columns), Math.ceil(tiles / tiling.tiles), 1],
  };
}

/** Writes the output. */
export function fusedForward(
  tape: Tape,
  convolution: Convolution,
  tiling: FusedTiling,
  output: Storage,
): void {
  const { input, outputSlots, weight, plus } = convolution;
  const weights = transformedWeight(tape, convolution, 0);
  tape.dispatchMovable(
    { storage: output, stride: outputSlots, first: 0 },
    (places) =>
      fusedDispatch(convolution, { name: "forward", tiling }, {
        picture: input.storage,
        weights,
        reads: [weight.values, plus?.storage ?? weight.values],
        writes: places.map(({ storage }) => storage),
        places,
      }),
  );
}

/** Writes the gradient of the input from that before the activation of the output; returns what winogradInputGradient() does. */
export function fusedInputGradient(
  tape: Tape,
  convolution: Convolution,
  tiling: FusedTiling,
  dOutput: Storage,
  dInput: Storage,
): Summand["beforeActivation"] {
  const { input, inputSlots, weight } = convolution;
  const operands = { picture: dOutput, weights: transformedWeight(tape, convolution, 1) };
  // Kernels for GPUs make no sums for the bias here.
  const passage = passageOf(tape, input, dInput, 0);
  const { kernel, ...dispatch } = passage
    ? fusedDispatch(convolution, { name: "dinput_activated", tiling }, {
      ...operands,
      reads: passage.reads,
      writes: passage.writes,
      passage: passage.params,
    })
    : fusedDispatch(convolution, { name: "dinput", tiling }, {
      ...operands,
      reads: [weight.values],
      writes: [dInput],
      places: [{ storage: dInput, stride: inputSlots, first: 0 }],
    });
  tape.dispatch(kernel, dispatch);
  return passage?.beforeActivation;
}
