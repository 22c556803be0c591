/** Words for the two readers of a job script: a POSIX shell, and sbatch, which reads its #SBATCH lines by rules of its own. */

const PLAIN = /^[\w@%+=:,./-]+$/;
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;

/** One word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same for a person to copy: without quotes where it needs none. */
export function readableShellWord(text: string): string {
  return PLAIN.test(text) ? text : shellWord(text);
}

/**
 * One word of a line #SBATCH, where a blank ends a word, # begins a comment, and \ takes the meaning from the next character,
 * between any quotes.
 * @throws {Error} when it would not end on this line: what follows would be a line of the shell
 */
export function directiveWord(text: string): string {
  if (CONTROL.test(text)) {
    throw new Error(
      `Cannot pass ${JSON.stringify(text)} on to Slurm: a line #SBATCH of a job script holds no ` +
        "line breaks or other control characters. Leave them out.",
    );
  }
  return PLAIN.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/**
 * A folder as the beginning of --output, where % begins what Slurm fills in.
 * @throws {Error} when its path holds what --output cannot
 */
export function outputFolder(path: string): string {
  // A single \ turns all filling in off, and cannot be written otherwise.
  if (path.includes("\\") || CONTROL.test(path)) {
    throw new Error(
      `Cannot let jobs write into ${
        JSON.stringify(path)
      }: Slurm's --output holds no backslash, line ` +
        "break or other control character. Move the clone to a folder without them.",
    );
  }
  return path.replaceAll("%", "%%");
}
