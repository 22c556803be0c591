/**
 * What of deno.json could put other code in a module's place: all that could must be an exact package, a door to the standard
 * library, or not there. Imports nothing, so that nothing that deno.json names is loaded before it has been looked at.
 */

export const CONFIGURATION = "deno.json";
export const LOCK = "deno.lock";

/** A second version of a package, by another name. */
const ALIASES: Readonly<Record<string, string>> = { "deno-std-testing": "deno-std" };
const DOORS = "./pipeline/common/std/";

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

/** As far as it is looked at. */
export interface Configuration {
  readonly imports?: Readonly<Record<string, string>>;
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** A sentence without a full stop for each thing that could. */
export function redirections(
  { imports = {}, compilerOptions = {}, ...others }: Configuration,
): string[] {
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

/** Packages that deno.json names in another version than deno.lock pins, a sentence without a full stop each. */
export function unpinned(
  { imports = {} }: Configuration,
  lock: { readonly specifiers?: Readonly<Record<string, string>> },
): string[] {
  return Object.entries(imports).flatMap(([name, target]) => {
    const found = exactPackage(target);
    if (!found || Object.hasOwn(lock.specifiers ?? {}, `npm:${found.name}@${found.version}`)) {
      return [];
    }
    return [
      `${CONFIGURATION} puts ${target} in the place of "${name}", which ${LOCK} does not pin`,
    ];
  });
}

/** `yaml` is an exact npm:yaml, `@std/fmt/bytes` the door fmt_bytes.ts. */
function isItself(name: string, target: string): boolean {
  if (name.startsWith("@std/")) {
    return target === `${DOORS}${name.slice("@std/".length).replaceAll(/[/-]/g, "_")}.ts`;
  }
  const found = exactPackage(target);
  if (!found || !name.endsWith(found.end)) return false;
  const own = name.slice(0, name.length - found.end.length);
  return (ALIASES[own] ?? own) === found.name;
}

/** What stands in npm:NAME@VERSION, or in npm:/NAME@VERSION/ for the files of a package. */
function exactPackage(target: string): { name: string; version: string; end: string } | undefined {
  const [, name, version, end] =
    /^npm:\/?((?:@[\w.-]+\/)?[\w.-]+)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(\/?)$/.exec(target) ?? [];
  return version === undefined ? undefined : { name, version, end };
}
