/**
 * Whether modules are the files and packages that they are called. deno.json is a dependency of no stage, since most of it
 * concerns none, and could put other code in the place of any module: so all of it that could must be an exact
 * package, a door to the standard library, or not there. Used by the contract, and by trace and crate.
 */
import { basename, dirname } from "@std/path";
import { z } from "zod";
import { parseJson } from "../pipeline/common/io/json.ts";
import { CONFIGURATION, isCode } from "./contract.ts";

/** A second version of a package, by another name. */
const ALIASES: Readonly<Record<string, string>> = { "deno-std-testing": "deno-std" };
const DOORS = "./pipeline/common/std/";

/** Other files by which Deno finds modules, wherever they lie above a program. */
const OTHER_CONFIGURATIONS = ["deno.json", "deno.jsonc", "package.json", "tsconfig.json"];

/** Keys that redirect nothing, whatever they hold. */
const HARMLESS = ["exclude", "fmt", "imports", "lint", "tasks"];
/** Keys that could, with the only value that does not. */
const FIXED: Readonly<Record<string, string>> = {
  exports: '"./mod.ts"',
  lock: '{"path":"deno.lock","frozen":false}',
  nodeModulesDir: '"none"',
  unstable: '["raw-imports"]',
};
/** Of compilerOptions; what they do, they do to types. */
const TYPE_CHECKS = /^(strict|no[A-Z]\w*)$/;

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
  return [...otherConfigurations(paths), ...text === undefined ? [] : redirections(text)];
}

/** What of deno.json could put other code in a module's place. */
function redirections(text: string | Uint8Array): string[] {
  const { imports, compilerOptions, ...others } = parseJson(text, schema, { file: CONFIGURATION });
  return [
    ...Object.entries(imports).filter(([name, target]) => !isItself(name, target)).map((
      [name, target],
    ) =>
      `${CONFIGURATION} puts ${target} in the place of "${name}": wanted is an exact version of the package ` +
      `of this name, or its door in ${DOORS}`
    ),
    ...Object.keys(compilerOptions).filter((key) => !TYPE_CHECKS.test(key))
      .map((key) => `${CONFIGURATION} has compilerOptions.${key}, which can redirect modules`),
    ...Object.entries(others).filter(([key, value]) =>
      !HARMLESS.includes(key) && FIXED[key] !== JSON.stringify(value)
    ).map(([key, value]) =>
      `${CONFIGURATION} has ${key}` + (FIXED[key] ? ` = ${JSON.stringify(value)}` : "") +
      ", which can redirect modules" + (FIXED[key] ? `: wanted is ${FIXED[key]}` : "")
    ),
  ];
}

/** Files beside deno.json that could. */
function otherConfigurations(paths: Iterable<string>): string[] {
  return [...paths].filter((path) =>
    path !== CONFIGURATION && OTHER_CONFIGURATIONS.includes(basename(path)) &&
    (isCode(path) || dirname(path) === ".")
  ).map((path) => `${path} can redirect modules of the stages, only ${CONFIGURATION} is looked at`);
}

/** `yaml` is an exact npm:yaml, `@std/fmt/bytes` the door fmt_bytes.ts. */
function isItself(name: string, target: string): boolean {
  if (name.startsWith("@std/")) {
    return target === `${DOORS}${name.slice("@std/".length).replaceAll(/[/-]/g, "_")}.ts`;
  }
  const [, wanted, version, end] =
    /^npm:\/?((?:@[\w.-]+\/)?[\w.-]+)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(\/?)$/.exec(target) ?? [];
  if (version === undefined || !name.endsWith(end)) return false;
  const own = name.slice(0, name.length - end.length);
  return (ALIASES[own] ?? own) === wanted;
}
