/** The committed params.yaml with one line changed, and what parseParams() says about it. */
import { assert, assertThrows } from "@std/assert";
import { parseParams } from "../../stages/check/params.ts";

export const committed = Deno.readTextFileSync("params.yaml");

/** The committed file with one line of one section replaced; "" removes it. */
export function changed(section: string, line: RegExp, replacement: string): string {
  const start = committed.indexOf(`\n${section}:`);
  const [head, tail] = [committed.slice(0, start), committed.slice(start)];
  assert(line.test(tail), `params.yaml has no line like ${line} in ${section}`);
  return head + tail.replace(line, replacement);
}

export function complaint(text: string): string {
  return assertThrows(() => parseParams(text), Error).message;
}
