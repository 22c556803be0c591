/** The link of a page on this machine. */

/** @param path absolute; it may hold what a link would take for something else */
export function linkTo(path: string): string {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), "file:").href;
}
