/**
 * For what names its files from the working folder, as a stage does. That folder is one for all threads of a process, and
 * tests run in several: these are in files `*_alone.ts`, which alone_test.ts runs in a process of their own.
 */
import { inFolder } from "./_run.ts";

/** Runs a test with an empty working folder. */
export function inWorkingFolder(test: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  return inFolder(async (folder) => {
    Deno.chdir(folder);
    try {
      await test();
    } finally {
      Deno.chdir(before);
    }
  });
}
