/** Whether folders that belong together hold the same: what a half unpacked or half packed data set lacks, in words. */

/** A folder, and which of the numbered files that all of them should hold it has. */
export interface Numbered {
  folder: string;
  numbers: readonly number[];
}

/**
 * @param what the files, for people: "frames of scene alley_1"
 * @param describe the missing ones, by number
 * @throws {Error} naming the folder that lacks files, how many it should hold and how many it does
 */
export function requireSame(
  folders: readonly Numbered[],
  { archive, what, describe }: {
    archive: string;
    what: string;
    describe: (missing: number[]) => string;
  },
): void {
  const expected = [...new Set(folders.flatMap(({ numbers }) => numbers))].sort((a, b) => a - b);
  for (const { folder, numbers } of folders) {
    const missing = expected.filter((number) => !numbers.includes(number));
    if (missing.length === 0) continue;
    const others = folders.filter((other) => other.folder !== folder).map((other) => other.folder);
    throw new Error(
      `Cannot use ${archive}: ${what} are missing in ${folder}: expected are ${expected.length}, as in ` +
        `${others.join(", ")}, found are ${numbers.length}, without ${
          describe(missing)
        }. The archive is incomplete; get ` +
        `it again, or leave ${folder} out of it altogether.`,
    );
  }
}

/** The first of some numbers as names of files, and how many more there are. */
export function describeNumbers(numbers: readonly number[], name: (number: number) => string) {
  const more = numbers.length > 3 ? ` and ${numbers.length - 3} more` : "";
  return numbers.slice(0, 3).map(name).join(", ") + more;
}
