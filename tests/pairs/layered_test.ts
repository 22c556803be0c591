/** Which layer is seen where; pictures and labels are tested through the scenes that are made of them. */
import { assert, assertEquals } from "@std/assert";
import { affineX, affineY } from "../../pipeline/pairs/affine.ts";
import { topLayerInFrame1, topLayerInFrame2 } from "../../pipeline/pairs/layered.ts";
import { drawLayers, insideShape } from "../../pipeline/pairs/layers.ts";
import { Rng } from "../../pipeline/common/rng.ts";

Deno.test("topLayerInFrame2() sees a layer where its motion puts it", () => {
  const layers = drawLayers(new Rng(2), 128);
  const scene = { layers, surfaces: { inside: insideShape } };
  let seen = 0;
  for (let i = 0; i < 500; i++) {
    const x = i % 25 * 5, y = Math.floor(i / 25) * 6;
    const top = topLayerInFrame1(scene, x, y);
    if (top !== layers.length - 1) continue;
    // Nothing can cover the highest layer.
    const { motion } = layers[top];
    assertEquals(topLayerInFrame2(scene, affineX(motion, x, y), affineY(motion, x, y)), top);
    seen++;
  }
  assert(seen > 0);
});
