import { assertEquals, assertLess } from "@std/assert";
import { openZip } from "../../pipeline/fetch/archive.ts";
import { writeZip } from "../../pipeline/fetch/zip_writer.ts";
import type { Files } from "./_archives.ts";

async function written(files: Files, order: string[]): Promise<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
  const bytes = new Response(readable).bytes();
  await writeZip(order, (path) => Promise.resolve(files[path]), writable);
  return await bytes;
}

Deno.test("writeZip()", async (t) => {
  const files: Files = {
    "b.flo": new Uint8Array(9000).fill(3),
    "a/1.png": Uint8Array.from({ length: 500 }, (_, i) => i),
  };
  await t.step("gives the same bytes in whatever order the paths come", async () => {
    const bytes = await written(files, ["b.flo", "a/1.png"]);
    assertEquals(bytes, await written(files, ["a/1.png", "b.flo"]));
  });
  await t.step("comes back, compressed except for pictures", async () => {
    const bytes = await written(files, Object.keys(files));
    assertLess(bytes.length, 500 + 600);
    const read = (offset: number, length: number) =>
      Promise.resolve(bytes.slice(offset, offset + length));
    const archive = await openZip({ size: bytes.length, read }, "a.zip");
    assertEquals(archive.paths, ["a/1.png", "b.flo"]);
    for (const path of archive.paths) assertEquals(await archive.read(path), files[path]);
  });
});
