/**
 * A page in the system's Chromium, driven by puppeteer: it remembers every error and every request, and lets nothing
 * out to the network.
 */
import puppeteer, { type Page } from "puppeteer-core";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** What a page of no consequence says; all else counts as an error. */
const HARMLESS = ["log", "info", "debug"];

/** For the browser to start, and for each wait, on a machine that has much else to do. */
const PATIENCE_MS = 180_000;
/** For a single call of its driver, such as one that compiles all kernels. */
const CALL_PATIENCE_MS = 600_000;

export interface WatchedPage {
  readonly page: Page;
  /** Exceptions, console errors and warnings, and security violations of the page, as text. */
  readonly errors: string[];
  /** Addresses that the page asked for, itself first. */
  readonly requests: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * @param graphics switches that say what draws and computes; a page of text and canvases needs no GPU
 * @throws {Error} when there is no Chromium, saying how to install it
 */
export async function openBrowser(
  graphics: readonly string[] = ["--disable-gpu"],
): Promise<WatchedPage> {
  const browser = await puppeteer.launch({
    executablePath: findProgram(),
    timeout: PATIENCE_MS,
    protocolTimeout: CALL_PATIENCE_MS,
    // Chromium's sandbox does not start for root, as whom containers run.
    args: ["--no-sandbox", "--disable-quic", ...graphics],
  });
  const [page] = await browser.pages();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [], requests: string[] = [];
  page.on("pageerror", (error) => errors.push(error instanceof Error ? error.message : `${error}`));
  page.on("console", (message) => {
    if (!HARMLESS.includes(message.type())) errors.push(message.text());
  });
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    requests.push(request.url());
    await (staysHere(request.url()) ? request.continue() : request.abort("blockedbyclient"));
  });
  return { page, errors, requests, [Symbol.asyncDispose]: () => browser.close() };
}

/** Files, what a page carries in itself, and this machine. */
function staysHere(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return ["file:", "data:", "blob:"].includes(protocol) || hostname === "127.0.0.1";
}

function findProgram(): string {
  for (const name of NAMES) {
    const shell = new Deno.Command("sh", { args: ["-c", 'command -v "$1"', "sh", name] });
    const { success, stdout } = shell.outputSync();
    if (success) return new TextDecoder().decode(stdout).trimEnd();
  }
  throw new Error(
    "Cannot open a page: there is no Chromium on this machine. ./run test installs it on Debian and Ubuntu " +
      "where it may; by hand: apt-get install -y chromium",
  );
}
