/** Arguments as people type them: options with a text, switches, and names; whatever nobody asked for is refused. */
import { parseArgs } from "node:util";

export type Given<Text extends string, List extends string, Switch extends string> = {
  /** At most one of each; absent where it was not given. */
  readonly texts: Readonly<Partial<Record<Text, string>>>;
  /** In the order in which they were given. */
  readonly lists: Readonly<Record<List, readonly string[]>>;
  readonly switches: Readonly<Record<Switch, boolean>>;
  /** What is no option, in its order. */
  readonly names: readonly string[];
};

/** What is asked for, or help, or what is wrong as a sentence. */
export type Parsed<Request> = Request | "help" | { wrong: string };

/**
 * @param options `texts` take a value, `lists` one each time they are given, `switches` none; `letters` are short names of
 *   options, `names` says whether what is no option is taken. --help and -h are always there
 */
export function givenArguments<
  Text extends string = never,
  List extends string = never,
  Switch extends string = never,
>(
  args: readonly string[],
  options: {
    readonly texts?: readonly Text[];
    readonly lists?: readonly List[];
    readonly switches?: readonly Switch[];
    readonly letters?: Readonly<Partial<Record<Text | List | Switch, string>>>;
    readonly names?: boolean;
  },
): Parsed<Given<Text, List, Switch>> {
  const { texts = [], lists = [], switches = [] } = options;
  const letters = { ...options.letters, help: "h" } as Readonly<Record<string, string>>;
  const kinds = new Map<string, "string" | "boolean">([
    ...[...texts, ...lists].map((name) => [name, "string"] as const),
    ...[...switches, "help"].map((name) => [name, "boolean"] as const),
  ]);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...kinds].map(([name, type]) => [
        name,
        { type, ...name in letters ? { short: letters[name] } : {} },
      ]),
    ),
    // Says what is there, right or wrong, in the order in which it was typed.
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values = new Map<string, string[]>();
  const names: string[] = [];
  const wrong: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      names.push(token.value);
      if (token.value === "") wrong.push("An argument is empty.");
      else if (!options.names) wrong.push(`Unknown argument ${token.value}.`);
      continue;
    }
    const { name, rawName, value, inlineValue } = token;
    const kind = kinds.get(name), earlier = values.get(name) ?? [];
    values.set(name, [...earlier, value ?? ""]);
    if (kind === undefined) wrong.push(`Unknown argument ${args[token.index]}.`);
    else if (kind === "boolean") {
      if (value !== undefined) wrong.push(`${rawName} takes no value, got "${value}".`);
    } else if (!value) wrong.push(`${rawName} needs a value.`);
    else if (!inlineValue && value.startsWith("-")) {
      wrong.push(`${rawName} needs a value, got ${value}.`);
    } else if (earlier.length > 0 && !lists.some((list) => list === name)) {
      wrong.push(`${rawName} is given twice.`);
    }
  }
  if (values.has("help")) return "help";
  if (wrong.length > 0) return { wrong: wrong[0] };
  const each = <Name extends string, Value>(
    wanted: readonly Name[],
    valueOf: (name: Name) => Value,
  ) => Object.fromEntries(wanted.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
  return {
    texts: each(texts.filter((name) => values.has(name)), (name) => values.get(name)![0]),
    lists: each(lists, (name) => values.get(name) ?? []),
    switches: each(switches, (name) => values.has(name)),
    names,
  };
}
