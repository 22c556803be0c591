/** What a link says of the live section. */
import { assertEquals } from "@std/assert";
import { LinkReader, searchWith } from "../../page/link.ts";
import { parametersOfLive, readLive } from "../../page/live/view_link.ts";

const START = readLive(new LinkReader(""));

Deno.test("readLive() gives back what parametersOfLive() says, beside what else the link has", () => {
  const state = {
    ...START,
    sample: "rubber_whale",
    left: "network",
    right: "hidden",
    boundary: 0,
    x: 7,
    y: 0,
    steps: 1000,
  } as const;
  const search = searchWith("?T=2&left=warped", parametersOfLive(state));
  assertEquals(new URLSearchParams(search).get("T"), "2");
  assertEquals(readLive(new LinkReader(search)), state);
});

Deno.test("parametersOfLive() says nothing of pictures that no link can hold", () => {
  const search = searchWith("?sample=scene", parametersOfLive({ ...START, sample: undefined }));
  assertEquals(search, "?left=frame1&right=colours&boundary=50&steps=60");
});

Deno.test("readLive() tells what it does not take", () => {
  const link = new LinkReader("?sample=own&left=frame3&boundary=101&x=-1&y=2.5&steps=0");
  assertEquals(readLive(link), START);
  assertEquals(link.wrong, [
    "The link has sample=own; wanted is one of scene, rubber_whale.",
    "The link has left=frame3; wanted is one of colours, arrows, warped, hidden, frame1, frame2, network.",
    "The link has boundary=101; wanted is a whole number from 0 to 100.",
    "The link has x=-1; wanted is a whole number from 0 to 100000.",
    "The link has y=2.5; wanted is a whole number from 0 to 100000.",
    "The link has steps=0; wanted is a whole number from 1 to 1000.",
  ]);
});
