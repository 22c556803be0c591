/** The few pieces of Markdown that a report is made of. */

/** A table; the first column is text, the others are numbers and stand at the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [
    line(header),
    `|${header.map((_, k) => k === 0 ? " --- |" : " ---: |").join("")}`,
    ...rows.map(line),
  ].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** An inline picture. */
export function image(text: string, path: string): string {
  return `![${text.replace(/[[\]]/g, "")}](${encodeURI(path)})`;
}

/** Nested values by dotted names, in the order in which they stand. */
export function flatten(value: unknown, prefix = ""): [string, string][] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, prefix ? `${prefix}.${key}` : key)
    );
  }
  return [[prefix, Array.isArray(value) ? value.join(", ") : String(value)]];
}
