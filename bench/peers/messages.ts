/**
 * What a peer's process and ours say to each other: JSON, a line each. First the settings go to the peer, which answers that it
 * is prepared; then each request for a number of runs is answered by their time, until its standard input ends.
 */
import { z } from "zod";

/** What every peer is told; the training step has more. */
export const settingsSchema = z.looseObject({
  /** A safetensors file. */
  inputs: z.string(),
  device: z.enum(["cpu", "gpu"]),
  threads: z.int().min(1),
});
export type Settings = z.output<typeof settingsSchema>;

export const preparedSchema = z.object({
  /** Numbers that both sides must agree on. */
  results: z.record(z.string(), z.number()),
  versions: z.record(z.string(), z.string()),
  /** Where it computes, in its own words. */
  device: z.string(),
});
export type Prepared = z.output<typeof preparedSchema>;

export const requestSchema = z.object({ count: z.int().min(1) });
/** Milliseconds of one run, the mean of all requested. */
export const timingSchema = z.object({ milliseconds: z.number().positive() });
