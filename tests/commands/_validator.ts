/** PyPI's roc-validator, offline, in the environment that ./run test makes for it. */
import { assert } from "@std/assert";
import { join } from "@std/path";
import { ROOT } from "./lineage/_project.ts";

const PROFILE = "provenance-run-crate-0.5";
const PROGRAMS = join(ROOT, ".cache/validator/bin");

export interface Verdict {
  readonly passed: boolean;
  /** Of severity REQUIRED. */
  readonly checks: number;
  readonly skipped: number;
  /** Identifier of the check and what it says. */
  readonly issues: readonly string[];
}

export class Validator {
  readonly #cache: string;
  readonly #report: string;

  private constructor(readonly folder: string) {
    this.#cache = join(folder, "contexts");
    this.#report = join(folder, "report.json");
  }

  /**
   * @param folder for its cache and reports
   * @throws {Error} when it is not installed, with how to get it
   */
  static async open(folder: string): Promise<Validator> {
    const validator = new Validator(folder);
    try {
      await Deno.stat(join(PROGRAMS, "rocrate-validator"));
    } catch {
      throw new Error(
        "The validator of crates is not installed. ./run test installs it; by hand: " +
          "python3 -m venv .cache/validator && .cache/validator/bin/pip install -r requirements-dev.txt",
      );
    }
    await Deno.mkdir(folder, { recursive: true });
    const script = join(ROOT, "tests/commands/context_cache.py");
    const { success, stderr } = await new Deno.Command(join(PROGRAMS, "python"), {
      args: [script, validator.#cache],
    }).output();
    assert(success, `Cannot fill the cache of contexts: ${new TextDecoder().decode(stderr)}`);
    return validator;
  }

  /** All REQUIRED checks of Provenance Run Crate 0.5 and the profiles that it builds on. */
  async validate(crate: string): Promise<Verdict> {
    const { code, stdout, stderr } = await new Deno.Command(join(PROGRAMS, "rocrate-validator"), {
      args: [
        ...["--no-interactive", "--disable-color", "validate", "--offline"],
        ...["--cache-path", this.#cache, "--profile-identifier", PROFILE],
        ...["--output-format", "json", "--output-file", this.#report, crate],
      ],
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert(code === 0 || code === 1, `rocrate-validator exited with ${code}: ${said}`);
    const { passed, issues, skipped_checks, statistics } = JSON.parse(
      await Deno.readTextFile(this.#report),
    );
    assert(passed === (code === 0), `rocrate-validator exited with ${code}, its report differs`);
    return {
      passed,
      checks: statistics.total_checks_by_severity.REQUIRED,
      skipped: skipped_checks,
      issues: issues.map((issue: { check: { identifier: string }; message: string }) =>
        `${issue.check.identifier}: ${issue.message}`
      ),
    };
  }
}
