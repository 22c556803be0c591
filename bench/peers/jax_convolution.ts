/** The convolution of convolution_size.ts with its gradients in jax-js on WebGPU. Run by bench/peers.ts, with deno.json of this folder. */
import { norm, SHAPES } from "./convolution_size.ts";
import { type Inputs, type NpmPeer, serve } from "./npm_peer.ts";

/** What is used here of the package's array, which every call takes away unless `ref` is passed. */
interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  add(other: JaxArray): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface Jax {
  init(): Promise<readonly string[]>;
  defaultDevice(name: string): void;
  readonly numpy: { array(data: Float32Array): JaxArray };
  readonly lax: {
    conv(input: JaxArray, weight: JaxArray, strides: number[], padding: string): JaxArray;
  };
  vjp(
    f: (...operands: JaxArray[]) => JaxArray,
    operands: readonly JaxArray[],
  ): [JaxArray, (seed: JaxArray) => JaxArray[]];
  jit(f: (...operands: JaxArray[]) => JaxArray[]): (...operands: JaxArray[]) => JaxArray[];
  blockUntilReady(arrays: readonly JaxArray[]): Promise<unknown>;
}

// In a variable: the gate checks this file without the package.
const PACKAGE = "@jax-js/jax";
const DEVICE = "webgpu";

async function prepare(inputs: Inputs): Promise<NpmPeer> {
  const jax: Jax = await import(PACKAGE);
  if (!(await jax.init()).includes(DEVICE)) {
    throw new Error("Cannot run jax-js: it finds no WebGPU.");
  }
  jax.defaultDevice(DEVICE);
  const array = (data: Float32Array, shape: readonly number[]) =>
    jax.numpy.array(data).reshape(shape);
  const operands = [
    array(inputs.input, SHAPES.input),
    array(inputs.weight, SHAPES.weight),
    array(inputs.bias, [1, ...SHAPES.bias, 1, 1]),
    array(inputs.seed, SHAPES.seed),
  ];
  const convolution = (input: JaxArray, weight: JaxArray, bias: JaxArray) =>
    jax.lax.conv(input, weight, [1, 1], "SAME").add(bias);
  const withGradients = jax.jit((input, weight, bias, seed) => {
    const [output, gradients] = jax.vjp(convolution, [input, weight, bias]);
    return [output, ...gradients(seed)];
  });
  const compute = () => withGradients(...operands.map((operand) => operand.ref));
  const norms: number[] = [];
  for (const array of compute()) norms.push(norm(await array.data()));
  const [output, d_input, d_weight, d_bias] = norms;
  return {
    results: { output, d_input, d_weight, d_bias },
    device: DEVICE,
    run: async (count) => {
      // None is given back before all are done: what nobody waits for need not be computed.
      const arrays = Array.from({ length: count }, compute).flat();
      await jax.blockUntilReady(arrays);
      for (const array of arrays) array.dispose();
    },
  };
}

await serve([PACKAGE], prepare);
