/** A server for the built page, for this machine alone. */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  safetensors: "application/octet-stream",
};

/**
 * @param files bytes by path; "/" is index.html
 * @param port 0 for any that is free
 * @throws {Error} when the port is taken
 */
export function serveSite(
  files: ReadonlyMap<string, Uint8Array>,
  port: number,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
      const { pathname } = new URL(request.url);
      const path = pathname === "/" ? "index.html" : pathname.slice(1);
      const bytes = files.get(path);
      if (!bytes) return new Response("There is no such file.\n", { status: 404 });
      return new Response(bytes.slice(), {
        headers: { "content-type": TYPES[path.slice(path.lastIndexOf(".") + 1)] },
      });
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Cannot serve the page: port ${port} is taken. Choose another: --port 0`);
  }
}
