/** Where the address of the live page leads, and what stays in it. */
import { assertEquals, assertLess } from "@std/assert";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { openPage, REFINABLE, setField } from "./_page.ts";

const ADDRESS = "location.search + location.hash";

Deno.test("the address of the live page", async (t) => {
  await using opened = await openPage({ graphics: SWITCHES });
  const { page, address } = opened;
  const top = (section: string) =>
    opened.evaluate(`document.querySelector("${section}").getBoundingClientRect().top`);
  const T = `new URLSearchParams(location.search).get("T")`;

  await t.step("leads to its section, and stays as it is until something is set", async () => {
    await page.goto(`${address}?T=5#penalty`);
    await opened.waitFor(REFINABLE);
    assertLess(Math.abs(await top("#penalty")), 100);
    // Longer than the page waits before it changes the address.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assertEquals(await opened.evaluate(ADDRESS), "?T=5#penalty");
  });
  await t.step("says what is set, also after going back", async () => {
    await page.click('nav a[href="#toy"]');
    await setField(opened, '[data-field="T"]', 7);
    await opened.waitFor(`${T} === "7" && location.hash === "#penalty"`);
    await page.goBack();
    await opened.waitFor(`${T} === "7"`);
    assertEquals(await opened.evaluate("location.hash"), "#penalty");
    await page.reload();
    await opened.waitFor(`document.querySelector('[data-penalty="unrolled"]')`);
    assertEquals(
      await opened.evaluate(`document.querySelector('[data-field="T"]').value`),
      "7",
    );
  });
  await t.step("may lead to what no page has", async () => {
    await page.goto(`${address}?T=${"9".repeat(300)}#%E0%A4%A"<`);
    await opened.waitFor(REFINABLE);
    await opened.until("header", "link-wrong", /wanted is a whole number from 0 to 12\.$/);
    await page.setViewport({ width: 390, height: 800 });
    assertEquals(await opened.evaluate("document.documentElement.scrollWidth"), 390);
  });
  await t.step("meets no error", () => assertEquals(opened.errors, []));
});
