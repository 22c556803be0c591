/** What the errors of fetch() mean: why a request failed, in words, and whether another one could do better. */

/** What Deno's fetch says, in the cause of its "fetch failed", and what that is. */
const CAUSES: [pattern: RegExp, meaning: string, hopeless: boolean][] = [
  [/dns error|failed to lookup address/, "the name of the host cannot be resolved", false],
  [/invalid peer certificate/, "the server's certificate is not accepted", true],
  [/proxy authentication required/i, "the proxy asks for a login (407)", true],
  [/^Requires net access/, "it leads to a host that the stage may not reach", true],
  [/unsuccessful tunnel/, "the proxy does not let the connection through", false],
  [/connection refused/i, "the server refuses the connection", false],
];

/** The messages of an error and its causes, without the address, which the caller names. */
function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    found.push(at.message.replace(/error sending request for url \(.*?\): /, ""));
  }
  // "fetch failed" says nothing that its cause does not say.
  return found.length > 1 ? found.filter((message) => message !== "fetch failed") : found;
}

/** Why a request failed: what it means, and the words of fetch(). */
export function describeFailure(error: unknown): string {
  const words = messages(error).join(": ") || String(error);
  const known = CAUSES.find(([pattern]) => pattern.test(words));
  return (known ? `${known[1]} (${words})` : words).replace(/\.$/, "");
}

/** Whether the same request must fail again: a certificate, a login at the proxy, or a host out of bounds. */
export function isHopeless(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Without a cause, fetch() did not get as far as the network: a scheme, a port, too many redirections.
  if (error instanceof TypeError && error.cause === undefined) return true;
  const words = messages(error).join(": ");
  return CAUSES.some(([pattern, , hopeless]) => hopeless && pattern.test(words));
}
