/** Whether the labels of a generated pair are true: frame 2 warped by the flow against frame 1. */
import { assertGreater, assertLess } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";

/** The pair seen from frame 2, so that one check serves both directions. */
export function reversed(pair: FramePair): FramePair {
  return {
    ...pair,
    frame1: pair.frame2,
    frame2: pair.frame1,
    flow: pair.flowBackward,
    occluded: pair.occludedBackward,
  };
}

/**
 * Absolute differences, as a share of full intensity, between frame 1 and frame 2 warped by `flow`,
 * at visible pixels; with `interior` only where no motion boundary is within 2 px, since pixels at
 * an edge mix two layers.
 */
export function differences(
  pair: FramePair,
  flow: Float32Array,
  { interior = false } = {},
): number[] {
  const { width, height, frame1, frame2, occluded } = pair;
  const found: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (occluded![i] || (interior && !isInterior(pair, x, y))) continue;
      const toX = Math.min(width - 1, Math.max(0, x + flow[2 * i]));
      const toY = Math.min(height - 1, Math.max(0, y + flow[2 * i + 1]));
      const left = Math.min(width - 2, Math.floor(toX)),
        top = Math.min(height - 2, Math.floor(toY));
      const fx = toX - left, fy = toY - top;
      for (let c = 0; c < 3; c++) {
        const at = (dx: number, dy: number) => frame2[((top + dy) * width + left + dx) * 3 + c];
        const upper = at(0, 0) + fx * (at(1, 0) - at(0, 0));
        const lower = at(0, 1) + fx * (at(1, 1) - at(0, 1));
        found.push(Math.abs(upper + fy * (lower - upper) - frame1[3 * i + c]) / 255);
      }
    }
  }
  return found;
}

function isInterior({ width, height, flow, occluded }: FramePair, x: number, y: number): boolean {
  const i = y * width + x;
  for (let ny = Math.max(0, y - 2); ny <= Math.min(height - 1, y + 2); ny++) {
    for (let nx = Math.max(0, x - 2); nx <= Math.min(width - 1, x + 2); nx++) {
      const j = ny * width + nx;
      const jump = Math.hypot(flow![2 * j] - flow![2 * i], flow![2 * j + 1] - flow![2 * i + 1]);
      if (occluded![j] || jump > 0.5) return false;
    }
  }
  return true;
}

export const mean = (values: number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
export const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];

/**
 * Steps of a test: the labels of generated pairs fit in both directions, and no others do.
 * @param most the difference that one interior pixel in a thousand may exceed
 */
export async function provesLabels(
  t: Deno.TestContext,
  scenes: readonly FramePair[],
  most: number,
): Promise<void> {
  for (const scene of scenes) {
    for (const [label, pair] of [["forward", scene], ["backward", reversed(scene)]] as const) {
      await t.step(`${scene.name} ${label}: frame 2 warped by the true flow is frame 1`, () => {
        const inside = differences(pair, pair.flow!, { interior: true });
        assertLess(mean(inside), 0.006);
        assertLess(quantile(inside, 0.999), most);
        assertLess(mean(differences(pair, pair.flow!)), 0.01);
      });
      await t.step(`${scene.name} ${label}: negated, swapped and zero flow do not fit`, () => {
        const right = mean(differences(pair, pair.flow!));
        const wrong = {
          negated: pair.flow!.map((value) => -value),
          swapped: pair.flow!.map((_, i) => pair.flow![i ^ 1]),
          zero: pair.flow!.map(() => 0),
        };
        for (const [name, flow] of Object.entries(wrong)) {
          assertGreater(mean(differences(pair, flow)), 2 * right, name);
        }
      });
    }
  }
  await t.step("hidden pixels do not fit, or the mask would be idle", () => {
    const all = scenes.map((scene) => {
      const hidden = { ...scene, occluded: scene.occluded!.map((value) => 1 - value) };
      return mean(differences(hidden, scene.flow!));
    });
    assertGreater(mean(all), 0.05);
  });
}
