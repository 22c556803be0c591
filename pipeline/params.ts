/**
 * The schema of params.yaml: every key, its allowed range, and the checks between keys.
 * Strict: a key that is unknown, missing or out of range is an error with its dotted name.
 * Works on text, so that a browser or a test can use it; files are read in stages/.
 */
import { closestString } from "@std/text";
import { parse } from "yaml";
import { z } from "zod";

const integer = (low: number, high: number) => {
  const error = `must be an integer from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};
const number = (low: number, high: number) => {
  const error = `must be a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};
const positive = (high: number) => {
  const error = `must be a number greater than 0, at most ${high}`;
  return z.number({ error }).positive({ error }).max(high, { error });
};
const choice = <const T extends readonly string[]>(...names: T) =>
  z.enum(names, { error: `must be one of ${names.join(", ")}` });
const flag = () => z.boolean({ error: "must be true or false" });
const text = (error: string) => z.string({ error });
const side = () => integer(64, 8192).multipleOf(64, { error: "must be a multiple of 64" });
const seed = () => integer(0, Number.MAX_SAFE_INTEGER);
const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: "must be a section, a list of `key: value` lines" });

/** What the photometric term is made of. */
const similarity = {
  w_l1: number(0, 1000),
  w_ssim: number(0, 1000),
  w_census: number(0, 1000),
};

/** The smoothness under test, in every section that has one. */
const smoothing = {
  smoothness: choice("unrolled", "l1", "charbonnier", "tv", "none"),
  unroll_iterations: integer(0, 64),
  rho: positive(1000),
  lambda: positive(1000),
  eta: positive(10),
  edge_alpha: number(0, 10_000),
  order: choice("1st", "2nd"),
  border: choice("zero", "replicate"),
  stop_gradient: flag(),
  w_smooth: number(0, 1_000_000),
};

/** A list that makes the cells of a sweep: nothing twice. */
const distinct = <T extends z.ZodType>(item: T, what: string) => {
  const error = `must be a list of ${what}, none twice`;
  return z.array(item, { error }).refine((items) => new Set(items).size === items.length, {
    error,
  });
};
const iterations = () => distinct(integer(0, 64), "whole numbers from 0 to 64");
const plainSmoothness = () =>
  distinct(choice("l1", "charbonnier", "tv", "none"), "l1, charbonnier, tv, none");
const candidates = () => distinct(number(0, 1_000_000), "numbers from 0 to 1000000");
const alpha = () => number(0, 10_000);

const drawing = { pictures: integer(0, 100_000), picture_maximum_px: number(0, 10_000) };

/** The keys that pretraining and training share: one program with two sections. */
const learning = {
  seed: seed(),
  steps: integer(1, 10_000_000),
  batch: integer(1, 256),
  crop: side(),
  real_share: number(0, 1),
  learning_rate: positive(1),
  warmup_steps: integer(0, 10_000_000),
  decay_share: number(0, 1),
  ...similarity,
  occlusion: choice("splat", "forward_backward"),
  occlusion_from_step: integer(0, 10_000_000),
  gradient_clip: positive(1_000_000),
  weight_decay: number(0, 1),
  checkpoint_every: integer(1, 10_000_000),
  log_every: integer(1, 1_000_000),
  validate_every: integer(1, 10_000_000),
};

