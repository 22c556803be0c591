import { assertThrows } from "@std/assert";
import type { LayoutName } from "../../pipeline/fetch/catalogue.ts";
import { findPairs } from "../../pipeline/pairs/find_pairs.ts";

export function find(
  layout: LayoutName,
  paths: string[],
  dataset: string = layout,
  { links, leftOut }: { links?: string[]; leftOut?: string[] } = {},
) {
  const read = () => Promise.reject(new Error("layouts read nothing"));
  const archive = { name: "a.zip", paths: paths.toSorted(), links, read };
  return findPairs(archive, layout, dataset, (message) => leftOut?.push(message));
}

export function fails(layout: LayoutName, paths: string[], message: string) {
  assertThrows(() => find(layout, paths), Error, message);
}
