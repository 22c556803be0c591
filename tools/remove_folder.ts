/** Removing a folder that something still writes to. */

const MOST_TRIES = 1000;

/** Also while files appear in it, of a copy that goes on or of a child process; nothing where there is none. */
export function removeFolder(path: string): void {
  for (let tries = 1; isThere(path); tries++) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch (error) {
      const { code } = error as { code?: string };
      if (tries === MOST_TRIES || (code !== "ENOTEMPTY" && code !== "ENOENT")) throw error;
    }
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
