// Typed door to @std/fmt/colors. When JSR is reachable: map it to jsr:@std/fmt/colors in deno.json and delete this file.
import * as untyped from "deno-std/fmt/colors.js";
type Style = (text: string) => string;
export const bold: Style = untyped.bold;
export const red: Style = untyped.red;
export const green: Style = untyped.green;
export const yellow: Style = untyped.yellow;
