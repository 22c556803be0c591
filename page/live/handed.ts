/** A pair that the page which opened this one hands over: a report, whose viewer shows it. */
/// <reference lib="dom" />
import { z } from "zod";
import { LIVE_READY } from "../../pipeline/report/client/live.js";
import { MOST_PIXELS, type Pair } from "./pictures.ts";

const PATIENCE_MS = 10_000;
const AGAIN = "Open the pair again from the viewer of the report.";

const handedSchema = z.object({
  name: z.string(),
  width: z.int().min(1),
  height: z.int().min(1),
  /** [H, W, 3] RGB */
  frame1: z.instanceof(Uint8ClampedArray),
  frame2: z.instanceof(Uint8ClampedArray),
  /** [H, W, 2], NaN where it is unknown. */
  truth: z.instanceof(Float32Array).optional(),
}).refine(({ width, height, frame1, frame2, truth }) => {
  const pixels = width * height;
  return pixels <= MOST_PIXELS && frame1.length === 3 * pixels && frame2.length === 3 * pixels &&
    (truth === undefined || truth.length === 2 * pixels);
}, `frames and truth must fit width and height, with at most ${MOST_PIXELS} pixels`);

/** @throws {Error} when what was handed over is no pair */
export function pairOfMessage(message: unknown): Pair {
  const parsed = handedSchema.safeParse(message);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
    throw new Error(`Cannot open the pair that was handed over: ${wrong.join("; ")}. ${AGAIN}`);
  }
  const { name, width, height, truth } = parsed.data;
  const [frame1, frame2] = [parsed.data.frame1, parsed.data.frame2].map((data) => ({
    width,
    height,
    data: new Uint8Array(data),
  }));
  return { name, frame1, frame2, truth, note: "A report keeps colours with 7 bits." };
}

/**
 * Asks the opener for its pair. Whoever opened this page may hand it pictures, which stay here: no origin is preferred.
 * @throws {Error} when nobody answers in time, or with no pair
 */
export function handedPair(): Promise<Pair> {
  const opener: Window | null = globalThis.opener;
  return new Promise((resolve, reject) => {
    const missing = () =>
      reject(new Error(`Cannot open the pair: the page that has it does not answer. ${AGAIN}`));
    if (!opener) return missing();
    const waiting = setTimeout(missing, PATIENCE_MS);
    const take = ({ source, data }: MessageEvent) => {
      if (source !== opener) return;
      removeEventListener("message", take);
      clearTimeout(waiting);
      try {
        resolve(pairOfMessage(data));
      } catch (error) {
        reject(error);
      }
    };
    addEventListener("message", take);
    opener.postMessage(LIVE_READY, "*");
  });
}
