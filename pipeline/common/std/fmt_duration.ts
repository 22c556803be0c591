// Typed door to @std/fmt/duration. When JSR is reachable: map it to jsr:@std/fmt/duration in deno.json and delete this file.
import * as untyped from "deno-std/fmt/duration.js";
export const format: (
  milliseconds: number,
  options?: { style?: "narrow" | "full" | "digital"; ignoreZero?: boolean },
) => string = untyped.format;
