/** Arguments as people type them: options with a text, switches, and names; parseArgs() alone takes what nobody asked for. */
import { parseArgs } from "@std/cli/parse-args";

/** A text and at most one; absent where it was not given. */
export type Given<Text extends string, Switch extends string> = {
  readonly texts: Readonly<Partial<Record<Text, string>>>;
  readonly switches: Readonly<Record<Switch, boolean>>;
  /** What is no option, in its order. */
  readonly names: readonly string[];
};

/**
 * @param options `texts` take a value, `switches` none; --help and -h are always there
 * @returns what is given, "help", or what is wrong as a sentence
 */
export function givenArguments<Text extends string = never, Switch extends string = never>(
  args: readonly string[],
  options: { readonly texts?: readonly Text[]; readonly switches?: readonly Switch[] },
): Given<Text, Switch> | "help" | { wrong: string } {
  const { texts = [], switches = [] } = options;
  const unknown: string[] = [];
  const given: Record<string, unknown> = parseArgs([...args], {
    string: [...texts, "_"],
    boolean: [...switches, "help"],
    alias: { help: "h" },
    unknown: (argument, key) => {
      if (key !== undefined) unknown.push(argument);
    },
  });
  if (given.help) return "help";
  if (unknown.length > 0) return { wrong: `Unknown argument ${unknown[0]}.` };
  for (const name of texts) {
    if (Array.isArray(given[name])) return { wrong: `--${name} is given twice.` };
    if (given[name] === "") return { wrong: `--${name} needs a value.` };
  }
  return {
    texts: Object.fromEntries(
      texts.flatMap((name) => given[name] === undefined ? [] : [[name, given[name]]]),
    ) as Partial<Record<Text, string>>,
    switches: Object.fromEntries(
      switches.map((name) => [name, given[name] === true]),
    ) as Record<Switch, boolean>,
    names: (given._ as unknown[]).map(String),
  };
}
