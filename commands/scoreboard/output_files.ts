/** Where a scoreboard and its picture go, looked at before anything is scored: what somebody else has put there stays. */
import { dirname, join, resolve } from "@std/path";
import { checkWritable } from "../flow/files.ts";
import { fileInfo, readText } from "../reproduce/files.ts";
import { TITLE } from "./table.ts";

/**
 * @param table the file that is asked for; the picture lies beside it
 * @throws {Error} naming a file that cannot be written, or was not made by this command
 */
export async function outputFiles(table: string): Promise<{ table: string; picture: string }> {
  const picture = join(dirname(table), "picture.png");
  for (const file of [table, picture]) await checkWritable(file, resolve(file));
  const before = await readText(table);
  const foreign = before === undefined
    ? await fileInfo(picture) && picture
    : !before.startsWith(TITLE) && table;
  if (!foreign) return { table, picture };
  throw new Error(
    `Cannot write ${foreign}: deno task scoreboard did not make it. Name another place by --out.`,
  );
}
