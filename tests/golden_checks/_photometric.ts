/** What the golden checks of the three photometric terms share: map, loss and gradient of one direction. */
import { meanOverVisible } from "../../pipeline/compute/ops/mean_over_visible.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

type Penalty = (tape: Tape, image1: Value, image2Warped: Value, visible: Value) => Value;

export function photometricCheck(penalty: Penalty): GoldenCheck {
  return async (gpu, golden, exact) => {
    const tape = new Tape(gpu, { exact });
    const image1 = golden.input("image1"), image2 = golden.input("image2_warped");
    const mask = golden.input("visible");
    const reference = tape.persistent("image1", shape4(image1));
    const warped = tape.variable("image2_warped", shape4(image2));
    const visible = tape.persistent("visible", shape4(mask));
    tape.write(reference, image1.data);
    tape.write(warped, image2.data);
    tape.write(visible, mask.data);
    const penalties = penalty(tape, reference, warped, visible);
    const mean = meanOverVisible(tape, penalties, visible);
    const map = tape.keep(penalties), loss = tape.keep(mean);
    tape.backward(mean);
    const gradient = tape.keep(tape.gradientOf(warped));
    (await tape.finish()).run();
    return new Map([
      ["map", await tape.read(map)],
      ["loss", await tape.read(loss)],
      ["dloss_dimage2_warped", await tape.read(gradient)],
    ]);
  };
}
