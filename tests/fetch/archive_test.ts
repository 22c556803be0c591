import { assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { ZipWriter } from "@zip.js/zip.js";
import { joinArchives, openZip } from "../../pipeline/fetch/archive.ts";
import { type Files, joinZips, memoryArchive, zip } from "./_archives.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** Opens bytes and counts how many of them are read. */
async function open(bytes: Uint8Array, name = "a.zip") {
  const counter = { bytes: 0 };
  const read = (offset: number, length: number) => {
    counter.bytes += length;
    return Promise.resolve(bytes.slice(offset, offset + length));
  };
  return { archive: await openZip({ size: bytes.length, read }, name), counter };
}

const files: Files = {
  "b/two.txt": text("two ".repeat(5000)),
  "a/one.txt": text("one"),
  "__MACOSX/a/._one.txt": text("litter"),
  "a/.DS_Store": text("litter"),
};

Deno.test("openZip()", async (t) => {
  await t.step("lists files sorted, without litter, and reads them", async () => {
    const { archive } = await open(await zip(files));
    assertEquals(archive.paths, ["a/one.txt", "b/two.txt"]);
    assertEquals(await archive.read("a/one.txt"), files["a/one.txt"]);
    assertEquals(await archive.read("b/two.txt"), files["b/two.txt"]);
  });
  await t.step("does not read what is not asked for", async () => {
    const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 31 >> 3) ^ (i >> 5));
    const bytes = await zip({ noise, "small.txt": text("small") });
    const { archive, counter } = await open(bytes);
    const listing = counter.bytes;
    assertEquals(await archive.read("small.txt"), text("small"));
    assertEquals(counter.bytes - listing < 10_000, true);
  });
});

Deno.test("openZip() names the archive and what is wrong", async (t) => {
  for (const path of ["../evil.txt", "a/../../evil.txt", "/etc/evil", "C:/evil", "..\\evil"]) {
    await t.step(`a path that leaves the folder: ${path}`, async () => {
      const bytes = await zip({ "fine.txt": text("x"), [path]: text("y") });
      await assertRejects(
        () => open(bytes, "hostile.zip"),
        Error,
        `Cannot use hostile.zip: the path ${JSON.stringify(path)} in it leads out`,
      );
    });
  }
  await t.step("bytes behind its end and before its start", async () => {
    const bytes = await zip(files), more = new Uint8Array(100).fill(65);
    const cases: [Uint8Array, string][] = [
      [
        Uint8Array.of(...bytes, ...more),
        "bytes lie behind the end of the archive, which was damaged",
      ],
      [Uint8Array.of(...more, ...bytes), "bytes lie before its first file, as in a program that"],
    ];
    for (const [around, message] of cases) {
      const opened = () => open(around, "frames.zip");
      await assertRejects(opened, Error, `Cannot open frames.zip: ${message}`);
    }
  });
  await t.step("a truncated archive", async () => {
    const bytes = await zip(files);
    for (const length of [0, 10, bytes.length >> 1, bytes.length - 30]) {
      await assertRejects(
        () => open(bytes.subarray(0, length), "cut.zip"),
        Error,
        "Cannot open cut.zip: it is not a whole zip archive",
      );
    }
  });
  await t.step("a page of HTML", async () => {
    await assertRejects(() => open(text("<html>gone</html>")), Error, "not a whole zip archive");
  });
  await t.step("a damaged entry", async () => {
    const bytes = await zip({ "a.txt": text("abcdefgh".repeat(50)) });
    bytes[45] ^= 0xff;
    const { archive } = await open(bytes);
    await assertRejects(
      () => archive.read("a.txt"),
      Error,
      "Cannot read a.txt in a.zip: the entry is damaged",
    );
  });
  await t.step("a file that is not there", async () => {
    const { archive } = await open(await zip(files));
    await assertRejects(() => archive.read("c.txt"), Error, "a.zip holds no such file");
  });
});

/** The place of a field in the first entry's header (local) and in its line of the table of contents. */
function setField(bytes: Uint8Array, local: number, table: number, value: number, size: 16 | 32) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = view.getUint32(bytes.length - 6, true);
  const set = (at: number) =>
    size === 16 ? view.setUint16(at, value, true) : view.setUint32(at, value, true);
  set(local);
  set(start + table);
  return bytes;
}
/** Without the trailing descriptor that a writer adds when it does not know sizes. */
const plain = { dataDescriptor: false, zip64: false, extendedTimestamp: false };
const setMethod = (bytes: Uint8Array, method: number) => setField(bytes, 8, 10, method, 16);
const setSize = (bytes: Uint8Array, size: number) => setField(bytes, 22, 24, size, 32);

