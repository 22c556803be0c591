/** What a soak has seen, counted and told. */
import { type Way, WAYS } from "./attempt.ts";

export class Tally {
  readonly #kills = new Map<string, number>();
  readonly #resumed = new Map<string, number[]>();
  readonly #problems: string[] = [];
  kills = 0;
  tooLate = 0;
  /** Killed, and had written everything all the same. */
  endedAllTheSame = 0;
  whileWriting = 0;
  cutWrites = 0;
  damaged = 0;
  refused = 0;
  anew = 0;
  rounds = 0;

  addKill(stage: string, way: Way): void {
    this.kills++;
    const name = `${stage} ${way}`;
    this.#kills.set(name, (this.#kills.get(name) ?? 0) + 1);
  }

  /** What a start said of the checkpoints that it found. */
  addStart(stage: string, said: string): void {
    this.refused += said.match(/^\w+: Cannot read checkpoints\//gm)?.length ?? 0;
    const [, step] = /goes on from step (\d+)/.exec(said) ?? [];
    if (step === undefined) this.anew++;
    else this.#resumed.set(stage, [...this.#resumed.get(stage) ?? [], Number(step)]);
  }

  addProblem(problem: string): void {
    this.#problems.push(problem);
  }

  get equal(): boolean {
    return this.#problems.length === 0;
  }

  /** Lines for a person. @param stages in their order */
  describe(stages: readonly string[]): string {
    const table = stages.map((stage) => {
      const counts = WAYS.map((way) => `${way} ${this.#kills.get(`${stage} ${way}`) ?? 0}`);
      return `  ${stage.padEnd(8)}  ${counts.join("  ")}`;
    });
    const resumed = stages.map((stage) => {
      const counts = Map.groupBy(this.#resumed.get(stage) ?? [], (step) => step);
      const steps = [...counts].sort(([a], [b]) => a - b)
        .map(([step, times]) => times.length > 1 ? `${step} (${times.length} times)` : `${step}`);
      return `  ${stage.padEnd(8)}  ${steps.join(", ") || "never"}`;
    });
    return [
      `Kills: ${this.kills}, of which ${this.whileWriting} while a checkpoint was being written ` +
      `(${this.cutWrites} left it half written); ${this.tooLate} came after the end.`,
      `Stages that were killed and came to their end all the same: ${this.endedAllTheSame}.`,
      ...table,
      `Starts that went on, from step:`,
      ...resumed,
      `Starts without a usable checkpoint: ${this.anew}.`,
      `Checkpoints damaged by a flipped bit: ${this.damaged}; refusals: ${this.refused}.`,
      `Runs finished and compared: ${this.rounds}.`,
      this.equal
        ? "Equal: every output has the bytes of the unbroken run."
        : `NOT EQUAL:\n${this.#problems.map((problem) => `  ${problem}\n`).join("")}`.trimEnd(),
    ].join("\n");
  }
}
