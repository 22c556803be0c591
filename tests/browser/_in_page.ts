/**
 * What runs inside the browser, bundled with the library that it calls: compiling every kernel, and computing golden
 * vectors. Arguments and results are plain JSON.
 */
import type { AdapterDescription } from "../../pipeline/compute/gpu/device.ts";
import { concatenate } from "../../pipeline/compute/network/ops/concatenate.ts";
import { normaliseFeatures } from "../../pipeline/compute/network/ops/normalise_features.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { testGpu } from "../_adapter.ts";
import { checkOperation } from "../_operation.ts";
import { sharpenedBits } from "../flow/_sharpened.ts";
import { openGolden } from "../golden_checks/_golden.ts";
import { CHECKS, type Deviation, deviationsOf, failuresOf } from "../golden_checks/checks.ts";
import { checkFirstStep } from "../golden_checks/training_trajectory.ts";
import { concatenate64 } from "../reference/concatenate.ts";
import { normaliseFeatures64 } from "../reference/normalise_features.ts";
import { random64 } from "../reference/tensor64.ts";

export interface GivenKernel {
  readonly name: string;
  readonly text: string;
  /** Each pipeline that it is to give: entry point and values of its `override` constants. */
  readonly pipelines: readonly GivenPipeline[];
}

export interface GivenPipeline {
  readonly entryPoint: string;
  readonly constants: Readonly<Record<string, number>>;
}

export interface Compiled {
  /** How many pipelines were made. */
  readonly pipelines: number;
  /** NAME:LINE:COLUMN MESSAGE, or NAME.ENTRY_POINT and why there is no pipeline. */
  readonly errors: string[];
  readonly warnings: string[];
}

/**
 * Tint allows the built-ins of subgroups only after this line, which the parser of Deno's wgpu refuses. It goes before the
 * first line, so that the numbers of lines stay.
 */
const ENABLE = "enable subgroups; ";

/** A device of the smallest limits that WebGPU guarantees: what compiles on it compiles everywhere. */
async function smallestDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("Cannot compile kernels: this browser has no WebGPU adapter.");
  return await adapter.requestDevice({ requiredFeatures: ["subgroups" as GPUFeatureName] });
}

async function compile(device: GPUDevice, { name, text, pipelines }: GivenKernel) {
  const code = /\bsubgroup[A-Z]/.test(text) ? ENABLE + text : text;
  const compiled = { pipelines: 0, errors: [] as string[], warnings: [] as string[] };
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: name, code });
  const invalid = device.popErrorScope();
  for (const { type, lineNum, linePos, message } of (await module.getCompilationInfo()).messages) {
    const place = `${name}:${lineNum}:${linePos} ${message}`;
    if (type === "error") compiled.errors.push(place);
    else if (type === "warning") compiled.warnings.push(place);
  }
  // Its message repeats what the compilation said.
  if (await invalid) return compiled;
  await Promise.all(pipelines.map(async ({ entryPoint, constants }) => {
    const compute = { module, entryPoint, constants };
    try {
      await device.createComputePipelineAsync({ layout: "auto", compute });
      compiled.pipelines++;
    } catch (error) {
      const values = JSON.stringify(constants);
      compiled.errors.push(`${name}.${entryPoint} ${values}: ${(error as Error).message}`);
    }
  }));
  return compiled;
}

export async function compileAll(kernels: readonly GivenKernel[]): Promise<Compiled> {
  const device = await smallestDevice();
  const compiled = await Promise.all(kernels.map((kernel) => compile(device, kernel)));
  device.destroy();
  return {
    pipelines: compiled.reduce((sum, { pipelines }) => sum + pipelines, 0),
    errors: compiled.flatMap(({ errors }) => errors),
    warnings: compiled.flatMap(({ warnings }) => warnings),
  };
}

export async function adapter(): Promise<AdapterDescription> {
  return (await testGpu()).adapter;
}

async function fetchBytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`Cannot fetch ${address}: status ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

export interface Measured {
  readonly results: Deviation[];
  /** Decided here, since JSON knows no NaN. */
  readonly failures: string[];
  /** Names of the kernels that have run so far on this device. */
  readonly kernels: string[];
}

/** Computes the cases of a file of golden vectors, which the server has below /golden. */
export async function measure(file: string): Promise<Measured> {
  const gpu = await testGpu();
  const results: Deviation[] = [];
  const { cases } = await openGolden("/golden", file, fetchBytes);
  for (const mode of CHECKS[file].fastFactor ? ["exact", "fast"] as const : ["exact"] as const) {
    for (const golden of cases) results.push(...await deviationsOf(gpu, file, golden, mode));
  }
  await gpu.finished();
  return { results, failures: failuresOf(results), kernels: [...gpu.pipelines.keys()] };
}

/** One training step of the network, by the convolutions that training uses here: results of checkFirstStep. */
export async function trainingStep(): Promise<Record<string, number[]>> {
  const { cases: [first] } = await openGolden("/golden", "training_trajectory", fetchBytes);
  const results = await checkFirstStep(await testGpu(), first, false);
  return Object.fromEntries([...results].map(([name, values]) => [name, Array.from(values)]));
}

/** For what the official code has no vectors of: against the float64 twin. @throws {Error} with the first mismatches */
export async function compareNormaliseFeatures(): Promise<void> {
  await checkOperation("normaliseFeatures", {
    inputs: [1, 2].map((seed) => random64(new Rng(seed), [2, 6, 5, 7], -2, 3)),
    operation: (tape, [first, second]) => concatenate(tape, normaliseFeatures(tape, first, second)),
    reference: (inputs) => concatenate64(inputs.map(normaliseFeatures64)),
  });
}

/** Bits of flows that are the same on every adapter. */
export async function sharpened(): Promise<number[]> {
  return await sharpenedBits(await testGpu());
}
