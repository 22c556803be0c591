/** What a link of the page says. */
import { assertEquals } from "@std/assert";
import { linkOf, placesOfC, readLink, START } from "../../page/settings.ts";

Deno.test("readLink() gives back what linkOf() was given", () => {
  const state = { ...START, T: 7, rho: 0.45, lambda: 0, eta: 0.5, c: -1.25, stop: true };
  assertEquals(readLink(linkOf(state).replace("#penalty", "")), { state, wrong: [] });
});

Deno.test("readLink() begins with the defaults, also where a link says nothing", () => {
  assertEquals(readLink(""), { state: START, wrong: [] });
  assertEquals(readLink("?T=2").state, { ...START, T: 2 });
});

Deno.test("readLink() tells what it does not take", () => {
  const { state, wrong } = readLink("?T=2.5&rho=0&lambda=1&eta=&c=4&bend=Infinity");
  assertEquals(state, { ...START, lambda: 1 });
  assertEquals(wrong, [
    "The link has T=2.5; wanted is a whole number from 0 to 12.",
    "The link has rho=0; wanted is a number from 0.05 to 2.",
    "The link has eta=; wanted is a number from 0 to 2.",
    "The link has bend=Infinity; wanted is a number from 0.05 to 1.",
    "The link has c=4; wanted is a number from -3 to 3.",
  ]);
});

Deno.test("placesOfC() holds 0 and both ends exactly", () => {
  const places = placesOfC();
  assertEquals([places[0], places[places.length - 1]], [-3, 3]);
  assertEquals(places.indexOf(0), (places.length - 1) / 2);
});
