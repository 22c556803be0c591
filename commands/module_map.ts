/**
 * Whether modules are the files and packages that they are called. deno.json is a dependency of no stage, since most of it
 * concerns none, and could put other code in the place of any module; so could files beside it. Used by the contract, and by
 * trace and crate.
 */
import { basename, dirname } from "@std/path";
import { z } from "zod";
import { parseJson } from "../pipeline/common/io/json.ts";
import { isCode } from "./contract.ts";
import { CONFIGURATION, redirections } from "./redirections.ts";

/** Other files by which Deno finds modules, wherever they lie above a program. */
const OTHER_CONFIGURATIONS = ["deno.json", "deno.jsonc", "package.json", "tsconfig.json"];

const schema = z.looseObject({
  imports: z.record(z.string(), z.string()).default({}),
  compilerOptions: z.record(z.string(), z.unknown()).default({}),
});

/**
 * All that redirects modules of the stages, a sentence without a full stop each; without deno.json nothing does.
 * @param paths of the repository
 * @param text of deno.json
 * @throws {Error} when deno.json is not JSON, or its imports are not texts by name
 */
export function moduleMapProblems(
  paths: Iterable<string>,
  text: string | Uint8Array | undefined,
): string[] {
  return [
    ...otherConfigurations(paths),
    ...text === undefined ? [] : redirections(parseJson(text, schema, { file: CONFIGURATION })),
  ];
}

/** Files beside deno.json that could. */
function otherConfigurations(paths: Iterable<string>): string[] {
  return [...paths].filter((path) =>
    path !== CONFIGURATION && OTHER_CONFIGURATIONS.includes(basename(path)) &&
    (isCode(path) || dirname(path) === ".")
  ).map((path) => `${path} can redirect modules of the stages, only ${CONFIGURATION} is looked at`);
}
