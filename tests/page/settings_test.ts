/** The settings of the figures, and what a link says of them. */
import { assertEquals } from "@std/assert";
import { LinkReader, searchWith } from "../../page/link.ts";
import { parametersOf, placesOfC, readSettings, START } from "../../page/settings.ts";

Deno.test("readSettings() gives back what parametersOf() says", () => {
  const state = { ...START, T: 7, rho: 0.45, lambda: 0, eta: 0.5, c: -1.25, stop: true };
  const link = new LinkReader(searchWith("", parametersOf(state)));
  assertEquals([readSettings(link), link.wrong], [state, []]);
});

Deno.test("readSettings() begins with the defaults, also where a link says nothing", () => {
  assertEquals(readSettings(new LinkReader("")), START);
  assertEquals(readSettings(new LinkReader("?T=2")), { ...START, T: 2 });
});

Deno.test("readSettings() tells what it does not take", () => {
  const link = new LinkReader("?T=2.5&rho=0&lambda=1&eta=&c=4&bend=Infinity&stop=yes");
  assertEquals(readSettings(link), { ...START, lambda: 1 });
  assertEquals(link.wrong, [
    "The link has T=2.5; wanted is a whole number from 0 to 12.",
    "The link has rho=0; wanted is a number from 0.05 to 2.",
    "The link has eta=; wanted is a number from 0 to 2.",
    "The link has bend=Infinity; wanted is a number from 0.05 to 1.",
    "The link has c=4; wanted is a number from -3 to 3.",
    "The link has stop=yes; wanted is one of 0, 1.",
  ]);
});

Deno.test("placesOfC() holds 0 and both ends exactly", () => {
  const places = placesOfC();
  assertEquals([places[0], places[places.length - 1]], [-3, 3]);
  assertEquals(places.indexOf(0), (places.length - 1) / 2);
});
