/** Hashes are those that DVC itself wrote into the repository. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  comparePaths,
  entriesBelow,
  folderHash,
  folderListing,
  hashBytes,
  hashFile,
} from "../../../commands/lineage/hashes.ts";

const STORE = ".data-remote/files/md5";

Deno.test("folderListing() and folderHash() give the text and the name that DVC stored", () => {
  let folders = 0;
  for (const { name: head } of Deno.readDirSync(STORE)) {
    for (const { name: tail } of Deno.readDirSync(join(STORE, head))) {
      const path = join(STORE, head, tail);
      if (!tail.endsWith(".dir")) {
        assertEquals(hashFile(path, "md5"), head + tail);
        continue;
      }
      folders++;
      const text = Deno.readTextFileSync(path);
      const entries = JSON.parse(text);
      assertEquals(folderListing(entries.toReversed()), text);
      assertEquals(folderHash(entries), head + tail);
    }
  }
  assert(folders > 0, `${STORE} holds no folder`);
});

Deno.test("folderListing() sorts paths and escapes as Python does", () => {
  // Compared with DVC 3.67.1 on a folder with these files.
  const entries = [
    { md5: "c4ca4238a0b923820dcc509a6f75849b", relpath: "z" },
    { md5: "85a0c70bfba296663318bde072a3c6be", relpath: "sub/\u00fc" },
    { md5: "8f8b0eecec8e1da04fe831d1932a2ad5", relpath: "sub/a" },
    { md5: "24784ff2b225cd78d439a51221a33f4d", relpath: "sub/b" },
    { md5: "c4ca4238a0b923820dcc509a6f75849b", relpath: "sub.x" },
  ];
  assert(folderListing(entries).includes('"relpath": "sub/\\u00fc"}'));
  assertEquals(folderHash(entries), "3894f0fc331fbe9f19e7cca499c25443.dir");
  assertEquals(
    folderHash(entriesBelow(entries, "sub")),
    "39b9654d03459b1ca1b69141083af2cf.dir",
  );
});

Deno.test("folderListing() sorts letters above U+FFFF last, as Python does", () => {
  // Compared with DVC 3.67.1 on a folder with these files, of the contents "1", "2", "3", "4".
  const entries = [
    { md5: "c4ca4238a0b923820dcc509a6f75849b", relpath: "\u{1f600}a/1.png" },
    { md5: "c81e728d9d4c2f636f067f89cc14862c", relpath: "\ufb00b/1.png" },
    { md5: "eccbc87e4b5ce2fe28308fd9f2a7baf3", relpath: "\ufb00" },
    { md5: "a87ff679a2f3e71d9181a67b7542122c", relpath: "z" },
  ];
  const sorted = entries.map(({ relpath }) => relpath).sort(comparePaths);
  assertEquals(sorted, ["z", "\ufb00", "\ufb00b/1.png", "\u{1f600}a/1.png"]);
  assertEquals(folderHash(entries), "5bc5562d72a9dc6e1d546d7a64b35f54.dir");
});

Deno.test("hashBytes() knows MD5 and SHA-256", () => {
  assertEquals(hashBytes("abc", "md5"), "900150983cd24fb0d6963f7d28e17f72");
  assertEquals(
    hashBytes(new TextEncoder().encode("abc"), "sha256"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
