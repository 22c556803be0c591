// Typed door to @std/text. When JSR is reachable: map "@std/text" to jsr:@std/text in deno.json and delete this file.
import * as untyped from "deno-std/text/mod.js";
export const closestString: (given: string, possible: readonly string[]) => string =
  untyped.closestString;
