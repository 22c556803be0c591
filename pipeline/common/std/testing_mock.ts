// Typed door to @std/testing/mock. When JSR is reachable: map it to jsr:@std/testing/mock in deno.json and delete this file.
// It comes from deno-std 1.3.1, the last that has it. That one's FakeTime imports a file that is not there, and no test needs it.
import * as untyped from "deno-std-testing/testing/mock.js";
// deno-lint-ignore no-explicit-any
type Call = (...args: any[]) => unknown;
export interface Spied<F extends Call> extends Disposable {
  readonly calls: readonly { readonly args: Parameters<F>; readonly returned?: ReturnType<F> }[];
}
export const spy: <F extends Call>(call: F) => F & Spied<F> = untyped.spy;
export const stub: <T extends object, K extends keyof T>(
  object: T,
  method: K,
  replacement: T[K] & Call,
) => Spied<T[K] & Call> = untyped.stub;
export const assertSpyCalls: (spied: Spied<Call>, count: number) => void = untyped.assertSpyCalls;
