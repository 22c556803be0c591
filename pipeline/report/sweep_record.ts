/** Reads the results of a sweep for the report. */
import type { SweepRecord } from "./page_sweep.ts";

export function parseSweep(text: string, _name: string): SweepRecord | undefined {
  const content = JSON.parse(text);
  if (Object.keys(content).length === 0) return undefined;
  return content;
}
