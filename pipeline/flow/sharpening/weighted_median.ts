/**
 * Medians of flow over neighbours that look alike, which is to say over those of the same thing: noise goes, boundaries stay (the
 * non-local term of Sun, Roth and Black, IJCV 2014). Weights are whole numbers, so that every device gives the same.
 */
import { defineKernel, type Kernel } from "../../compute/gpu/kernel.ts";
import type { Storage } from "../../compute/gpu/tensor.ts";
import type { Tape } from "../../compute/tape.ts";
import { type Bands, workgroupsOf } from "./bands.ts";
import code from "./weighted_median.wgsl" with { type: "text" };

/** Of a neighbour's distance; times that of its likeness and the number of neighbours, up to 257, it fits into 31 bits. */
const LARGEST_NEARNESS = 2 ** 8 - 1;

export interface Neighbourhood {
  /** Neighbours are at most so many pixels away along each axis, a multiple of `step`; every step-th of them counts. */
  readonly radius: number;
  readonly step: number;
  /** Distance in pixels at which a neighbour counts e times less. */
  readonly fading: number;
  /** "hidden": medians are taken at hidden pixels alone, of pixels that are not. */
  readonly at: "everywhere" | "hidden";
}

const gather = defineKernel("weighted_median", code, "gather", { reads: 4, writes: 1 });

/**
 * Records that flows of the band are replaced by medians, each component's by itself; a flow of whose neighbours none counts stays.
 * @param features of the picture whose flow it is
 */
export function recordWeightedMedians(
  tape: Tape,
  bands: Bands,
  features: Storage,
  neighbourhood: Neighbourhood,
): void {
  const { size: { width }, rows, place, flow, hidden } = bands;
  const gathered = tape.scratch("flows with their colours", 16 * width * rows);
  const params = [width, rows], workgroups = workgroupsOf(width, rows);
  const reads = [flow, features, hidden, place];
  tape.dispatch(gather, { params, reads, writes: [gathered], workgroups });
  const median = medianKernel(neighbourhood);
  tape.dispatch(median, {
    params,
    reads: [gathered],
    writes: [flow],
    workgroups: workgroupsOf(Math.ceil(width / pixelsOfThread(neighbourhood)), rows),
  });
}

/** Pixels of a row that one thread owns: two have most of their neighbours in common if none is left out. */
function pixelsOfThread({ step, at }: Neighbourhood): number {
  return step === 1 && at === "everywhere" ? 2 : 1;
}

/**
 * The smallest value at which half of all weight is reached is found bit by bit, in whole numbers in the order of the floats.
 * Neighbours are written out, one by one, so that they stay in registers.
 */
export function medianKernel(neighbourhood: Neighbourhood): Kernel {
  const { radius, step, fading, at } = neighbourhood;
  // Pipelines are found again by it.
  const entryPoint = `${at}_radius_${radius}_step_${step}_fading_${fading}`.replace(".", "_");
  const pixels = Array.from({ length: pixelsOfThread(neighbourhood) }, (_, pixel) => pixel);
  const places: { k: number; dx: number; dy: number }[] = [];
  for (let dy = -radius; dy <= radius; dy += step) {
    for (let dx = -radius; dx <= radius + pixels.length - 1; dx += step) {
      places.push({ k: places.length, dx, dy });
    }
  }
  const text = `${code}
@compute @workgroup_size(64)
fn ${entryPoint}(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = ${pixels.length}u * id.x;
  if (column >= params.width${
    at === "hidden" ? " || !neighbour(column, id.y, 0, 0).hidden" : ""
  }) { return; }
${places.map(({ k, dx, dy }) => `  let n${k} = neighbour(column, id.y, ${dx}, ${dy});`).join("\n")}
${pixels.map((pixel) => medianOfPixel(pixel, places, neighbourhood)).join("\n")}
}
`;
  return defineKernel("weighted_median", text, entryPoint, { reads: 1, writes: 1 });
}

/** @param places of all neighbours, from the thread's first pixel */
function medianOfPixel(
  pixel: number,
  places: readonly { k: number; dx: number; dy: number }[],
  { radius, fading, at }: Neighbourhood,
): string {
  const own = places.find(({ dx, dy }) => dx === pixel && dy === 0)!.k;
  const around = places.filter(({ dx }) => Math.abs(dx - pixel) <= radius);
  const sum = (term: (k: number) => string) => around.map(({ k }) => term(k)).join(" + ");
  const weights = around.map(({ k, dx, dy }) => {
    const nearness = LARGEST_NEARNESS * Math.exp(-Math.hypot(dx - pixel, dy) / fading);
    return `    let w${k} = weight(n${own}, n${k}, ${Math.round(nearness)}u, ${at === "hidden"});`;
  });
  const search = (component: string) =>
    `    var ${component} = 0u;
    for (var bit = 1u << 31u; bit > 0u; bit >>= 1u) {
      let tried = ${component} | bit;
      let below = ${sum((k) => `select(0u, w${k}, n${k}.${component} < tried)`)};
      if (below < half) { ${component} = tried; }
    }`;
  return `  if (n${own}.exists) {
${weights.join("\n")}
    let all = ${sum((k) => `w${k}`)};
    let half = (all + 1u) / 2u;
${search("x")}
${search("y")}
    if (all > 0u) { flow_out[id.y * params.width + column + ${pixel}u] = floats(vec2(x, y)); }
  }`;
}
