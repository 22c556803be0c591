/** The files that two pictures' flow is asked for in, and that none takes the place of another. */
import type { Flow } from "../../pipeline/flow/estimate.ts";
import type { PairRequest } from "./arguments.ts";
import { type Described, directionOf } from "./direction.ts";
import { checkWritable, type Output, realPlaceOf } from "./files.ts";
import { placeOf } from "../typed_path.ts";
import {
  backwardName,
  type Direction,
  flowFile,
  occlusionFile,
  pictureFile,
} from "./files_of_pair.ts";

/** The files that are asked for, by what they hold and their names in each direction. */
function outputNames(
  { out, picture, occlusion, backward }: PairRequest,
): {
  make: (typed: string, direction: Direction) => Uint8Array | Promise<Uint8Array>;
  typed: string;
  backward: boolean;
}[] {
  const asked = [
    { typed: out, make: flowFile },
    { typed: picture, make: (_: string, direction: Direction) => pictureFile(direction) },
    { typed: occlusion, make: (_: string, direction: Direction) => occlusionFile(direction) },
  ];
  return asked.flatMap(({ typed, make }) =>
    typed === undefined ? [] : [
      { make, typed, backward: false },
      ...(backward ? [{ make, typed: backwardName(typed), backward: true }] : []),
    ]
  );
}

/** @throws {Error} when two outputs would be one file, an input would be written over, or a file can be none there */
export async function checkNames(request: PairRequest): Promise<void> {
  const { frames, model } = request;
  const inputs = [...frames, ...(model === undefined ? [] : [model])].map(realPlaceOf);
  const places = new Set<string>();
  for (const { typed } of outputNames(request)) {
    const place = realPlaceOf(typed);
    if (inputs.includes(place)) {
      throw new Error(`Cannot write ${typed}: it is one of the files that are read. Name another.`);
    }
    if (places.has(place)) {
      throw new Error(`Cannot write ${typed}: two outputs would be one file. Name another.`);
    }
    places.add(place);
    await checkWritable(typed);
  }
}

/** @throws {Error} when a flow does not fit into its file's format */
export async function outputsOf(
  request: PairRequest,
  flow: Flow,
  forward: Described,
): Promise<Output[]> {
  const directions = [forward, ...(request.backward ? [directionOf(flow, true)] : [])];
  const outputs: Output[] = [];
  for (const { typed, make, backward } of outputNames(request)) {
    const bytes = await make(typed, directions[backward ? 1 : 0]);
    outputs.push({ typed, place: placeOf(typed), bytes });
  }
  return outputs;
}
