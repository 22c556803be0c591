import { assertEquals } from "@std/assert";
import { printable } from "../../pipeline/common/printable.ts";

Deno.test("printable() shows what moves cursors, colours and turns, and leaves all else", () => {
  assertEquals(printable("a\u001b[31m\r\u0007b"), "a\\u{1B}[31m\\u{D}\\u{7}b");
  assertEquals(
    printable("x\u202egnp.\u2028\u200b\u009b\ud800"),
    "x\\u{202E}gnp.\\u{2028}\\u{200B}\\u{9B}\\u{D800}",
  );
  assertEquals(printable("Straße\t東京\n𝄞"), "Straße\t東京\n𝄞");
});
