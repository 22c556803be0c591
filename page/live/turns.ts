/**
 * What a person asks of a section, one thing after the other: the latest ends what goes on, and what still waits behind that
 * is left out. Whoever clicks ten times waits for one thing.
 */

export class Turns {
  #latest = new AbortController();
  /** What is being done; the next waits for it. */
  #work: Promise<void> = Promise.resolve();

  /** Ends what goes on, and leaves out what waits. */
  end(): void {
    this.#latest.abort();
  }

  /**
   * @param work begins once what went on has ended; its signal says when it is to end itself. It must not throw
   * @returns when it has ended, or was left out
   */
  take(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.end();
    const { signal } = this.#latest = new AbortController();
    return this.#work = this.#work.then(async () => {
      if (!signal.aborted) await work(signal);
    });
  }
}

/**
 * Waits for what may take for ever, such as a person who is asked for the camera.
 * @returns what was given, or undefined once the turn is to end
 */
export async function unlessEnded<T>(
  signal: AbortSignal,
  given: Promise<T>,
): Promise<T | undefined> {
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  if (signal.aborted) end();
  signal.addEventListener("abort", end);
  try {
    return await Promise.race([ended, given]);
  } finally {
    // Of a film, a listener for each picture would stay.
    signal.removeEventListener("abort", end);
  }
}
