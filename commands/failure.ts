/** What went wrong, for whoever typed a command: what the system says of a file, in our words and with the file's name. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "it is not permitted",
  EEXIST: "a part of its path is no folder",
  EISDIR: "it is a folder",
  ELOOP: "it is a link that leads in a circle",
  ENOENT: "there is no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "it is not permitted",
  EROFS: "the disk can only be read",
};
/** What is asked of the system where a file is only looked at. */
const READING = ["readfile", "open", "stat", "lstat", "readdir", "readlink", "realpath"];

/** Why the system did not do it, without its numbers and names, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  return REASONS[code ?? ""] ?? message.replace(/ \(os error \d+\).*$/s, "").replace(/\.$/, "");
}

/** The message of an error and of those that led to it, a line each. */
export function explain(error: unknown): string {
  const sentence = sentenceOf(error as Error);
  const { cause } = error as Error;
  return cause instanceof Error ? `${sentence}\n  because: ${explain(cause)}` : sentence;
}

function sentenceOf(error: Error): string {
  const [, call, from, to] =
    / \(os error \d+\): (\w+) '(.+?)'(?: -> '(.+)')?$/s.exec(error.message) ?? [];
  if (call) {
    const verb = READING.includes(call) ? "read" : "write";
    return `Cannot ${verb} ${to ?? from}: ${reasonOf(error)}.`;
  }
  const [, program] = /^Failed to spawn '(.+?)':/.exec(error.message) ?? [];
  if (program && error instanceof Deno.errors.NotFound) {
    return `Cannot run ${program}: there is no such program. Install it.`;
  }
  const [, verb, place] = /^Requires (read|write) access to "(.+?)"/.exec(error.message) ?? [];
  if (verb) return `Cannot ${verb} ${place}: deno.json does not permit it to this command.`;
  return error.message;
}
