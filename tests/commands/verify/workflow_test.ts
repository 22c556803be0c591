/** The workflow for GitHub: that it runs the check as everybody does, and brings nothing of one machine. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import denoConfig from "../../../deno.json" with { type: "json" };

const text = Deno.readTextFileSync(".github/workflows/verify.yml");
const workflow = parse(text);

Deno.test("the workflow runs the task verify through ./run, and the whole experiment once a week", () => {
  const { steps, env } = workflow.jobs.verify;
  const commands: string[] = steps.flatMap(({ run }: { run?: string }) => run ?? []);
  const tasks = commands.flatMap((command) =>
    [...command.matchAll(/\.\/run deno task (\S+)/g)].map(([, task]) => task)
  );
  assertEquals(tasks, ["doctor", "verify"]);
  for (const task of tasks) assert(task in denoConfig.tasks, task);
  assertMatch(env.FULL, /schedule.*--full/);
  assertEquals(Object.keys(workflow.on).sort(), [
    "pull_request",
    "push",
    "schedule",
    "workflow_dispatch",
  ]);
});

Deno.test("the workflow fails when verify does, although its output is piped", () => {
  assertEquals(workflow.defaults.run.shell, "bash");
});

Deno.test("the workflow may only read, and names no path of one machine", () => {
  assertEquals(workflow.permissions, { contents: "read" });
  assert(!/secrets\./.test(text));
  assertEquals(text.match(/(^|[\s"'=])\/[a-z]\S*/gm) ?? [], []);
});
