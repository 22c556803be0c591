/**
 * A headless Chromium, driven over its DevTools protocol: opens a file, runs scripts in it, presses keys, takes
 * pictures, and remembers every error and every request that the page makes.
 */
import { join } from "@std/path";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const START_LIMIT_MS = 20_000;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  "--remote-debugging-port=0",
  "--remote-debugging-address=127.0.0.1",
];

// deno-lint-ignore no-explicit-any
type Message = any;

export class Browser {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, (() => void)[]>();
  #session: string | undefined;
  #count = 0;
  /** Exceptions, console errors and security violations of the page, as text. */
  readonly errors: string[] = [];
  /** Addresses that the page asked for, itself first. */
  readonly requests: string[] = [];

  private constructor(process: Deno.ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  /** @throws {Error} when there is no Chromium, saying how to install it */
  static async start(): Promise<Browser> {
    const program = findProgram();
    const folder = await Deno.makeTempDir();
    const process = new Deno.Command(program, {
      args: [...FLAGS, `--user-data-dir=${join(folder, "profile")}`, "about:blank"],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await debuggingAddress(process));
    await new Promise((resolve) => socket.onopen = resolve);
    const browser = new Browser(process, folder, socket);
    const { targetInfos } = await browser.send("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }: Message) => type === "page");
    const attached = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = attached.sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await browser.send(`${domain}.enable`);
    }
    return browser;
  }

  /** One command of the protocol. @throws {Error} with the answer of the browser */
  send(method: string, params: Record<string, unknown> = {}): Promise<Message> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#pending.set(
        id,
        ({ error, result }) =>
          error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      );
      this.#socket.send(JSON.stringify({ id, method, params, sessionId: this.#session }));
    });
  }

  #receive({ id, method, params, error, result }: Message): void {
    if (id !== undefined) {
      this.#pending.get(id)?.({ error, result });
      this.#pending.delete(id);
      return;
    }
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    if (method === "Runtime.exceptionThrown") {
      const { exception, text } = params.exceptionDetails;
      this.errors.push(exception?.description ?? text);
    }
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type)) {
      this.errors.push(
        params.args.map((value: Message) => value.description ?? value.value).join(" "),
      );
    }
    if (method === "Log.entryAdded" && params.entry.level !== "info") {
      this.errors.push(params.entry.text);
    }
    this.#listeners.get(method)?.splice(0).forEach((listener) => listener());
  }

  /** The next event of this name. */
  #next(method: string): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.set(method, [...this.#listeners.get(method) ?? [], resolve]);
    });
  }

  async open(url: string): Promise<void> {
    const loaded = this.#next("Page.loadEventFired");
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression in the page, awaited. @throws {Error} when it throws */
  async evaluate(expression: string): Promise<Message> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(`${expression}: ${exceptionDetails.exception.description}`);
    }
    return result.value;
  }

  /** Waits until an expression is true. @throws {Error} after ten seconds */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await this.evaluate(expression)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The page did not come to: ${expression}`);
  }

  async press(key: string, { shift = false } = {}): Promise<void> {
    const modifiers = shift ? 8 : 0;
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", key, modifiers });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, modifiers });
  }

  /** Moves the pointer to a share of an element's width and height; clicks where asked. */
  async point(selector: string, x: number, y: number, { click = false } = {}): Promise<void> {
    const box = await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height };
    })()`);
    const place = { x: box.left + x * box.width, y: box.top + y * box.height };
    await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", ...place });
    if (!click) return;
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", {
        type,
        ...place,
        button: "left",
        clickCount: 1,
      });
    }
  }

  async look(
    { width, height, dark }: { width: number; height: number; dark: boolean },
  ): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
  }

  /** A PNG of the window, or of the whole page. */
  async picture({ whole = false } = {}): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: whole,
    });
    return Uint8Array.fromBase64(data);
  }

  async close(): Promise<void> {
    this.#session = undefined;
    await this.send("Browser.close");
    await this.#process.status;
    this.#socket.close();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function findProgram(): string {
  for (const name of NAMES) {
    try {
      new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
      return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    "Cannot look at the report: there is no Chromium on this machine. " +
      "On Debian and Ubuntu, install it with: apt-get install -y chromium",
  );
}

/** Chromium says on stderr where it listens. */
async function debuggingAddress(process: Deno.ChildProcess): Promise<string> {
  let text = "";
  const lines = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const limit = setTimeout(() => process.kill(), START_LIMIT_MS);
  try {
    for (;;) {
      const { value, done } = await lines.read();
      if (done) throw new Error(`Chromium did not start:\n${text}`);
      text += value;
      const address = text.match(/DevTools listening on (\S+)/);
      if (address) {
        // Nobody reads on, and a full pipe would stop it.
        void (async () => {
          while (!(await lines.read()).done);
        })();
        return address[1];
      }
    }
  } finally {
    clearTimeout(limit);
  }
}
