// Typed door to @std/cli/parse-args. When JSR is reachable: map it to jsr:@std/cli/parse-args in deno.json and delete this file.
import * as untyped from "deno-std/cli/parse_args.js";
export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  collect?: readonly string[];
  negatable?: readonly string[];
  default?: Record<string, unknown>;
  alias?: Record<string, string | readonly string[]>;
  stopEarly?: boolean;
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}
// deno-lint-ignore no-explicit-any
export type Arguments = { _: (string | number)[] } & Record<string, any>;
export const parseArgs: (args: readonly string[], options?: ParseOptions) => Arguments =
  untyped.parseArgs;
