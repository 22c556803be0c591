import { assertEquals, assertRejects } from "@std/assert";
import { readWhole } from "../../stages/common/read_whole.ts";
import { inFolder } from "./_run.ts";

Deno.test("readWhole() gives all bytes of a file, more than one block and none", async () => {
  const path = await Deno.makeTempFile();
  const bytes = Uint8Array.from({ length: (1 << 24) + 3 }, (_, i) => i % 251);
  await Deno.writeFile(path, bytes);
  assertEquals(await readWhole(path), bytes);
  await Deno.writeFile(path, new Uint8Array());
  assertEquals((await readWhole(path)).length, 0);
  await Deno.remove(path);
  await assertRejects(
    () => readWhole(path),
    Deno.errors.NotFound,
    `Cannot read ${path}: there is no such file or folder. Run the stage that writes it again.`,
  );
});

Deno.test("readWhole() names a folder in the place of a file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/00000.safetensors`;
    await Deno.mkdir(path);
    await assertRejects(
      () => readWhole(path),
      Error,
      `Cannot read ${path}: it is a folder. Remove`,
    );
  }));
