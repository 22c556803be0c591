/** The tracked plans, imported, so that every stage that computes depends on them and a new plan runs it again. */
import generic from "../../../kernels/plans/generic.json" with { type: "text" };
import { type KernelPlan, parsePlan, planFor, type PlannedAdapter } from "./plan.ts";

/** Texts by the names of the files in kernels/plans/. */
const TEXTS: Readonly<Record<string, string>> = { generic };

/** @throws {Error} when one of the files is not a plan */
export function trackedPlans(): Promise<KernelPlan[]> {
  return Promise.all(Object.entries(TEXTS).map(([name, text]) => parsePlan(name, text)));
}

/** @throws {Error} as {@link trackedPlans} and {@link planFor} */
export async function trackedPlanFor(adapter: PlannedAdapter): Promise<KernelPlan> {
  return planFor(await trackedPlans(), adapter);
}
