/** What the programs of both npm packages share: settings and inputs, then timings on demand (messages.ts). */
import config from "./deno.json" with { type: "json" };
import { parseJson } from "../../pipeline/common/io/json.ts";
import { readSafetensors } from "../../pipeline/common/io/safetensors.ts";
import { type ConvolutionResults, SHAPES, type TensorName } from "./convolution_size.ts";
import { linesOf } from "./lines.ts";
import { type Prepared, requestSchema, settingsSchema } from "./messages.ts";

export type Inputs = Readonly<Record<TensorName, Float32Array>>;

export interface NpmPeer {
  readonly results: ConvolutionResults;
  readonly device: string;
  /** So many convolutions with their gradients, one behind the other, all of it done when it returns. */
  readonly run: (count: number) => Promise<void>;
}

const SOURCE = { file: "standard input" };

/** Answers until standard input ends. @param packages of deno.json, for their versions */
export async function serve(
  packages: readonly (keyof typeof config.imports)[],
  prepare: (inputs: Inputs) => Promise<NpmPeer>,
): Promise<void> {
  const lines = linesOf(Deno.stdin.readable)[Symbol.asyncIterator]();
  const first = await lines.next();
  const { inputs: file } = parseJson(first.value ?? "", settingsSchema, SOURCE);
  const { tensors } = readSafetensors(await Deno.readFile(file), file);
  const names = Object.keys(SHAPES) as TensorName[];
  const inputs = Object.fromEntries(names.map((name) => {
    const data = tensors.get(name)?.data;
    if (data instanceof Float32Array) return [name, data];
    throw new Error(`Cannot use ${file}: ${name} of type F32 is missing.`);
  })) as Inputs;
  const { run, ...prepared } = await prepare(inputs);
  const versions = Object.fromEntries(
    packages.map((name) => [name, config.imports[name].split("@").at(-1)!]),
  );
  say({ ...prepared, versions } satisfies Prepared);
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const { count } = parseJson(line.value, requestSchema, SOURCE);
    const start = performance.now();
    await run(count);
    say({ milliseconds: (performance.now() - start) / count });
  }
}

function say(message: unknown): void {
  console.log(JSON.stringify(message));
}
