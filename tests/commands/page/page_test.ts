/** `deno task page` as deno.json calls it, used wrongly. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import denoConfig from "../../../deno.json" with { type: "json" };

async function page(...args: string[]) {
  const [program, ...flags] = denoConfig.tasks.page.command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...flags, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("deno task page says what it does, and what is wrong with its arguments", async () => {
  const help = await page("--help");
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "deno task page [--serve [--port N]]");
  for (
    const [args, message] of [
      [["--serve", "--port", "99999"], "A port is a number from 0 to 65535, got 99999."],
      [["--serve", "--port", "x"], "A port is a number from 0 to 65535, got x."],
      [["--port", "8080"], "--port is for --serve."],
      [["site"], "Unknown argument site."],
    ] as const
  ) {
    const wrong = await page(...args);
    assertEquals([wrong.code, wrong.stdout], [2, ""]);
    assertStringIncludes(wrong.stderr, message);
  }
});
