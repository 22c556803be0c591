/** Archives with the record of zip64 that PyTorch writes, needed or not. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { importPwcLite } from "../../pipeline/torch/import_pwclite.ts";
import { plainZip } from "../../pipeline/torch/plain_zip.ts";
import { dictionary, sampleNetwork, withZip64, zipFile } from "../../tools/fuzz/torch_parts.ts";

const PAPER = { normaliseFeatures: false, centreInput: false };
const EXTRA_BYTES = 56 + 20;

Deno.test("plainZip() leaves out a record of zip64 that says nothing new, and nothing else", async () => {
  const zip = zipFile(dictionary([]));
  const { size, read } = plainZip(withZip64(zip));
  assertEquals(size, zip.length);
  for (const [offset, length] of [[0, size], [size - 30, 30], [size - 22, 4], [3, 9], [size, 5]]) {
    assertEquals(await read(offset, length), zip.slice(offset, offset + length));
  }
  const contradicting = withZip64(zip, 1);
  assertEquals(plainZip(contradicting).size, contradicting.length);
  assertEquals(plainZip(zip).size, zip.length);
  assertEquals(withZip64(zip).length - zip.length, EXTRA_BYTES);
  for (const short of [0, 21, 60]) assertEquals(plainZip(zip.slice(0, short)).size, short);
});

Deno.test("importPwcLite() takes archives with that record, and none that contradicts itself", async () => {
  const { entries, storages } = sampleNetwork();
  const zip = zipFile(dictionary(entries), storages);
  const { weights } = await importPwcLite(withZip64(zip), "x.pth", PAPER);
  assertEquals(weights, (await importPwcLite(zip, "x.pth", PAPER)).weights);
  const { message } = await assertRejects(
    () => importPwcLite(withZip64(zip, 1), "x.pth", PAPER),
    Error,
  );
  assertStringIncludes(message, "Cannot open x.pth: its table of contents");
});
