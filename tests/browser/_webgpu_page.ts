/**
 * A page in Chromium with WebGPU, on SwiftShader's adapter whatever the machine has: another compiler (Tint) and another
 * implementation (Dawn) than Deno's. Its script is _in_page.ts in a bundle; a server on 127.0.0.1 has it and the golden vectors.
 */
import { openBrowser, type WatchedPage } from "../report/_browser.ts";

/** Of Chromium, for an adapter that every machine has. */
export const SWITCHES = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

type InPage = typeof import("./_in_page.ts");

export interface WebGpuPage {
  readonly errors: WatchedPage["errors"];
  /** Calls a function of _in_page.ts there. */
  call<Name extends keyof InPage>(
    name: Name,
    ...given: Parameters<InPage[Name]>
  ): Promise<Awaited<ReturnType<InPage[Name]>>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A program and the library that it calls as one script. @throws {Error} when the bundler fails, with what it said */
async function bundle(program: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["bundle", "--quiet", "--frozen", "--platform", "browser", program],
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `Cannot bundle ${program}: ${new TextDecoder().decode(stderr)}\n` +
      "The first call of deno bundle fetches its bundler (esbuild) from npm, and needs the network for that.",
  );
}

function serve(script: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const typed = (body: BodyInit, type: string) =>
      new Response(body, { headers: { "content-type": type } });
    if (pathname === "/") {
      return typed('<!doctype html><link rel="icon" href="data:,">', "text/html");
    }
    if (pathname === "/script.js") return typed(script, "text/javascript");
    const golden = pathname.match(/^\/golden\/\w+\.safetensors$/);
    if (!golden) return new Response(null, { status: 404 });
    return typed(await Deno.readFile(`tests${golden[0]}`), "application/octet-stream");
  });
}

/** @throws {Error} when there is no Chromium, saying how to install it, or the bundler fails */
export async function openWebGpuPage(): Promise<WebGpuPage> {
  const server = serve(await bundle("tests/browser/_in_page.ts"));
  const browser = await openBrowser(SWITCHES).catch(async (error) => {
    await server.shutdown();
    throw error;
  });
  await browser.page.goto(`http://127.0.0.1:${server.addr.port}/`);
  return {
    errors: browser.errors,
    call: (name, ...given) =>
      browser.page.evaluate(
        `import("/script.js").then((page) => page.${name}(...${JSON.stringify(given)}))`,
      ) as Promise<never>,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}