Deno.test("openZip() refuses names that are not plain paths, and one path with two contents", async (t) => {
  for (const path of ["a\nb.png", "a\u0000.png", "\u001b[2Jx.png", "a\u009b1.png", "a\x7f.png"]) {
    await t.step(JSON.stringify(path), async () => {
      const bytes = await zip({ "fine.txt": text("x"), [path]: text("y") });
      await assertRejects(
        () => open(bytes, "hostile.zip"),
        Error,
        `Cannot use hostile.zip: the path ${JSON.stringify(path)} in it holds control characters`,
      );
    });
  }
  await t.step("letters of any script are fine", async () => {
    const paths = ["Straße/été_1.png", "動画/1.png", "a b/c'd (1).png"];
    const files = Object.fromEntries(paths.map((path) => [path, text("x")]));
    assertEquals((await open(await zip(files))).archive.paths, paths.toSorted());
  });
  await t.step("twice the same path: only with the same content", async () => {
    const one = await zip({ "a.txt": text("one") }, plain);
    const two = await zip({ "a.txt": text("two") }, plain);
    await assertRejects(
      () => open(joinZips(one, two)),
      Error,
      'Cannot use a.zip: it holds two different files of the path "a.txt"',
    );
    const { archive } = await open(joinZips(one, one));
    assertEquals([archive.paths, await archive.read("a.txt")], [["a.txt"], text("one")]);
  });
});

Deno.test("openZip() names what it does not read", async (t) => {
  const methods: [number, string][] = [
    [9, "Deflate64"],
    [12, "BZIP2"],
    [14, "LZMA"],
    [93, "Zstandard"],
    [95, "XZ"],
    [77, "an unknown method"],
  ];
  for (const [method, name] of methods) {
    await t.step(`compression method ${method}`, async () => {
      const bytes = setMethod(await zip({ "a.txt": text("abcdefgh".repeat(50)) }, plain), method);
      const { archive } = await open(bytes);
      const error = await assertRejects(() => archive.read("a.txt"), Error);
      assertEquals(
        error.message,
        `Cannot read a.txt in a.zip: it is compressed with ${name} (method ${method}), and only ` +
          `stored and deflated files are read. Unpack the archive and make it anew: zip -r.`,
      );
    });
  }
  await t.step("an encrypted file", async () => {
    const { archive } = await open(await zip({ "a.txt": text("secret") }, { password: "p" }));
    await assertRejects(() => archive.read("a.txt"), Error, "a.txt in a.zip: it is encrypted");
  });
  await t.step("a symbolic link", async () => {
    const { archive } = await open(
      await zip({ "a.png": text("../b.png") }, { unixMode: 0o120777 }),
    );
    assertEquals(archive.links, ["a.png"]);
    await assertRejects(
      () => archive.read("a.png"),
      Error,
      "a.png in a.zip: it is a symbolic link",
    );
    assertEquals(joinArchives([archive]).links, ["a.png"]);
  });
});

Deno.test("openZip() unfolds no more than an entry declares and a file may have", async (t) => {
  const MIB = 1024 ** 2;
  const packed = await zip({ "a.png": new Uint8Array(4 * MIB) }, plain);
  const fails = async (bytes: Uint8Array, message: string) => {
    const { archive } = await open(bytes.slice(), "bomb.zip");
    const error = await assertRejects(() => archive.read("a.png"), Error);
    assertStringIncludes(error.message, `Cannot read a.png in bomb.zip: ${message}`);
  };
  await t.step("the file as it is", async () => {
    assertLess(packed.length, 8000);
    assertEquals((await (await open(packed)).archive.read("a.png")).length, 4 * MIB);
  });
  await t.step("it declares less than it holds", async () => {
    await fails(setSize(packed.slice(), 4 * MIB - 1), "the entry is damaged (");
    await fails(setSize(packed.slice(), 10), "the entry is damaged (");
  });
  await t.step("it declares more than it holds", async () => {
    await fails(setSize(packed.slice(), 4 * MIB + 1), "the entry is damaged (");
  });
  await t.step("it declares more than its bytes can become", async () => {
    const bytes = setSize(packed.slice(), 250 * MIB);
    await fails(bytes, "the entry is damaged (it claims 262144000 bytes, made of 4");
  });
  await t.step("it declares more than a file may have", async () => {
    await fails(
      setSize(packed.slice(), 1024 * MIB),
      "it claims 1073741824 bytes, at most 268435456 are allowed.",
    );
  });
  await t.step("stored, it declares another size than it takes", async () => {
    const stored = await zip({ "a.png": new Uint8Array(100) }, { ...plain, level: 0 });
    await fails(setSize(stored, 90), "the entry is damaged (it claims 90 bytes, made of 100)");
  });
});

