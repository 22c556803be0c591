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

Deno.test("jsonElement() holds values that no text can end", () => {
  const values = { name: "</script><script>alert(1)</script>", list: [1.5, null] };
  const text = jsonElement("data", values).toString();
  assertEquals(text.match(/<\/?script/g), ["<script", "</script"]);
  const [, json] = text.match(/^<script type="application\/json" id="data">(.*)<\/script>$/)!;
  assertEquals(JSON.parse(json), values);
});
