/**
 * `./run dvc …`: DVC itself, and around it what makes dvc.lock survive a Ctrl-C, a kill or a full disk.
 * Called with the folder that the user is in, then DVC's arguments.
 */
import { explain } from "./failure.ts";
import { changedDataHint } from "./reproduce/changed_data.ts";
import { runDvc } from "./reproduce/run_dvc.ts";

const ROOT = ".";

if (import.meta.main) {
  const [cwd, ...args] = Deno.args;
  const say = (sentence: string) => console.error(`./run: ${sentence}`);
  try {
    const code = await runDvc(args, { root: ROOT, cwd, say });
    if (code !== 0 && /^(repro|exp|experiments)$/.test(args[0])) {
      const hint = await changedDataHint(ROOT);
      if (hint !== undefined) say(hint);
    }
    Deno.exit(code);
  } catch (error) {
    console.error(explain(error));
    Deno.exit(1);
  }
}
