// Typed door to @std/fmt/bytes. When JSR is reachable: map it to jsr:@std/fmt/bytes in deno.json and delete this file.
import * as untyped from "deno-std/fmt/bytes.js";
export const format: (
  bytes: number,
  options?: { binary?: boolean; maximumFractionDigits?: number },
) => string = untyped.format;
