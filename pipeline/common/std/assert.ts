// Typed door to @std/assert. When JSR is reachable: map "@std/assert" to jsr:@std/assert in deno.json and delete this file.
import * as untyped from "deno-std/assert/mod.js";
type Message = string | undefined;
export const assert: (condition: unknown, message?: string) => asserts condition = untyped.assert;
export const assertEquals: <T>(actual: T, expected: T, message?: Message) => void =
  untyped.assertEquals;
export const assertNotEquals: <T>(actual: T, expected: T, message?: Message) => void =
  untyped.assertNotEquals;
export const assertAlmostEquals: (
  actual: number,
  expected: number,
  tolerance?: number,
  message?: Message,
) => void = untyped.assertAlmostEquals;
export const assertGreater: (actual: number, bound: number, message?: Message) => void =
  untyped.assertGreater;
export const assertLess: (actual: number, bound: number, message?: Message) => void =
  untyped.assertLess;
export const assertMatch: (actual: string, pattern: RegExp, message?: Message) => void =
  untyped.assertMatch;
export const assertStringIncludes: (actual: string, expected: string, message?: Message) => void =
  untyped.assertStringIncludes;
// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;
export const assertThrows: <E extends Error>(
  call: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: Message,
) => E = untyped.assertThrows;
export const assertRejects: <E extends Error>(
  call: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: Message,
) => Promise<E> = untyped.assertRejects;
