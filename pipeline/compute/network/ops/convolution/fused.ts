/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) in one dispatch, for small maps on a GPU. No planes of the input are left. */
import type { Param, RecordedDispatch } from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import { twice } from "../../../gpu/twice.ts";
import type { Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { type Passage, passageOf } from "./activation.ts";
import { generatedKernel } from "./generate/family.ts";
import { type TiledWinograd, tiledWinograd } from "./generate/tiled_winograd.ts";
import type { FusedTiling } from "./generate/tiling.ts";
import { tilesAlong, tilesOf } from "./planes.ts";
import type { Convolution } from "./shape.ts";
import { transformedWeight, winogradParams } from "./winograd.ts";

interface Fused {
  /** vec4 of a pixel of the result. */
  readonly slots: number;
  /** The picture, the planes of the weights, and what else the pass reads. */
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
  readonly places?: readonly Place[];
  readonly passage?: Passage["params"];
}

function fusedDispatch(
  convolution: Convolution,
  { name, tiling }: TiledWinograd,
  { slots, reads, writes, places, passage }: Fused,
): RecordedDispatch {
  const { batch, height, width, dilation } = convolution;
  const tiles = tilesOf(convolution);
  const params: Param[] = winogradParams(convolution, slots, {
    firstImage: 0,
    endImage: batch,
    tileRows: tilesAlong(height, dilation),
    tileColumns: tilesAlong(width, dilation),
    tiles,
  }, { output: name === "forward", places, passage });
  const once = generatedKernel(tiledWinograd, { name, tiling });
  return {
    kernel: places?.length === 2 ? twice(once) : once,
    // The planes lie at the beginning of their buffer.
    params: [...params, 0],
    reads,
    writes,
    workgroups: [Math.ceil(4 * slots / tiling.columns), Math.ceil(tiles / tiling.tiles), 1],
  };
}

/** Writes the output. @param turnedLater the backward pass will want the weights turned */
export function fusedForward(
  tape: Tape,
  convolution: Convolution,
  tiling: FusedTiling,
  output: Storage,
  turnedLater: boolean,
): void {
  const { input, outputSlots: slots, weight } = convolution;
  const planes = transformedWeight(tape, convolution, 0, turnedLater);
  tape.dispatchMovable(
    { storage: output, stride: slots, first: 0 },
    (places) =>
      fusedDispatch(convolution, { name: "forward", tiling }, {
        slots,
        reads: [input.storage, planes, weight.values],
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
  const { input, inputSlots: slots, weight } = convolution;
  const reads = [dOutput, transformedWeight(tape, convolution, 1)];
  // No sums for the bias are made here, whose number is the last argument.
  const passage = passageOf(tape, input, dInput, 0);
  const { kernel, ...dispatch } = passage
    ? fusedDispatch(convolution, { name: "dinput_activated", tiling }, {
      slots,
      reads: [...reads, ...passage.reads],
      writes: passage.writes,
      passage: passage.params,
    })
    : fusedDispatch(convolution, { name: "dinput", tiling }, {
      slots,
      reads: [...reads, weight.values],
      writes: [dInput],
      places: [{ storage: dInput, stride: slots, first: 0 }],
    });
  tape.dispatch(kernel, dispatch);
  return passage?.beforeActivation;
}
