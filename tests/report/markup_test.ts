import { assertEquals } from "@std/assert";
import { jsonElement, markup, trusted } from "../../pipeline/report/markup.ts";

Deno.test("markup`` escapes text, and leaves what a template made as it is", () => {
  const inner = markup`<b title="${'"&'}">${"<i>"}</b>`;
  assertEquals(inner.toString(), '<b title="&quot;&amp;">&lt;i&gt;</b>');
  assertEquals(markup`<p>${[inner, " ", 5]}</p>`.toString(), `<p>${inner} 5</p>`);
  assertEquals(markup`${trusted("<hr>")}`.toString(), "<hr>");
});

Deno.test("markup`` leaves nothing where there is nothing, but keeps 0 and an empty text", () => {
  assertEquals(markup`[${undefined}${false}${0}${""}]`.toString(), "[0]");
});

Deno.test("markup`` shows signs that cannot be seen, so that no name hides behind another", () => {
  assertEquals(markup`<i>${"a\u202eb\u0000"}</i>`.toString(), "<i>a\\u{202E}b\\u{0}</i>");
});

Deno.test("templates of the page put values between double quotes or tags, where they are escaped", async () => {
  for await (const { name } of Deno.readDir("pipeline/report")) {
    if (!name.startsWith("page")) continue;
    const source = await Deno.readTextFile(`pipeline/report/${name}`);
    // An attribute without quotes, or in single ones, would end at a blank or a quote of the value.
    assertEquals(source.match(/=(?:'[^'"`<>]*)?\$\{/g) ?? [], [], name);
  }
});

Deno.test("jsonElement() holds values that no text can end", () => {
  const values = {
    name: "</script><script>alert(1)</script><!--<script>\u2028\u2029&amp;",
    list: [1.5, null],
  };
  const text = jsonElement("data", values).toString();
  assertEquals(text.match(/<\/?script|<!--|[\u2028\u2029]/g), ["<script", "</script"]);
  const [, json] = text.match(/^<script type="application\/json" id="data">(.*)<\/script>$/)!;
  assertEquals(JSON.parse(json), values);
});
