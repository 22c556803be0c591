/**
 * HTML by tagged templates: text put into one is escaped, so that a name from a data set cannot
 * become markup; what a template made goes into another as it is.
 */
import { printable } from "../common/printable.ts";

/** What ends a script element or opens a comment in it, and line ends that only JSON allows in a text. */
const SCRIPT_SIGNS = /[<>&\u2028\u2029]/g;

/** Text that is markup already; only made by markup`` and trusted(). */
export class Markup {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template; undefined and false leave nothing behind. */
export type MarkupValue = Markup | string | number | undefined | false | readonly MarkupValue[];

/** Safe inside elements and inside attributes in double quotes; not inside script and style. */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + render(values[i - 1]) + part));
}

/** Markup from this project's own files, such as its style sheet. */
export function trusted(markup: string): Markup {
  return new Markup(markup);
}

/** Values as JSON in a script element of that name; no text in them can end it. */
export function jsonElement(id: string, values: unknown): Markup {
  const json = JSON.stringify(values).replace(
    SCRIPT_SIGNS,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return markup`<script type="application/json" id="${id}">${trusted(json)}</script>`;
}

function render(value: MarkupValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return value.toString();
  if (typeof value === "object") return value.map(render).join("");
  return printable(String(value))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
