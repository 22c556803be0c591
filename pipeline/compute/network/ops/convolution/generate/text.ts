/** Pieces of WGSL text that all families are written with. */

/** 0 .. count - 1. */
export const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Indented lines of WGSL. */
export const lines = (parts: readonly string[], indent: number) =>
  parts.map((part) => " ".repeat(indent) + part).join("\n");

/** The declarations of a readable file that are no entry points, without their comments. */
export function declarations(readable: string): string {
  const withoutEntryPoints = readable.replaceAll(/^@compute[^]*?^}\n/gm, "");
  const blocks = withoutEntryPoints.split(/^(?=fn |struct |const |@group)/m).slice(1);
  return blocks
    .map((block) => block.replaceAll(/^\/\/.*\n/gm, "").trim())
    .map((block) => block.endsWith("}") ? `\n${block}\n` : block)
    .join("\n").replaceAll(/\n{3,}/g, "\n\n").trim();
}
