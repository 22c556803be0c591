/**
 * Step lint: the commit obeys its own linter and formatter, in a fresh clone; above all the rule that no output may hang on
 * a clock, which two runs in a row cannot always tell. Whoever takes the rule out is named as well.
 */
import { join } from "@std/path";
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { Git } from "../lineage/git.ts";
import { Clone } from "./clone.ts";
import { lastLines, runProgram } from "./command.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const lintStep: Step = {
  name: "lint",
  claim: "the linter, with the rule against clocks and chance, and the formatter find nothing",
  cost: "seconds",
  run: checkLint,
};

const configSchema = z.object({
  lint: z.looseObject({ plugins: z.array(z.string()).default([]) }).prefault({}),
});
const PLUGIN = "tools/lint_plugin.ts";
/** As tools/lint_plugin.ts calls its rules. */
const RULES = "reproducible";
const LINES_SHOWN = 40;

async function checkLint(site: Site): Promise<Verdict> {
  const clone = await Clone.of(site, "lint");
  try {
    const problems = await silencedRules(clone.root);
    for (const args of [["lint", "--quiet"], ["fmt", "--check"]]) {
      const { code, stdout, stderr } = await runProgram("deno", args, {
        cwd: clone.root,
        env: { NO_COLOR: "1" },
      });
      if (code === 0) continue;
      problems.push(`deno ${args.join(" ")}:`);
      problems.push(
        ...lastLines((stdout + stderr).replaceAll(`${clone.root}/`, ""), LINES_SHOWN),
      );
    }
    if (problems.length === 0) return holds("deno lint and deno fmt --check, in a fresh clone");
    return fails("not what ./run deno lint and ./run deno fmt leave", problems);
  } finally {
    await clone.remove();
  }
}

/** Where the rule against clocks and chance is switched off. */
async function silencedRules(root: string): Promise<string[]> {
  const problems: string[] = [];
  const { lint } = parseJson(await Deno.readFile(join(root, "deno.json")), configSchema, {
    file: "deno.json",
  });
  const { plugins } = lint;
  if (!plugins.some((path) => join(root, path) === join(root, PLUGIN))) {
    problems.push(`deno.json does not name ${PLUGIN} among the plugins of its linter`);
  }
  for (const key of ["exclude", "include", "rules"]) {
    if (lint[key] === undefined) continue;
    problems.push(`deno.json has lint.${key}, which can leave files or rules out`);
  }
  for (const path of await new Git(root).filesOf("HEAD")) {
    if (!/\.[cm]?[jt]sx?$/.test(path)) continue;
    const lines = (await Deno.readTextFile(join(root, path))).split("\n");
    for (const [i, line] of lines.entries()) {
      // A bare directive silences every rule.
      const [, rules] = /^\s*(?:\/\/|\/\*)\s*deno-lint-ignore(?:-file)?\b(.*)$/.exec(line) ?? [];
      if (rules === undefined) continue;
      if (/^\s*(--.*|\*\/)?$/.test(rules) || rules.includes(`${RULES}/`)) {
        problems.push(`${path}:${i + 1} silences the rule: ${line.trim()}`);
      }
    }
  }
  return problems;
}
