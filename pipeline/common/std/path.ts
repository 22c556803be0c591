// Typed door to @std/path. When JSR is reachable: map "@std/path" to jsr:@std/path in deno.json and delete this file.
import * as untyped from "deno-std/path/mod.js";
type PathFunction = (path: string) => string;
export const basename: (path: string, suffix?: string) => string = untyped.basename;
export const dirname: PathFunction = untyped.dirname;
export const extname: PathFunction = untyped.extname;
export const normalize: PathFunction = untyped.normalize;
export const isAbsolute: (path: string) => boolean = untyped.isAbsolute;
export const fromFileUrl: (url: string | URL) => string = untyped.fromFileUrl;
export const join: (...parts: string[]) => string = untyped.join;
export const relative: (from: string, to: string) => string = untyped.relative;
export const resolve: (...parts: string[]) => string = untyped.resolve;
