/** What a plan is of: the adapter that was measured, and the kernels. Another one of either makes it worthless. */
import { createHash } from "node:crypto";
import type { AdapterDescription } from "../../pipeline/compute/gpu/device.ts";
import type { PlanFile } from "../../pipeline/compute/gpu/plan.ts";

/** What the measured kernels are made of. */
const KERNEL_FOLDERS = ["kernels/network", "pipeline/compute/network/ops/convolution"];

export interface PlanHead {
  readonly adapter: NonNullable<PlanFile["adapter"]>;
  readonly made: NonNullable<PlanFile["made"]>;
}

export function planHead(
  { vendor, device, description, subgroupMinSize, subgroupMaxSize }: AdapterDescription,
): PlanHead {
  return {
    adapter: { vendor, device, description, subgroup: [subgroupMinSize, subgroupMaxSize] },
    made: { deno: Deno.version.deno, kernels: kernelsHash() },
  };
}

/** In what a plan is of something else. @returns nothing where it is of this adapter and these kernels */
export function differences(plan: Pick<PlanFile, "adapter" | "made">, head: PlanHead): string[] {
  return [
    ...JSON.stringify(plan.adapter) === JSON.stringify(head.adapter) ? [] : ["another adapter"],
    ...plan.made?.kernels === head.made.kernels ? [] : ["other kernels"],
  ];
}

/** One hash of all files that the measured kernels are made of. */
function kernelsHash(): string {
  const filesBelow = (folder: string): string[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
    );
  const hash = createHash("sha256");
  for (const path of KERNEL_FOLDERS.flatMap(filesBelow).sort()) {
    hash.update(`${path}\n`).update(Deno.readFileSync(path));
  }
  return `sha256:${hash.digest("hex")}`;
}
