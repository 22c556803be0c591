/** Archives whose paths have backslashes, as some programs of Windows pack them. */
import { assertEquals } from "@std/assert";
import { fails, find } from "./_find.ts";

Deno.test("findPairs() names backslashes in the place of slashes, in every layout", () => {
  const paths = {
    kitti: ["training\\image_2\\000000_10.png", "training\\flow_occ\\000000_10.png"],
    sintel: ["training\\final\\cave\\frame_0001.png", "training\\flow\\cave\\frame_0001.flo"],
    middlebury: ["other-data\\Dimetrodon\\frame10.png", "other-gt-flow\\Dimetrodon\\flow10.flo"],
    flyingchairs: ["data\\00001_img1.ppm", "data\\00001_flow.flo"],
    frames: ["clip\\1.png", "clip\\2.png"],
  } as const;
  for (const [layout, wrong] of Object.entries(paths)) {
    const shown = wrong.toSorted().join(", ");
    fails(
      layout as keyof typeof paths,
      [...wrong, "read\\me.txt", "a/1.png"],
      `Cannot use a.zip: 2 of its paths have backslashes in the place of slashes (${shown}), so that its files lie in no folders.`,
    );
  }
  assertEquals(find("frames", ["a/1.png", "a/2.png", "read\\me.txt"]).length, 1);
});
