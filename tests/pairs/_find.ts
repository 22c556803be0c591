import { assertThrows } from "@std/assert";
import type { LayoutName } from "../../pipeline/fetch/catalogue.ts";
import type { LayoutOptions } from "../../pipeline/pairs/layouts/layout.ts";
import { findPairs } from "../../pipeline/pairs/find_pairs.ts";

export function find(
  layout: LayoutName,
  paths: string[],
  dataset: string = layout,
  { links, leftOut, ...more }:
    & { links?: string[]; leftOut?: string[] }
    & Pick<LayoutOptions, "test" | "texts"> = {},
) {
  const read = () => Promise.reject(new Error("layouts read nothing"));
  const archive = { name: "a.zip", paths: paths.toSorted(), links, read };
  return findPairs(archive, layout, dataset, (message) => leftOut?.push(message), more);
}

export function fails(
  layout: LayoutName,
  paths: string[],
  message: string,
  more: Pick<LayoutOptions, "test" | "texts"> = {},
) {
  assertThrows(() => find(layout, paths, layout, more), Error, message);
}
