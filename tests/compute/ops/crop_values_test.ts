import { assertEquals, assertThrows } from "@std/assert";
import { cropValues, Places } from "../../../pipeline/compute/ops/crop_values.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

Deno.test("cropValues() takes the same part of both frames of a pair, another of each pair", async () => {
  const gpu = await testGpu();
  const tape = new Tape(gpu), places = new Places(gpu, 2);
  // Of picture n, channel c: 1000 n + 100 c + 10 y + x.
  const [n, channels, h, w] = [4, 5, 4, 7];
  const frames = tape.persistent("frames", [n, channels, h, w]);
  const data = Array.from({ length: n * channels * h * w }, (_, i) => {
    const x = i % w, y = Math.floor(i / w) % h, c = Math.floor(i / w / h) % channels;
    return 1000 * Math.floor(i / w / h / channels) + 100 * c + 10 * y + x;
  });
  tape.write(frames, data);
  const out = tape.keep(cropValues(tape, frames, places, { height: 2, width: 3 }));
  const program = await tape.finish();
  const firsts = async () => {
    program.run();
    const got = await tape.read(out);
    return Array.from({ length: n }, (_, i) => [got[30 * i], got[30 * i + 29]]);
  };
  const whole = (x: number, y: number) =>
    [0, 1, 2, 3].map((i) => [1000 * i + 10 * y + x, 1000 * i + 400 + 10 * (y + 1) + x + 2]);
  assertEquals(await firsts(), whole(0, 0));
  places.set([{ left: 4, top: 2 }, { left: 1, top: 0 }]);
  const [a, b] = [whole(4, 2), whole(1, 0)];
  assertEquals(await firsts(), [a[0], b[1], a[2], b[3]]);
  assertThrows(
    () => cropValues(tape, frames, places, { height: 5, width: 3 }),
    Error,
    "Cannot cut 5x3 out of frames: it is 4x7. Cut a smaller part.",
  );
});
