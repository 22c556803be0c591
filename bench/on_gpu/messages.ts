/** What a block's process and the program that runs it say to each other: settings as the one argument, then a JSON line each. */
import { z } from "zod";

/** A row of a table; columns are in the order in which rows name them. */
const cellsSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type Cells = z.output<typeof cellsSchema>;

export const messageSchema = z.union([
  z.strictObject({ table: z.string(), row: cellsSchema }),
  z.strictObject({ note: z.string() }),
  /** A number that later blocks refer to. */
  z.strictObject({ fact: z.string(), value: z.number() }),
]);
export type Message = z.output<typeof messageSchema>;

export const settingsSchema = z.strictObject({
  block: z.string(),
  /** What the block may take. */
  seconds: z.number().positive(),
  tiny: z.boolean(),
  /** Where a block puts files of its own. */
  folder: z.string(),
  /** A Python with PyTorch, and where that computes; absent: there is none that counts. */
  python: z.strictObject({ command: z.string(), device: z.enum(["cpu", "gpu"]) }).optional(),
  facts: z.record(z.string(), z.number()),
});
export type BlockSettings = z.output<typeof settingsSchema>;
