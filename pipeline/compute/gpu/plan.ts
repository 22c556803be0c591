/**
 * A plan: which kernels are the fastest on one kind of adapter. Measured by `deno task tune` and tracked in kernels/plans/, never
 * measured in a run: the choice fixes the order of summation, so the bytes of the results. What a case says, only the operation
 * that looks it up knows.
 */
import { z } from "zod";
import { checked, damaged } from "../../common/io/checked.ts";
import { parseJson } from "../../common/io/json.ts";
import { sha256 } from "../../common/sha256.ts";

const MEND = "Write it again on its adapter: deno task tune";

/** What a file says; `deno task tune` writes it. */
export interface PlanFile {
  format: 1;
  /** Whom it is for; null: every GPU that has no plan of its own, by rules alone. */
  adapter: {
    vendor: string;
    device: string;
    /** For people. */
    description: string;
    /** Smallest and largest. */
    subgroup: [number, number];
  } | null;
  /** Evidence: versions, and the hash of the kernels that were measured. */
  made: { deno: string; kernels: string } | null;
  /** The rules that decide where no case does, and against which the cases were measured. */
  default: string;
  cases: Record<string, unknown>;
}

const planSchema: z.ZodType<PlanFile> = z.strictObject({
  format: z.literal(1),
  adapter: z.strictObject({
    vendor: z.string(),
    device: z.string(),
    description: z.string(),
    subgroup: z.tuple([z.int(), z.int()]),
  }).nullable(),
  made: z.strictObject({ deno: z.string(), kernels: z.string() }).nullable(),
  default: z.string(),
  cases: z.record(z.string(), z.unknown()),
});

export interface KernelPlan extends PlanFile {
  /** For errors. */
  readonly file: string;
  /** Its name and the hash of its text: goes into adapter.json. */
  readonly id: string;
}

/**
 * @param name that of the file in kernels/plans/, without its ending
 * @throws {Error} when the text is not a plan: the place, what was expected there and what was found
 */
export async function parsePlan(name: string, text: string): Promise<KernelPlan> {
  const file = `kernels/plans/${name}.json`;
  const source = { file, mend: MEND };
  const plan = parseJson(text, planSchema, source);
  if (!plan.adapter) {
    checked(plan.cases, z.strictObject({}), { ...source, part: "cases, without an adapter" });
  }
  const hash = await sha256(new TextEncoder().encode(text));
  return { ...plan, file, id: `${name} sha256:${hash}` };
}

/** What plans are chosen by. */
export interface PlannedAdapter {
  readonly vendor: string;
  readonly device: string;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
}

/**
 * The plan of an adapter, else the one for all others.
 * @throws {Error} when two are for it, or there is none for all others
 */
export function planFor(
  plans: readonly KernelPlan[],
  { vendor, device, subgroupMinSize, subgroupMaxSize }: PlannedAdapter,
): KernelPlan {
  const fitting = plans.filter(({ adapter }) =>
    adapter?.vendor === vendor && adapter.device === device &&
    adapter.subgroup[0] === subgroupMinSize && adapter.subgroup[1] === subgroupMaxSize
  );
  const [first, second] = fitting.length > 0
    ? fitting
    : plans.filter(({ adapter }) => adapter === null);
  if (!first) throw new Error("Cannot choose a plan: none of them is for every adapter.");
  if (second) {
    throw damaged(
      { file: second.file, mend: "Remove one of them." },
      `it is for the same adapter as ${first.file}`,
    );
  }
  return first;
}

const readPlans = new WeakMap<KernelPlan, ReadonlyMap<string, unknown>>();

/**
 * All cases of a plan, read once by the operation that they are for.
 * @param rules what the operation's rules are called now
 * @param schema of a case
 * @param problem what a key, or a case together with its key, says that cannot be, as a sentence without a full stop
 * @throws {Error} when the plan was measured against other rules, or a case is wrong: its key and what is wrong
 */
export function casesOf<S extends z.ZodType>(
  plan: KernelPlan,
  rules: string,
  schema: S,
  problem: (key: string, value: z.output<S>) => string | undefined,
): ReadonlyMap<string, z.output<S>> {
  const before = readPlans.get(plan);
  if (before) return before as ReadonlyMap<string, z.output<S>>;
  const source = { file: plan.file, mend: MEND };
  if (plan.default !== rules) {
    throw damaged(source, `it was measured against "${plan.default}", here are "${rules}"`);
  }
  const cases = new Map(
    Object.entries(plan.cases).map(([key, value]) => {
      const place = { ...source, part: `case "${key}"` };
      const read = checked(value, schema, place);
      const wrong = problem(key, read);
      if (wrong) throw damaged(place, wrong);
      return [key, read];
    }),
  );
  readPlans.set(plan, cases);
  return cases;
}
