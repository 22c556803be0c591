/** The file that a tuning writes: what it has found so far, whole at any moment, beside what an earlier one had. */
import { join } from "@std/path";
import { type KernelPlan, parsePlan, type PlanFile } from "../../pipeline/compute/gpu/plan.ts";
import { type PlanCase, RULES } from "../../pipeline/compute/network/ops/convolution/planned.ts";
import { differences, type PlanHead } from "./plan_head.ts";

export class PlanWriter {
  readonly path: string;
  readonly #name: string;
  readonly #head: PlanHead;
  #cases: Readonly<Record<string, unknown>> = {};

  private constructor(path: string, name: string, head: PlanHead) {
    this.path = path;
    this.#name = name;
    this.#head = head;
  }

  /**
   * Goes on from the file of that name where it is of the same adapter, kernels and rules.
   * @returns the writer, and why what lies there is given up, if it is
   */
  static async open(
    folder: string,
    name: string,
    head: PlanHead,
  ): Promise<{ writer: PlanWriter; givenUp?: string }> {
    await Deno.mkdir(folder, { recursive: true });
    const writer = new PlanWriter(join(folder, `${name}.json`), name, head);
    return { writer, givenUp: await writer.#read() };
  }

  /** Takes in the cases that the file has now. @returns why it has none that count, if there is a file */
  async #read(): Promise<string | undefined> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const before = await parsePlan(this.#name, text).catch((error) => error as Error);
    if (before instanceof Error) return before.message;
    const others = [
      ...differences(before, this.#head),
      ...before.default === RULES ? [] : ["other rules"],
    ];
    if (others.length > 0) {
      return `its ${Object.keys(before.cases).length} cases are of ${others.join(" and ")}.`;
    }
    this.#cases = before.cases;
  }

  get count(): number {
    return Object.keys(this.#cases).length;
  }

  /** As it would be read again. */
  plan(): Promise<KernelPlan> {
    return parsePlan(this.#name, this.#text());
  }

  /** Writes the file with this case, or without it: where the rules stay, no case says so. */
  async put(key: string, found: PlanCase | undefined): Promise<void> {
    // Another tuning may have written cases of its own meanwhile.
    await this.#read();
    const { [key]: _before, ...others } = this.#cases;
    this.#cases = found ? { ...others, [key]: found } : others;
    const partial = `${this.path}.${Deno.pid}.partial`;
    await Deno.writeTextFile(partial, this.#text());
    await Deno.rename(partial, this.path);
  }

  #text(): string {
    const cases = Object.fromEntries(
      Object.entries(this.#cases).sort(([a], [b]) => a < b ? -1 : 1),
    );
    const whole: PlanFile = { format: 1, ...this.#head, default: RULES, cases };
    return `${JSON.stringify(whole, null, 2)}\n`;
  }
}
