/** Paths as people type them, from the folder that they are in. */
import { resolve } from "@std/path";

/** Where a path is that somebody typed: `deno task` runs in the root, but says where it was called. */
export function placeOf(typed: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), typed);
}

/** The same as a path for what works in the root: as it was typed, where that is meant from there. */
export function fromRoot(typed: string): string {
  const place = placeOf(typed);
  return place === resolve(typed) ? typed : place;
}
