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
  assert(commands.includes("./run test"), "the tests, with format, lint and types");
  for (const task of tasks) assert(task in denoConfig.tasks, task);
  assertMatch(env.FULL, /schedule.*--full/);
  assertEquals(Object.keys(workflow.on).sort(), [
    "pull_request",
    "push",
    "schedule",
    "workflow_dispatch",
  ]);
});

Deno.test("the workflow fails when verify does, although its output is piped, and warns of another adapter", async (t) => {
  assertEquals(workflow.defaults.run.shell, "bash");
  const { run } = workflow.jobs.verify.steps.find(({ name }: { name: string }) =>
    name === "Verify"
  );
  const folder = await Deno.makeTempDir();
  try {
    for (const [status, expected] of [[0, 0], [1, 1], [2, 2], [3, 0]]) {
      await t.step(`verify exits with ${status}`, async () => {
        await Deno.writeTextFile(`${folder}/run`, `#!/bin/sh\necho verdict\nexit ${status}\n`, {
          mode: 0o755,
        });
        // As GitHub runs it.
        const { code, stdout } = await new Deno.Command("bash", {
          args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", run],
          cwd: folder,
          env: { FULL: "" },
        }).output();
        assertEquals(code, expected);
        assertEquals(new TextDecoder().decode(stdout).includes("::warning::"), status === 3);
        assertEquals(await Deno.readTextFile(`${folder}/verify.txt`), "verdict\n");
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the workflow may only read, and names no path of one machine", () => {
  assertEquals(workflow.permissions, { contents: "read" });
  assert(!/secrets\./.test(text));
  assertEquals(text.match(/(^|[\s"'=])\/[a-z]\S*/gm) ?? [], []);
});
