/** What is compared with whom, by the names of the JSON's keys. */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { GRADIENT_CLIP, LEARNING_RATE, SMOOTHNESS, type StepSize, WEIGHT_DECAY } from "../_step.ts";
import { CACHE, ensureEnvironment, PYTHON } from "./environment.ts";
import type { Settings } from "./messages.ts";
import { openOurConvolution, writeConvolutionInputs } from "./our_convolution.ts";
import { openOurStep, writeStepInputs } from "./our_step.ts";
import { Peer, type Program, type Side } from "./peer.ts";

/** How PyTorch computes the cost volume: the fastest way that we know, or one product for each displacement. */
export const CORRELATIONS = ["fused", "slices"] as const;
export type Correlation = typeof CORRELATIONS[number];

/** What all peers of a session are told. */
export type Session = Pick<Settings, "device" | "threads"> & { readonly correlation: Correlation };

export interface Contest {
  readonly name: string;
  /** Largest relative difference of each result of both sides. */
  readonly tolerances: Readonly<Record<string, number>>;
  /** Writes what both sides start from. @param path of a safetensors file */
  writeInputs(path: string): Promise<void>;
  ours(gpu: Gpu): Promise<Side>;
  /** @param path what writeInputs has written */
  theirs(path: string, session: Session): Promise<Side>;
}

const FOLDER = "bench/peers";
const STEPS: readonly StepSize[] = [
  { width: 0.25, crop: [64, 64], batch: 4 },
  { width: 0.25, crop: [128, 128], batch: 4 },
  { width: 1, crop: [128, 128], batch: 4 },
];

/** Losses are sums of thousands of smooth terms; a norm of gradients also sees which side of a kink each rounding falls on. */
export const STEP_TOLERANCES = { total_loss: 1e-4, gradient_norm: 1e-3 };
const CONVOLUTION_TOLERANCES = { output: 1e-4, d_input: 1e-4, d_weight: 1e-4, d_bias: 1e-4 };

/** A program of this folder in some Python with PyTorch. */
export function pythonProgram(command: string, program: string): Program {
  // NumPy is not needed; PyTorch says that it is missing.
  const args = ["-W", "ignore:Failed to initialize NumPy", `${FOLDER}/${program}`];
  return { name: "PyTorch", command, args };
}

async function python(program: string): Promise<Program> {
  await ensureEnvironment();
  return pythonProgram(PYTHON, program);
}

function npm(name: string, program: string): Program {
  const options = ["--quiet", "--no-prompt", "--ignore-env", "--config", `${FOLDER}/deno.json`];
  const args = ["run", ...options, `--allow-read=${CACHE}`, `${FOLDER}/${program}`];
  return { name, command: "deno", args };
}

/** What torch_step.py is told besides the session. */
export const TORCH_STEP = {
  rho: SMOOTHNESS.rho,
  lambda: SMOOTHNESS.lambda,
  edgeAlpha: SMOOTHNESS.edgeAlpha,
  unrollIterations: SMOOTHNESS.unrollIterations,
  learningRate: LEARNING_RATE,
  gradientClip: GRADIENT_CLIP,
  weightDecay: WEIGHT_DECAY,
} as const;

function step(size: StepSize): Contest {
  return {
    name: `step.${size.width}_${size.crop[0]}`,
    tolerances: STEP_TOLERANCES,
    writeInputs: (path) => writeStepInputs(path, size),
    ours: (gpu) => openOurStep(gpu, size),
    theirs: async (inputs, session) =>
      await Peer.start(await python("torch_step.py"), { ...session, ...TORCH_STEP, inputs }),
  };
}

function convolution(peer: string, program: () => Program | Promise<Program>): Contest {
  return {
    name: `convolution.${peer}`,
    tolerances: CONVOLUTION_TOLERANCES,
    writeInputs: writeConvolutionInputs,
    ours: openOurConvolution,
    theirs: async (inputs, session) => await Peer.start(await program(), { ...session, inputs }),
  };
}

/** All, in the order of the table. */
export const CONTESTS: readonly Contest[] = [
  ...STEPS.map(step),
  convolution("pytorch", () => python("torch_convolution.py")),
  convolution("jax-js", () => npm("jax-js", "jax_convolution.ts")),
  convolution("tensorflow.js", () => npm("TensorFlow.js", "tfjs_convolution.ts")),
];