const sourcesError = "must be a list of at least one name of the catalogue, none twice";
const folderError = 'must be the path of a folder, without any of , " $ ` \\';
const schema = section({
  download: section({
    sources: z.array(text("must be a name of the catalogue").min(1), { error: sourcesError })
      .min(1, { error: sourcesError })
      .refine((names) => new Set(names).size === names.length, { error: sourcesError }),
    // Stands within quotes in a command of dvc.yaml, as a permission.
    folder: text(folderError).regex(/^[^,"$`\\\n]+$/, { error: folderError }),
  }),
  preprocess: section({
    seed: seed(),
    scenes_train: integer(1, 1_000_000),
    scenes_validation: integer(1, 100_000),
    scenes_test: integer(1, 100_000),
    scene_size: side(),
    holdout_share: number(0, 1),
  }),
  pretrain: section({
    ...learning,
    width: number(0.0625, 4),
    init: choice("kaiming", "default"),
    normalise_features: flag(),
    centre_input: flag(),
  }),
  train: section({
    ...learning,
    ...smoothing,
  }),
  evaluate: section({
    real_scale: positive(4),
    ...drawing,
    refine_steps: integer(0, 100_000),
    learning_rate: positive(10),
    ...similarity,
    ...smoothing,
  }),
  direct: section({
    ...similarity,
    ...smoothing,
    learning_rate: positive(10),
    pairs_per_batch: integer(1, 4096),
    ...drawing,
  }),
  sweep: section({
    bootstrap_seed: seed(),
    bootstrap_resamples: integer(100, 1_000_000),
    direct: section({
      unroll_iterations: iterations(),
      stop_gradient_iterations: iterations(),
      smoothness: plainSmoothness(),
      validation_pairs: integer(1, 100_000),
      weights: section({
        unrolled: candidates(),
        l1: candidates(),
        charbonnier: candidates(),
        tv: candidates(),
        none: candidates(),
      }),
      edge_alpha: section({
        unrolled: alpha(),
        l1: alpha(),
        charbonnier: alpha(),
        tv: alpha(),
        none: alpha(),
      }),
    }),
    train: section({
      seeds: distinct(seed(), "whole numbers from 0"),
      unroll_iterations: iterations(),
      smoothness: plainSmoothness(),
      weights: section({
        unrolled: positive(1000),
        l1: number(0, 1_000_000),
        charbonnier: number(0, 1_000_000),
        tv: number(0, 1_000_000),
        none: number(0, 1_000_000),
      }),
      edge_alpha: section({
        unrolled: alpha(),
        l1: alpha(),
        charbonnier: alpha(),
        tv: alpha(),
        none: alpha(),
      }),
    }),
  }),
});

/** All parameters, by section; the keys are those of params.yaml. */
export type Params = z.infer<typeof schema>;
export type SimilarityParams = z.infer<z.ZodObject<typeof similarity>>;
export type SmoothingParams = z.infer<z.ZodObject<typeof smoothing>>;
/** What the sections `pretrain` and `train` have in common. */
export type LearningParams = z.infer<z.ZodObject<typeof learning>>;
export type SectionName = keyof Params;

/** Section names in the order of the stages. */
export const sectionNames = Object.keys(schema.shape) as SectionName[];

/**
 * Parses the text of params.yaml.
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseParams(text: string): Params {
  let given: unknown;
  try {
    given = parse(text);
  } catch (error) {
    throw new Error(`Cannot read params.yaml: ${(error as Error).message.trim()}`);
  }
  const result = schema.safeParse(given);
  const problems = result.success ? crossChecks(result.data) : describe(result.error.issues, given);
  if (result.success && problems.length === 0) return result.data;
  throw new Error(
    `Cannot use params.yaml: ${problems.length === 1 ? "one value is" : "some values are"} ` +
      `not allowed. Correct the file, or the -S option of dvc exp run:\n  ${problems.join("\n  ")}`,
  );
}

/** What one section's range does not say because it needs two keys. */
function crossChecks(params: Params): string[] {
  const problems: string[] = [];
  for (const name of ["pretrain", "train", "evaluate", "direct"] as const) {
    const part = params[name];
    if (!(part.w_l1 + part.w_ssim + part.w_census > 0)) {
      problems.push(
        `${name}.w_l1, ${name}.w_ssim and ${name}.w_census must not all be 0: nothing would be learned.`,
      );
    }
  }
  for (const name of ["pretrain", "train"] as const) {
    const part = params[name];
    if (part.warmup_steps > part.steps) {
      problems.push(
        `${name}.warmup_steps must be at most ${name}.steps = ${part.steps}, got ${part.warmup_steps}.`,
      );
    }
    if (part.real_share < 1 && part.crop > params.preprocess.scene_size) {
      problems.push(
        `${name}.crop must be at most preprocess.scene_size = ${params.preprocess.scene_size}, ` +
          `got ${part.crop}.`,
      );
    }
  }
  return problems;
}

/** One sentence per key, from the schema's issues and the values that were given. */
function describe(issues: readonly z.core.$ZodIssue[], given: unknown): string[] {
  const sentences = new Map<string, string>();
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        const name = [...issue.path, key].join(".");
        sentences.set(
          name,
          `${name} is not a parameter. Did you mean ${closest(issue.path, key)}?`,
        );
      }
      continue;
    }
    const name = issue.path.join(".") || "the file";
    const value = issue.path.reduce<unknown>(
      (outer, key) => (outer as Record<PropertyKey, unknown>)?.[key],
      given,
    );
    const sentence = value === undefined
      ? `${name} is missing: it ${issue.message}.`
      : `${name} ${issue.message}, got ${JSON.stringify(value)}.`;
    if (!sentences.has(name)) sentences.set(name, sentence);
  }
  return [...sentences.values()];
}

/** The known dotted name nearest to a wrong one: within its section if it has one, then anywhere. */
function closest(path: readonly PropertyKey[], key: string): string {
  const names = sectionNames.flatMap((name) =>
    Object.keys(schema.shape[name].shape).map((inner) => `${name}.${inner}`)
  );
  if (path.length === 0) return closestString(key, sectionNames);
  const elsewhere = names.find((name) => name.endsWith(`.${key}`));
  const here = names.filter((name) => name.startsWith(`${String(path[0])}.`));
  return elsewhere ?? closestString([...path, key].join("."), here);
}
