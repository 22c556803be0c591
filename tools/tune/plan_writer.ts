/** The file that a tuning writes: what it has found so far, whole at any moment, beside what an earlier one had. */
import { join } from "@std/path";
import { type KernelPlan, parsePlan, type PlanFile } from "../../pipeline/compute/gpu/plan.ts";
import { type PlanCase, RULES } from "../../pipeline/compute/network/ops/convolution/planned.ts";

export class PlanWriter {
  readonly path: string;
  readonly #name: string;
  readonly #head: Omit<PlanFile, "cases">;
  readonly #cases: Map<string, unknown>;

  private constructor(
    path: string,
    name: string,
    head: Omit<PlanFile, "cases">,
    cases: Map<string, unknown>,
  ) {
    this.path = path;
    this.#name = name;
    this.#head = head;
    this.#cases = cases;
  }

  /**
   * Goes on from the file of that name where it is of the same adapter, kernels and rules.
   * @returns the writer, and why what lies there is given up, if it is
   */
  static async open(
    folder: string,
    name: string,
    { adapter, made }: Pick<PlanFile, "adapter" | "made">,
  ): Promise<{ writer: PlanWriter; givenUp?: string }> {
    await Deno.mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.json`);
    const head = { format: 1 as const, adapter, made, default: RULES };
    const start = (cases: Record<string, unknown>) =>
      new PlanWriter(path, name, head, new Map(Object.entries(cases)));
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { writer: start({}) };
      throw error;
    }
    const before = await parsePlan(name, text).catch((error) => error as Error);
    if (before instanceof Error) return { writer: start({}), givenUp: before.message };
    const others = [
      ...JSON.stringify(before.adapter) === JSON.stringify(adapter) ? [] : ["another adapter"],
      ...before.made?.kernels === made?.kernels ? [] : ["other kernels"],
      ...before.default === RULES ? [] : ["other rules"],
    ];
    if (others.length === 0) return { writer: start(before.cases) };
    const givenUp = `its ${Object.keys(before.cases).length} cases are of ${others.join(" and ")}.`;
    return { writer: start({}), givenUp };
  }

  get count(): number {
    return this.#cases.size;
  }

  /** As it would be read again. */
  plan(): Promise<KernelPlan> {
    return parsePlan(this.#name, this.#text());
  }

  /** Writes the file with this case, or without it: where the rules stay, no case says so. */
  async put(key: string, found: PlanCase | undefined): Promise<void> {
    if (found) this.#cases.set(key, found);
    else this.#cases.delete(key);
    const partial = `${this.path}.partial`;
    await Deno.writeTextFile(partial, this.#text());
    await Deno.rename(partial, this.path);
  }

  #text(): string {
    const cases = Object.fromEntries([...this.#cases].sort(([a], [b]) => a < b ? -1 : 1));
    return `${JSON.stringify({ ...this.#head, cases }, null, 2)}\n`;
  }
}