Deno.test("openZip() does not read a table of contents of any length", async () => {
  const size = 200 * 1024 ** 2, table = 100 * 1024 ** 2;
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, table, true);
  end.setUint32(16, size - table - 22, true);
  let longest = 0;
  const read = (offset: number, length: number) => {
    longest = Math.max(longest, length);
    const bytes = new Uint8Array(Math.min(length, size - offset));
    const at = size - 22 - offset;
    if (at >= 0 && at + 22 <= bytes.length) bytes.set(new Uint8Array(end.buffer), at);
    return Promise.resolve(bytes);
  };
  await assertRejects(
    () => openZip({ size, read }, "hostile.zip"),
    Error,
    "Cannot open hostile.zip: it is not a whole zip archive (its table of contents claims 104857600 " +
      "bytes, limit 67108864, 209715200 bytes)",
  );
  assertLess(longest, 2 * 1024 ** 2);
});

Deno.test("openZip() refuses an archive whose end counts fewer files than it lists", async () => {
  for (const count of [0, 1]) {
    const bytes = await zip({ "a.txt": Uint8Array.of(1), "b.txt": Uint8Array.of(2) });
    const end = new DataView(bytes.buffer, bytes.length - 22);
    end.setUint16(8, count, true);
    end.setUint16(10, count, true);
    await assertRejects(
      () => open(bytes),
      Error,
      "Cannot open a.zip: its table of contents lists more files than its last record counts.",
    );
  }
});

Deno.test("openZip() takes limited memory for the largest file that fits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/bomb.zip`;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
    const written = Deno.writeFile(path, readable);
    const writer = new ZipWriter(writable, { useWebWorkers: false });
    const zeros = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(4 * 1024 ** 2));
        if (++pieces === 64) controller.close();
      },
    });
    let pieces = 0;
    await writer.add("a.png", zeros);
    await writer.close();
    await written;
    const archives = new URL("../../stages/common/archives.ts", import.meta.url);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const program = `
      import process from "node:process";
      import { openZipFile } from "${archives}";
      using open = new DisposableStack();
      const { read } = await openZipFile("${path}", open);
      const { length } = await read("a.png");
      console.log(length, process.resourceUsage().maxRSS);`;
    // Through a shell that stays: Linux counts the size of whoever starts a process as that process's own peak.
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: [
        ...["-c", '"$@"; exit $?', "sh", Deno.execPath(), "run", `--config=${config}`],
        ...["--allow-read", `data:text/javascript,${encodeURIComponent(program)}`],
      ],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const [length, peakKb] = decode(stdout).split(" ").map(Number);
    assertEquals(length, 256 * 1024 ** 2, decode(stderr));
    // 256 MiB are the content; before there was a limit, it was 850 MB.
    assertLess(peakKb, 700_000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("joinArchives()", async (t) => {
  const first = memoryArchive({ a: text("1"), b: text("2") }, "one.zip");
  const second = memoryArchive({ b: text("3"), c: text("4") }, "two.zip");
  const joined = joinArchives([first, second]);
  await t.step("has the paths of both; the first wins", async () => {
    assertEquals([joined.name, joined.paths], ["one.zip + two.zip", ["a", "b", "c"]]);
    assertEquals(await joined.read("b"), text("2"));
    assertEquals(await joined.read("c"), text("4"));
  });
  await t.step("names both when a file is in neither", async () => {
    await assertRejects(() => joined.read("d"), Error, "one.zip + two.zip holds no such file");
  });
});
