/** A number in the page: rounded for the eye, with its exact value and the way to its lineage. */
import { type Markup, markup } from "./markup.ts";
import { traceCommand } from "./lineage.ts";

/** Where a number stands: a metrics file or table, and the key in it as `trace` takes it. */
export interface Place {
  readonly file: string;
  readonly key: string;
}

/** Id of the element that shows a file's lineage. */
export function lineageId(file: string): string {
  return `from-${file.replace(/^results\//, "").replace(/[^A-Za-z0-9]+/g, "-")}`;
}

/** An empty element where there is no value. */
export function numberAt(place: Place, value: number | undefined, decimals: number): Markup {
  if (value === undefined) return markup`<span class="none">–</span>`;
  return markup`<a class="number" href="#${
    lineageId(place.file)
  }" data-value="${value}" data-key="${place.key}" title="${traceCommand(place.file, place.key)}">${
    readableNumber(value, decimals)
  }</a>`;
}

/** With a true minus sign, and none before what rounds to 0. */
export function readableNumber(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return text.replace("-", Number(text) === 0 ? "" : "−");
}
