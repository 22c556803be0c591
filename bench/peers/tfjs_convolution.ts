/** The convolution of convolution_size.ts with its gradients in TensorFlow.js on WebGPU. Run by bench/peers.ts, with deno.json of this folder. */
import { norm, SHAPES } from "./convolution_size.ts";
import { type Inputs, type NpmPeer, serve } from "./npm_peer.ts";

/** What is used here of the package's tensor. */
interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  transpose(value: Tensor, axes: number[]): Tensor;
  conv2d(input: Tensor, weight: Tensor, stride: number, padding: string): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  valueAndGrads(
    f: (...operands: Tensor[]) => Tensor,
  ): (operands: readonly Tensor[], seed: Tensor) => { value: Tensor; grads: Tensor[] };
}

// In variables: the gate checks this file without the packages.
const PACKAGE = "@tensorflow/tfjs", BACKEND_PACKAGE = "@tensorflow/tfjs-backend-webgpu";
const DEVICE = "webgpu";

async function prepare(inputs: Inputs): Promise<NpmPeer> {
  const tf: TensorFlow = await import(PACKAGE);
  await import(BACKEND_PACKAGE);
  if (!await tf.setBackend(DEVICE)) {
    throw new Error("Cannot run TensorFlow.js: it finds no WebGPU.");
  }
  await tf.ready();
  // Channels last, and weights [k, k, ci, co].
  const pixels = (data: Float32Array, shape: readonly number[]) =>
    tf.transpose(tf.tensor(data, shape), [0, 2, 3, 1]);
  const operands = [
    pixels(inputs.input, SHAPES.input),
    tf.transpose(tf.tensor(inputs.weight, SHAPES.weight), [2, 3, 1, 0]),
    tf.tensor(inputs.bias, SHAPES.bias),
  ];
  const seed = pixels(inputs.seed, SHAPES.seed);
  const withGradients = tf.valueAndGrads((input, weight, bias) =>
    tf.add(tf.conv2d(input, weight, 1, "same"), bias)
  );
  const compute = () => {
    const { value, grads } = withGradients(operands, seed);
    return [value, ...grads];
  };
  const norms: number[] = [];
  for (const tensor of compute()) norms.push(norm(await tensor.data()));
  const [output, d_input, d_weight, d_bias] = norms;
  return {
    results: { output, d_input, d_weight, d_bias },
    device: DEVICE,
    run: async (count) => {
      const tensors = Array.from({ length: count }, compute).flat();
      // It has no other way to wait than to read: the last gradient, that of the bias, is the smallest.
      await tensors.at(-1)!.data();
      for (const tensor of tensors) tensor.dispose();
    },
  };
}

await serve([PACKAGE, BACKEND_PACKAGE], prepare);
