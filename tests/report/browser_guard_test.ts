/** The browser of the tests itself: what is wrong with a page must not escape it. */
import { assertEquals, assertMatch } from "@std/assert";
import { openBrowser } from "./_browser.ts";

Deno.test("openBrowser() notices errors and lets no request out", async () => {
  await using browser = await openBrowser();
  // An address for documentation, which nobody has: if it were let through, this would wait for it.
  const away = "http://192.0.2.1/picture.png";
  await browser.page.setContent(
    `<meta http-equiv="Content-Security-Policy" content="style-src 'none'">
     <img src="${away}"><style>p { color: red; }</style>
     <script>console.warn("careful"); console.info("fine"); missing();</script>`,
  );
  assertEquals(browser.requests, [away]);
  const kinds = [/style-src/, /^careful$/, /missing is not defined/, /ERR_BLOCKED_BY_CLIENT/];
  for (const kind of kinds) assertMatch(browser.errors.join("\n"), new RegExp(kind, "m"));
  assertEquals(browser.errors.length, kinds.length, browser.errors.join("\n"));
});
