/**
 * `deno task kernels`: which kernels there are, and the text of one. Readable ones are files, and what kernels/README.md says of
 * those there is their line; generated ones are written by the library, exactly as it does when a program is recorded.
 */
import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text";
import { defineKernel, type Kernel, kernelName } from "../pipeline/compute/gpu/kernel.ts";
import { twice } from "../pipeline/compute/gpu/twice.ts";
import {
  generatedKernel,
  type KernelFamily,
} from "../pipeline/compute/network/ops/convolution/generate/family.ts";
import { jointTiled } from "../pipeline/compute/network/ops/convolution/generate/joint_tiled.ts";
import { jointDirect } from "../pipeline/compute/network/ops/convolution/generate/joint_direct.ts";
import { shuffleDirect } from "../pipeline/compute/network/ops/convolution/generate/shuffle_direct.ts";
import { shuffleGemm } from "../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import { tiledDirect } from "../pipeline/compute/network/ops/convolution/generate/tiled_direct.ts";
import { tiledGemm } from "../pipeline/compute/network/ops/convolution/generate/tiled_gemm.ts";
import { withDeclarations } from "../pipeline/compute/network/ops/convolution/generate/text.ts";
import { tiledHalo } from "../pipeline/compute/network/ops/convolution/generate/tiled_halo.ts";
import { tiledWinograd } from "../pipeline/compute/network/ops/convolution/generate/tiled_winograd.ts";
import { NEAR, WIDE } from "../pipeline/flow/sharpen.ts";
import propagation from "../pipeline/flow/sharpening/propagation.wgsl" with { type: "text" };
import { medianKernel } from "../pipeline/flow/sharpening/weighted_median.ts";
import weightedMedian from "../pipeline/flow/sharpening/weighted_median.wgsl" with {
  type: "text",
};

const HELP = `deno task kernels [--list | --print NAME]
  --list        a line for each kernel (the default)
  --print NAME  its WGSL; NAME as the list or deno task bench:step shows it: warp, warp.sort_runs
Exit status: 0; 2 wrong usage`;

export interface ListedKernel {
  /** A file without its ending, or FAMILY.ENTRY_POINT of a generated kernel. */
  readonly name: string;
  /** Where its text comes from. */
  readonly group: string;
  readonly about: string;
  /** Entry points of a file, which follow its name in that of a dispatch. */
  readonly entryPoints: readonly string[];
  readonly text: string;
}

const STORES = "fn store_output(";
const TWICE = ", written to two places";

function generated<Variant>(family: KernelFamily<Variant>): ListedKernel[] {
  return family.variants.flatMap((variant) => {
    const kernel = generatedKernel(family, variant), about = family.about(variant);
    const listed = (kernel: Kernel, about: string): ListedKernel => ({
      name: kernelName(kernel),
      group: `generated, readable in ${family.readable}`,
      about,
      entryPoints: [],
      text: kernel.code,
    });
    const twins = kernel.code.includes(STORES) ? [listed(twice(kernel), about + TWICE)] : [];
    return [listed(kernel, about), ...twins];
  });
}

