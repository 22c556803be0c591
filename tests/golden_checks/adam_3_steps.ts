import { AdamState, recordAdam } from "../../pipeline/compute/ops/adam.ts";
import { type ParameterDescription, Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { writeGradients } from "../_parameters.ts";
import type { GoldenCheck } from "./_golden.ts";

const START = "_0";

export const checkAdam3Steps: GoldenCheck = async (gpu, golden) => {
  const { lr, weight_decay, bias_decay, beta1, beta2, eps } = golden.parameters;
  const names = golden.inputKeys.filter((key) => key.endsWith(START)).map((key) =>
    key.slice(0, -START.length)
  );
  const parameters = new Parameters(
    gpu,
    names.map((name): ParameterDescription => {
      const [co, ci = 1, height = 1, width = 1] = golden.input(name + START).shape;
      const kind = name.startsWith("bias") ? "bias" : "weight";
      return { name, kind, shape: [co, ci, height, width], inputSegments: [ci] };
    }),
  );
  parameters.write(new Map(names.map((name) => [name, golden.input(name + START).data])));
  const state = new AdamState(gpu, parameters, { beta1, beta2, epsilon: eps });
  const tape = new Tape(gpu);
  recordAdam(tape, parameters, state, { weightDecay: weight_decay, biasDecay: bias_decay });
  const program = await tape.finish();
  const got = new Map<string, ArrayLike<number>>();
  for (let step = 1; golden.inputKeys.includes(`grad_${names[0]}_${step}`); step++) {
    const gradients = names.map((name) =>
      [name, golden.input(`grad_${name}_${step}`).data] as const
    );
    writeGradients(gpu, parameters, new Map(gradients));
    state.setStep(step, lr);
    program.run();
    for (const [name, values] of await parameters.read()) got.set(`${name}_${step}`, values);
  }
  return got;
};
