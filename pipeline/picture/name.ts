/** Where a pair's picture lies: one name for the stage that writes it and the one that links it. */

/** Letters, digits, point, dash and underscore only. */
export function pictureName(dataset: string, pair: string): string {
  return `${dataset}_${pair}`.replace(/[^A-Za-z0-9._-]+/g, "_") + ".png";
}