/** The twins of the entry points of a file that store by store_output(). */
function twinsOf({ name: label, text }: ListedKernel): ListedKernel[] {
  const output = text.match(/^fn store_output\([^]*?\n {2}(\w+)\[/m)?.[1];
  if (output === undefined) return [];
  const binding = text.match(`binding\\((\\d+)\\) var<storage, read_write> ${output}:`)![1];
  const bodies = text.matchAll(/^@compute[^]*?fn (\w+)[^]*?^}\n/gm);
  const used = [...bodies].map(([body, entryPoint]) => ({
    entryPoint,
    declared: withDeclarations(text, body),
  }));
  return used.filter(({ declared }) => declared.includes(STORES)).map(
    ({ entryPoint, declared }) => {
      const reads = Number(binding) - 1;
      const writes = [...declared.matchAll(/var<storage, read_write>/g)].length;
      const twin = twice(defineKernel(label, text, entryPoint, { reads, writes }));
      return {
        name: `${label}.${twin.entryPoint}`,
        group: "made of files of kernels/ by gpu/twice.ts",
        about: `${entryPoint} of ${label}.wgsl${TWICE}`,
        entryPoints: [],
        text: twin.code,
      };
    },
  );
}

/** A cell of a Markdown table without its marks. */
const plain = (cell: string) => cell.replaceAll("**", "").replaceAll("\\|", "|");

function readable(folder: string): ListedKernel[] {
  const table = Deno.readTextFileSync(`${folder}/README.md`);
  const about = new Map(
    [...table.matchAll(/^\| (\w+)\.wgsl +\| (.*?) +\|/gm)].map((
      [, name, what],
    ) => [name, plain(what)]),
  );
  const names = (path: string) => [...Deno.readDirSync(path)].map((entry) => entry.name).sort();
  return names(folder).filter((name) => !name.includes(".")).flatMap((group) =>
    names(`${folder}/${group}`).filter((name) => name.endsWith(".wgsl")).map((file) => {
      const text = Deno.readTextFileSync(`${folder}/${group}/${file}`);
      const name = file.replace(/\.wgsl$/, "");
      return written(name, { group: `kernels/${group}`, about: about.get(name) ?? "", text });
    })
  );
}

function written(
  name: string,
  { group, about, text }: Pick<ListedKernel, "group" | "about" | "text">,
): ListedKernel {
  const entryPoints = [...text.matchAll(/^@compute[^]*?fn (\w+)/gm)].map((match) => match[1]);
  return { name, group, about, entryPoints, text };
}

/** What sharpens the flow of one's own pictures. No training depends on it, so it lies beside its module. */
function sharpening(): ListedKernel[] {
  const group = "pipeline/flow/sharpening";
  const median = (about: string, kernel: Kernel): ListedKernel => ({
    name: kernelName(kernel),
    group: "generated, begins with weighted_median.wgsl",
    about,
    entryPoints: [],
    text: kernel.code,
  });
  return [
    written("propagation", {
      group,
      about: "flows of neighbours by which pixels match better",
      text: propagation,
    }),
    written("weighted_median", {
      group,
      about: "what medians of flow over neighbours that look alike are made of",
      text: weightedMedian,
    }),
    median("medians of flow over what is near", medianKernel(NEAR)),
    median("medians of flow where pixels are hidden", medianKernel(WIDE)),
  ];
}

/**
 * All kernels, files of kernels/ first.
 * @param folder path of kernels/
 */
export function allKernels(folder: string): ListedKernel[] {
  const files = readable(folder);
  return [
    ...files,
    ...files.flatMap(twinsOf),
    ...sharpening(),
    ...generated(shuffleDirect),
    ...generated(jointDirect),
    ...generated(shuffleGemm),
    ...generated(tiledDirect),
    ...generated(jointTiled),
    ...generated(tiledHalo),
    ...generated(tiledGemm),
    ...generated(tiledWinograd),
  ];
}

/** A line for each kernel, below the name of its group. */
export function kernelList(kernels: readonly ListedKernel[]): string {
  const width = Math.max(...kernels.map(({ name }) => name.length));
  let group = "";
  return kernels.flatMap((kernel) => {
    const head = kernel.group === group ? [] : [`${group ? "\n" : ""}${kernel.group}`];
    group = kernel.group;
    return [...head, `  ${kernel.name.padEnd(width)}  ${kernel.about}`];
  }).join("\n");
}

/**
 * The WGSL of a kernel.
 * @param name as in the list, or with an entry point behind it
 * @throws {Error} when there is no such kernel, with the name that comes closest
 */
export function kernelText(kernels: readonly ListedKernel[], name: string): string {
  const texts = new Map<string, string>();
  for (const kernel of kernels) {
    texts.set(kernel.name, kernel.text);
    for (const entryPoint of kernel.entryPoints) {
      texts.set(`${kernel.name}.${entryPoint}`, kernel.text);
    }
  }
  const text = texts.get(name);
  if (text !== undefined) return text;
  throw new Error(
    `There is no kernel "${name}". Did you mean ${closestString(name, [...texts.keys()])}? ` +
      `deno task kernels --list shows all.`,
  );
}

/** What the command prints. @throws {Error} when the arguments make no sense */
function answer(args: string[]): string {
  const given = parseArgs(args, {
    boolean: ["list", "help"],
    string: ["print"],
    alias: { help: "h" },
    unknown: (argument) => {
      throw new Error(`Cannot understand ${argument}.\n${HELP}`);
    },
  });
  if (given.help) return HELP;
  if (given.list && given.print !== undefined) {
    throw new Error(`Give --list or --print NAME, not both.`);
  }
  const kernels = allKernels("kernels");
  if (given.print === undefined) return kernelList(kernels);
  if (given.print === "") throw new Error(`--print needs the NAME of a kernel.\n${HELP}`);
  return kernelText(kernels, given.print).trimEnd();
}

if (import.meta.main) {
  try {
    console.log(answer(Deno.args));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}
