/** Temporary folders of bench/: gone afterwards, and where the program is ended. */
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { inTemporaryFolder } from "../../bench/_temporary.ts";
import { ROOT } from "../stages/_run.ts";

Deno.test("inTemporaryFolder() removes the folder after the work, failed or not", async () => {
  const folder = await inTemporaryFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    return Promise.resolve(folder);
  });
  let other = "";
  const failed = inTemporaryFolder((folder) => {
    other = folder;
    return Promise.reject(new Error("of no use"));
  });
  assertEquals(await failed.catch((error) => error.message), "of no use");
  assertEquals([existsSync(folder), existsSync(other)], [false, false]);
});

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`inTemporaryFolder() removes the folder at ${signal}`, async () => {
    const program = `import { inTemporaryFolder } from "./bench/_temporary.ts";
      await inTemporaryFolder(async (folder) => {
        Deno.writeTextFileSync(folder + "/file", "");
        console.log(folder);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const process = new Deno.Command("deno", {
      args: ["eval", "--ext=ts", program],
      cwd: ROOT,
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    const folder = new TextDecoder().decode((await reader.read()).value).trim();
    assert(existsSync(folder));
    process.kill(signal);
    const { code } = await process.status;
    await reader.cancel();
    assertEquals([code, existsSync(folder)], [status, false]);
  });
}
