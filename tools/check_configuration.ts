/**
 * Before deno task trace, verify and crate: whether what they are themselves made of is what it is called. ./run calls it without
 * deno.json and deno.lock, so that nothing of these has been loaded when they are read here.
 */
import { CONFIGURATION, LOCK, redirections, unpinned } from "../commands/redirections.ts";
import { printable } from "../pipeline/common/printable.ts";

function problems(): string[] {
  try {
    const [configuration, lock] = [CONFIGURATION, LOCK].map((file) =>
      JSON.parse(Deno.readTextFileSync(file))
    );
    return [...redirections(configuration), ...unpinned(configuration, lock)];
  } catch (error) {
    return [`${CONFIGURATION} or ${LOCK} cannot be read (${(error as Error).message})`];
  }
}

const found = problems();
if (found.length > 0) {
  console.error(printable([
    "Cannot give a verdict: the program that gives it would be made of other code than its own.",
    ...found.map((problem) => `  ${problem}.`),
    `Restore what is committed, for example with: git restore ${CONFIGURATION} ${LOCK}`,
  ].join("\n")));
  Deno.exit(1);
}
