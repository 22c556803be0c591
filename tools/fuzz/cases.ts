/**
 * The cases of a reader, by number: first its hostile files, then its heavy ones, then changed samples without end. The
 * same seed and number give the same bytes on every machine.
 */
import { Rng } from "../../pipeline/common/rng.ts";
import { type Mutate, mutateBytes } from "./mutations/bytes.ts";
import { mutateLines } from "./mutations/lines.ts";
import { mutatePng } from "./mutations/png.ts";
import { mutateSafetensors } from "./mutations/safetensors.ts";
import { mutateJson, mutateYaml } from "./mutations/tree.ts";
import { mutateZip } from "./mutations/zip.ts";
import type { Form, Make, Mutant, Reader } from "./reader.ts";

const MUTATIONS: Readonly<Record<Form, Mutate>> = {
  bytes: mutateBytes,
  png: mutatePng,
  zip: mutateZip,
  safetensors: mutateSafetensors,
  json: mutateJson,
  yaml: mutateYaml,
  lines: mutateLines,
};

export type Kind = "hostile" | "heavy" | "changed";

export interface Case extends Mutant {
  readonly kind: Kind;
  /** The whole file that was changed. */
  readonly sample?: string;
}

/** How many cases of a reader were made by hand. */
export function handMade({ hostile = {}, heavy = {} }: Reader): number {
  return Object.keys(hostile).length + Object.keys(heavy).length;
}

export async function makeCase(reader: Reader, seed: number, number: number): Promise<Case> {
  const byHand: [kind: Kind, how: string, make: Make][] = (["hostile", "heavy"] as const).flatMap(
    (kind) =>
      Object.entries(reader[kind] ?? {}).map(([how, make]): [Kind, string, Make] => [
        kind,
        how,
        make,
      ]),
  );
  if (number < byHand.length) {
    const [kind, how, make] = byHand[number];
    return { kind, how, bytes: await make() };
  }
  const rng = new Rng(seed).fork(`${reader.name}/${number}`);
  const names = Object.keys(reader.samples);
  const sample = names[number % names.length];
  const mutate = rng.integer(2) === 0 ? mutateBytes : MUTATIONS[reader.form];
  const whole = await reader.samples[sample]();
  return { kind: "changed", sample, ...mutate(whole, rng) };
}
