/** DIS and Farnebäck of OpenCV, which run in Python: what the models are measured against. */
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { PythonEnvironment } from "../python_environment.ts";
import type { TimedFlow } from "./methods.ts";

const CACHE = ".cache/opencv";
const FRAMES = `${CACHE}/frames.bin`;
const FLOWS = `${CACHE}/flows.bin`;
const environment = new PythonEnvironment(
  `${CACHE}/environment`,
  "commands/scoreboard/requirements.txt",
);
const answerSchema = z.strictObject({ dis: z.number(), farneback: z.number() });

/** @throws {Error} when Python or pip fails */
export function ensureOpenCv(): Promise<void> {
  return environment.ensure("OpenCV");
}

/**
 * Both flows of a pair, in pixels of its size.
 * @param scale pictures are made smaller by it first
 * @throws {Error} when the program fails
 */
export async function opencvFlows(
  { name, width, height, frame1, frame2 }: FramePair,
  scale: number,
): Promise<{ dis: TimedFlow; farneback: TimedFlow }> {
  const frames = new Uint8Array(frame1.length + frame2.length);
  frames.set(frame1);
  frames.set(frame2, frame1.length);
  await Deno.writeFile(FRAMES, frames);
  const { success, stdout, stderr } = await new Deno.Command(environment.python, {
    args: ["commands/scoreboard/opencv.py", FRAMES, `${width}`, `${height}`, `${scale}`, FLOWS],
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) {
    throw new Error(`Cannot get OpenCV's flow of ${name}:\n${decode(stderr).trim()}`);
  }
  const seconds = parseJson(decode(stdout), answerSchema, { file: "answer of opencv.py" });
  const bytes = await Deno.readFile(FLOWS);
  const floats = 2 * width * height;
  if (bytes.length !== 2 * 4 * floats) {
    throw new Error(
      `Cannot read ${FLOWS}: it holds ${bytes.length} bytes, of ${width} x ${height} pixels ${
        8 * floats
      } are wanted.`,
    );
  }
  return {
    dis: { flow: new Float32Array(bytes.buffer, 0, floats), seconds: seconds.dis },
    farneback: { flow: new Float32Array(bytes.buffer, 4 * floats), seconds: seconds.farneback },
  };
}
