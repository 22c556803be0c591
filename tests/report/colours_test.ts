/** The viewer's colours against those of the project's pictures. */
import { assertEquals } from "@std/assert";
import { flowToColour, WHEEL } from "../../pipeline/common/io/colour_wheel.ts";
import { paintError, paintFlow, paintOcclusion } from "../../pipeline/report/client/colours.js";

const rgb = (rgba: Uint8ClampedArray) => [...rgba].filter((_, i) => i % 4 !== 3);

Deno.test("paintFlow() gives the colours of flowToColour()", () => {
  const side = 31;
  const interleaved = Float32Array.from(
    { length: 2 * side * side },
    (_, i) => (i % 2 === 0 ? (i >> 1) % side : Math.floor((i >> 1) / side)) - 15,
  );
  const flow = {
    u: interleaved.filter((_, i) => i % 2 === 0),
    v: interleaved.filter((_, i) => i % 2 === 1),
  };
  const marks = flow.u.map((_, i) => i % 5 === 0 ? 2 : 3);
  assertEquals(
    rgb(paintFlow(flow, 12, WHEEL, marks)),
    [...flowToColour(interleaved, side, side, 12, Uint8Array.from(marks, (mark) => mark & 1))],
  );
});

Deno.test("paintError() goes from black over red and yellow to white, unknown is grey", () => {
  const truth = { u: [0, 0, 0, 0, 0], v: [0, 0, 0, 0, 0] };
  const predicted = { u: [0, 0.6, 1.2, 5, 3], v: [0, 0.8, 1.6, 0, 0] };
  assertEquals(rgb(paintError(truth, predicted, 3, [1, 1, 1, 1, 0])), [
    ...[0, 0, 0],
    ...[255, 0, 0],
    ...[255, 255, 0],
    ...[255, 255, 255],
    ...[96, 96, 96],
  ]);
});

Deno.test("paintOcclusion() is white where occluded, also where the flow is unknown", () => {
  assertEquals(rgb(paintOcclusion([1, 3, 2, 0])).filter((_, i) => i % 3 === 0), [0, 255, 255, 96]);
});
