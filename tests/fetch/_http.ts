/**
 * A server on 127.0.0.1 that misbehaves on demand: it speaks HTTP by hand, so that it can promise one
 * length and send another, or hang up in the middle.
 */

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Hang up after so many bytes of the body. */
  cutAfter?: number;
  /** Say no length; the end of the connection is the end of the body. */
  lengthless?: true;
  /** Keep the connection open without sending the rest. */
  hang?: true;
}

export interface Request {
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
}

export interface Server {
  url: string;
  requests: Request[];
  [Symbol.asyncDispose](): Promise<void>;
}

export function serve(answer: (request: Request, index: number) => Reply): Server {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: Request[] = [];
  const open = new Set<Deno.Conn>();
  const handle = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const request = await readRequest(connection);
      const reply = answer(request, requests.push(request) - 1);
      await writeReply(connection, reply);
      if (!reply.hang) connection.close();
    } catch {
      // The client hung up first, as it does when it is aborted.
    }
  };
  const accepting = (async () => {
    for await (const connection of listener) handle(connection);
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/file.zip`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // Closed already.
        }
      }
      await accepting;
    },
  };
}

async function readRequest(connection: Deno.Conn): Promise<Request> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("no request");
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  const [first, ...lines] = text.split("\r\n\r\n")[0].split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { path: first.split(" ")[1], headers };
}

async function writeReply(connection: Deno.Conn, reply: Reply): Promise<void> {
  const { status = 200, headers = {}, body = new Uint8Array(0), cutAfter = body.length } = reply;
  const length: Record<string, string> = reply.lengthless
    ? {}
    : { "content-length": String(body.length) };
  const all = { ...length, connection: "close", ...headers };
  const head = [
    `HTTP/1.1 ${status} Answer`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
  ];
  const bytes = new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`);
  const writer = connection.writable.getWriter();
  await writer.write(bytes);
  if (cutAfter > 0) await writer.write(body.slice(0, cutAfter));
  writer.releaseLock();
}

/** The answer of a well-behaved server that understands ranges. */
export function ranged(body: Uint8Array, { headers }: Request, etag = '"v1"'): Reply {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? "");
  const fresh = headers["if-range"] === undefined || headers["if-range"] === etag;
  if (!match || !fresh) return { body, headers: { etag } };
  const start = Number(match[1]);
  if (start >= body.length) {
    return { status: 416, headers: { "content-range": `bytes */${body.length}` } };
  }
  return {
    status: 206,
    headers: { etag, "content-range": `bytes ${start}-${body.length - 1}/${body.length}` },
    body: body.slice(start),
  };
}
