/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) in one dispatch, for small maps on a GPU. No planes of the input are left. */
import type { Param, RecordedDispatch } from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import { twice } from "../../../gpu/twice.ts";
import type { Tape } from "../../../tape.ts";
import { generatedKernel } from "./generate/family.ts";
import { type TiledWinograd, tiledWinograd } from "./generate/tiled_winograd.ts";
import type { FusedTiling } from "./generate/tiling.ts";
import { tilesAlong, tilesOf } from "./planes.ts";
import type { Convolution } from "./shape.ts";
import { transformedWeight, winogradParams } from "./winograd.ts";

interface Fused {
  readonly picture: Storage;
  /** vec4 of a pixel of the result. */
  readonly slots: number;
  readonly places: readonly Place[];
  /** The planes of the weights. */
  readonly weights: Storage;
}

function fusedDispatch(
  convolution: Convolution,
  { name, tiling }: TiledWinograd,
  { picture, slots, places, weights }: Fused,
): RecordedDispatch {
  const { batch, height, width, dilation } = convolution;
  const tiles = tilesOf(convolution);
  const params: Param[] = winogradParams(convolution, slots, {
    firstImage: 0,
    endImage: batch,
    tileRows: tilesAlong(height, dilation),
    tileColumns: tilesAlong(width, dilation),
    tiles,
  }, { output: name === "forward", places });
  const once = generatedKernel(tiledWinograd, { name, tiling });
  return {
    kernel: places.length === 1 ? once : twice(once),
    // The planes lie at the beginning of their buffer.
    params: [...params, 0],
    reads: [picture, weights, convolution.weight.values],
    writes: places.map(({ storage }) => storage),
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
  const { input: { storage: picture }, outputSlots: slots } = convolution;
  const weights = transformedWeight(tape, convolution, 0, turnedLater);
  tape.dispatchMovable(
    { storage: output, stride: slots, first: 0 },
    (places) =>
      fusedDispatch(convolution, { name: "forward", tiling }, { picture, slots, places, weights }),
  );
}

/** Writes the gradient of the input from that before the activation of the output. */
export function fusedInputGradient(
  tape: Tape,
  convolution: Convolution,
  tiling: FusedTiling,
  dOutput: Storage,
  dInput: Storage,
): void {
  const { inputSlots: slots } = convolution;
  const { kernel, ...dispatch } = fusedDispatch(convolution, { name: "dinput", tiling }, {
    picture: dOutput,
    slots,
    places: [{ storage: dInput, stride: slots, first: 0 }],
    weights: transformedWeight(tape, convolution, 1),
  });
  tape.dispatch(kernel, dispatch);
}
