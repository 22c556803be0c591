/**
 * Packages of Python for what only compares with them, in an environment of its own below .cache: made on first use, and again
 * when its list of packages has changed. The project itself needs none.
 */

export class PythonEnvironment {
  readonly #folder: string;
  readonly #requirements: string;
  /** Its program. */
  readonly python: string;

  /** @param requirements the list of packages for pip */
  constructor(folder: string, requirements: string) {
    this.#folder = folder;
    this.#requirements = requirements;
    this.python = `${folder}/bin/python3`;
  }

  /**
   * Makes the environment unless it is there already.
   * @param what is installed, for the line that says so
   * @throws {Error} when Python or pip fails
   */
  async ensure(what: string): Promise<void> {
    if (await this.isThere()) return;
    console.error(`Installing ${what} into ${this.#folder}, once.`);
    // Python empties the folder, too: what holds a program that may be run, Deno does not let us remove.
    await this.#run("python3", ["-m", "venv", "--clear", this.#folder]);
    const list = ["--requirement", this.#requirements];
    await this.#run(this.python, ["-m", "pip", "install", "--quiet", ...list]);
    await Deno.copyFile(this.#requirements, this.#madeOf);
  }

  /** Whether it is complete and of its present list of packages. */
  async isThere(): Promise<boolean> {
    return await contentOf(this.#madeOf) === await Deno.readTextFile(this.#requirements);
  }

  /** Lies in a complete environment: the list that it was made of. */
  get #madeOf(): string {
    return `${this.#folder}/made-of.txt`;
  }

  async #run(command: string, args: string[]): Promise<void> {
    const { code } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
    if (code === 0) return;
    throw new Error(
      `Cannot make ${this.#folder}: ${command} ${args.join(" ")} ended with status ${code}. ` +
        `Its first use needs a network and Python 3.11 or later with venv.`,
    );
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
