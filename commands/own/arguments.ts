/** What `deno task own` is asked for: its help, and arguments checked before anything is read. */
import { basename } from "@std/path";
import { DEFAULT_MODEL } from "../flow/arguments.ts";
import { givenArguments, type Parsed } from "../given_arguments.ts";

export const HELP = `deno task own FOLDER [--name NAME] [--steps N] [--model M] [--prepare]
  Trains on frames of your own, for which nobody knows the true flow, and says whether it worked.
  FOLDER    numbered pictures (PNG, JPEG, PPM), one folder a clip, or one clip
  --name    of the pipeline, a folder in own/; the name of FOLDER unless given
  --steps   of training; 300 in a new pipeline
  --model   that training starts from; ${DEFAULT_MODEL} unless given
  --prepare makes or changes own/NAME and runs nothing
  The pictures are copied into own/NAME/frames, which Git ignores; their hash is in own/NAME/dvc.lock.
  Of what lies there, only such copies are replaced or removed.
  The same command again takes what has changed in FOLDER and goes on where it was stopped. Everything else is changed in
  own/NAME/params.yaml.
  Exit status: 0 done; 1 an error; 2 wrong usage; after that, of DVC`;

export interface OwnRequest {
  readonly folder: string;
  readonly name: string;
  readonly steps?: number;
  readonly model?: string;
  readonly prepare: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export function parseOwnRequest(
  args: readonly string[],
): Parsed<OwnRequest> {
  const given = givenArguments(args, {
    texts: ["name", "steps", "model"],
    switches: ["prepare"],
    names: true,
  });
  if (given === "help" || "wrong" in given) return given;
  const wrong = (sentence: string) => ({ wrong: sentence });
  const { texts: { steps, model, ...texts }, switches: { prepare } } = given;
  const [folder, ...more] = given.names;
  if (folder === undefined || more.length > 0) {
    return wrong(`One folder of pictures is needed, got ${given.names.length} names.`);
  }
  const name = texts.name ?? basename(folder).replace(/[^A-Za-z0-9_-]+/g, "_");
  if (!NAME.test(name)) {
    return wrong(
      `--name must be of letters, digits, _ and -, and begin with a letter or digit, got ${name}.`,
    );
  }
  if (steps !== undefined && !/^[1-9]\d{0,6}$/.test(steps)) {
    return wrong(`--steps must be a whole number of steps from 1 on, got ${steps}.`);
  }
  return {
    folder,
    name,
    prepare,
    ...steps === undefined ? {} : { steps: Number(steps) },
    ...model === undefined ? {} : { model },
  };
}
