/**
 * Code that .dvcignore hides: DVC does not hash it, so that no edit of it would ever make a stage stale. Texts for people may
 * be hidden. Used by the contract, and by trace and crate.
 */
import { isCode } from "./contract.ts";

const FOR_PEOPLE = /\.md$/;

/**
 * A sentence without a full stop for each hidden file that Git tracks or would add, or that a module reaches.
 * @param hiddenBelow the files of a folder that DVC does not see
 * @param folders that stages depend on
 * @param paths what Git knows or would add
 * @param reached what stages reach by import, where that is known: none of it may be hidden, whatever it is called
 */
export async function hiddenCode(
  hiddenBelow: (folder: string) => Promise<ReadonlySet<string>>,
  folders: Iterable<string>,
  paths: ReadonlySet<string>,
  reached: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of new Set([...folders].filter(isCode))) {
    for (const path of await hiddenBelow(folder)) {
      if (reached.has(path) || paths.has(path) && !FOR_PEOPLE.test(path)) found.add(path);
    }
  }
  return [...found].sort().map((path) =>
    `.dvcignore hides ${path}, on which stages depend: no edit of it would make them stale`
  );
}
