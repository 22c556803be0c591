/** Pieces of WGSL text that all families are written with. */

/** 0 .. count - 1. */
export const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Indented lines of WGSL. */
export const lines = (parts: readonly string[], indent: number) =>
  parts.map((part) => " ".repeat(indent) + part).join("\n");

const namesIn = (text: string) => text.replaceAll(/\/\/.*$/gm, "").match(/\b[A-Za-z_]\w*/g) ?? [];

/** `body` behind those declarations of a readable file, without their comments, that it needs; entry points are none. */
export function withDeclarations(readable: string, body: string): string {
  const withoutEntryPoints = readable.replaceAll(/^@compute[^]*?^}\n/gm, "");
  const blocks = withoutEntryPoints.split(/^(?=fn |struct |const |override |@group)/m).slice(1)
    .map((block) => block.replaceAll(/^\/\/.*\n/gm, "").trim())
    .map((text) => ({
      text,
      name: text.match(/(?:fn|struct|const|override|var<[^>]+>) (\w+)/)![1],
    }));
  const needed = new Set(namesIn(body));
  // Declarations need others; Set.forEach also visits what is added meanwhile.
  needed.forEach((name) =>
    blocks.filter((block) => block.name === name)
      .forEach(({ text }) => namesIn(text).forEach((other) => needed.add(other)))
  );
  const used = blocks.filter(({ name }) => needed.has(name))
    .map(({ text }) => text.endsWith("}") ? `\n${text}\n` : text);
  return `${used.join("\n").replaceAll(/\n{3,}/g, "\n\n").trim()}\n\n${body}`;
}
