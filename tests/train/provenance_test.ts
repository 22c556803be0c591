/** The key of a computation changes with everything that it should, and with nothing else. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { canonicalJson, inputsKey } from "../../pipeline/train/provenance.ts";

const files = [{ path: "a.ts", sha256: "11" }, { path: "b.wgsl", sha256: "22" }];

Deno.test("canonicalJson() sorts keys at every depth and leaves lists alone", () => {
  assertEquals(
    canonicalJson({ b: [2, 1], a: { d: null, c: 1e-6 } }),
    '{"a":{"c":0.000001,"d":null},"b":[2,1]}',
  );
});

Deno.test("inputsKey() does not depend on the order of files and keys", async () => {
  const key = await inputsKey({ rho: 0.1, eta: 1 }, files);
  assertEquals(key.length, 64);
  assertEquals(await inputsKey({ eta: 1, rho: 0.1 }, files.toReversed()), key);
});

Deno.test("inputsKey() changes with a parameter, a byte, a name, a missing file", async (t) => {
  const key = await inputsKey({ rho: 0.1 }, files);
  const others: Record<string, Promise<string>> = {
    parameter: inputsKey({ rho: 0.2 }, files),
    byte: inputsKey({ rho: 0.1 }, [{ path: "a.ts", sha256: "12" }, files[1]]),
    name: inputsKey({ rho: 0.1 }, [{ path: "c.ts", sha256: "11" }, files[1]]),
    exchange: inputsKey({ rho: 0.1 }, [{ path: "a.ts", sha256: "22" }, {
      ...files[1],
      sha256: "11",
    }]),
    missing: inputsKey({ rho: 0.1 }, files.slice(1)),
  };
  for (const [name, other] of Object.entries(others)) {
    await t.step(name, async () => assertNotEquals(await other, key));
  }
});
