/** deno task scoreboard: what needs neither an adapter nor OpenCV, which CI runs. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { join } from "@std/path";
import { ROOT } from "../stages/_run.ts";

async function scoreboard(...args: string[]) {
  const [program, ...rest] = denoConfig.tasks.scoreboard.command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...rest, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("deno task scoreboard explains itself, and refuses what it does not know", async () => {
  const help = await scoreboard("--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "deno task scoreboard [--folder F]");
  for (
    const [args, message] of [
      [["--fast"], "Unknown argument --fast."],
      [["--out", "board.txt"], "--out must end in .md, got board.txt."],
      [["--refine", "some"], "--refine takes a number of steps, got some."],
    ] as const
  ) {
    const { code, stderr } = await scoreboard(...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
  const taken = await scoreboard("--out", "README.md");
  assertEquals(taken.code, 1);
  assertMatch(taken.stderr, /^Cannot write README\.md: deno task scoreboard did not make it\./);
  const elsewhere = await scoreboard("--out", join(ROOT, "README.md"));
  assertEquals(elsewhere.code, 1);
  assertStringIncludes(elsewhere.stderr, `Cannot write ${join(ROOT, "README.md")}: deno task`);
  const missing = await scoreboard("--folder", "no/such/folder");
  assertEquals(missing.code, 1);
  assertMatch(missing.stderr, /^Cannot read no\/such\/folder: there is no such folder\.\n$/);
});
