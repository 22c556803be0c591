/** What a parameter may be, as schemas whose errors say it in words: "must be an integer from 0 to 64". */
import { z } from "zod";

export const integer = (low: number, high: number) => {
  const error = `must be an integer from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

export const number = (low: number, high: number) => {
  const error = `must be a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error })
    .refine((value) => value === 0 || isNormal(value), {
      error: `must be 0 or at least ${SMALLEST_NORMAL}, ${WHY_NORMAL}`,
    });
};

export const positive = (high: number) => {
  const error = `must be a number greater than 0, at most ${high}`;
  return z.number({ error }).positive({ error }).max(high, { error })
    .refine(isNormal, { error: `must be at least ${SMALLEST_NORMAL}, ${WHY_NORMAL}` });
};

/** 2^-126 to three digits, upwards. Devices compute with 32 bits and may take what is smaller for 0. */
const SMALLEST_NORMAL = 1.18e-38;
const WHY_NORMAL = "the least that a device tells from 0";

function isNormal(value: number): boolean {
  return Math.abs(value) >= SMALLEST_NORMAL;
}

export const choice = <const T extends readonly string[]>(...names: T) =>
  z.enum(names, { error: `must be one of ${names.join(", ")}` });

export const flag = () => z.boolean({ error: "must be true or false" });

export const text = (error: string) => z.string({ error });

/** Side of a picture in pixels that the network takes. */
export const side = () => integer(64, 8192).multipleOf(64, { error: "must be a multiple of 64" });

/** One side of a square, or a list of height and width; an error names the item that it is about. */
export const sides = () =>
  z.unknown().transform((value, context): number | [number, number] => {
    const error = "must be one side, or a list of height and width";
    const schema = Array.isArray(value) ? z.tuple([side(), side()], { error }) : side();
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const { message, path } of result.error.issues) {
      context.addIssue({ code: "custom", message, path, input: value });
    }
    return z.NEVER;
  });

export const seed = () => integer(0, Number.MAX_SAFE_INTEGER);

/** A list without repetition. @param what stands in "must be a list of ..." */
export const distinct = <T extends z.ZodType>(item: T, what: string, atLeast = 0) => {
  const error = `must be a list of ${what}, none twice`;
  return z.array(item, { error }).min(atLeast, { error })
    .refine((items) => new Set(items).size === items.length, { error });
};

/** The word for a group of keys that is switched off: one line here, in dvc.lock and in the columns of dvc exp show. */
export const NONE = "none";

/** A group of keys, all of them, or the word none. */
export const groupOrNone = <T extends z.ZodRawShape>(shape: T) =>
  z.union([z.literal(NONE), z.strictObject(shape)], {
    error: `must be ${NONE}, or a group of \`key: value\` lines`,
  });

/** The keys of a section; any other key is an error. */
export const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: "must be a section, a list of `key: value` lines" });
