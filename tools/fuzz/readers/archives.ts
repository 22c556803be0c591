/** The reader of zip archives. */
import { deflateSync } from "fflate";
import { openZip } from "../../../pipeline/fetch/archive.ts";
import { writeZip } from "../../../pipeline/fetch/zip_writer.ts";
import { fingerprint } from "../fingerprint.ts";
import { crc32 } from "../mutations/checksums.ts";
import { bytesOf, joinBytes, type Make, type Reader } from "../reader.ts";
import { plainPng, randomBytes } from "../samples.ts";
import { deflatedZeros } from "../zeros.ts";
import { type EntryClaims, zipOf } from "../zip_parts.ts";

const ARCHIVE = "frames.zip";
/** Of an archive of very many, so many are read. */
const FILES_READ = 40;

const CONTENT = bytesOf("some content of a file, content of a file");
const entry = (name: string, claims: Partial<EntryClaims> = {}): EntryClaims => ({
  name,
  content: CONTENT,
  ...claims,
});
const one = (claims: Partial<EntryClaims>): Make => () =>
  zipOf([entry("a.txt"), entry("b.txt", claims)]);

async function written(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const bytes = new Response(readable as BodyInit).bytes();
  await writeZip(Object.keys(files), (path) => Promise.resolve(files[path]), writable);
  return await bytes;
}

const FILES = {
  "walk/1.png": plainPng(3, 8),
  "walk/2.png": plainPng(1, 8),
  "readme.txt": CONTENT,
  "noise.bin": randomBytes(300, "noise"),
};

interface ReadArchive {
  /** A hash of each file. */
  readonly files: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly links?: readonly string[];
}

async function readArchive(bytes: Uint8Array, file: string): Promise<ReadArchive> {
  const source = {
    size: bytes.length,
    read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
  };
  const archive = await openZip(source, file);
  const files: Record<string, string> = {};
  for (const path of archive.paths.slice(0, FILES_READ)) {
    files[path] = fingerprint(await archive.read(path));
  }
  return { files, paths: archive.paths, links: archive.links };
}

/** Methods by number that are not read. */
const METHODS = [1, 6, 9, 12, 14, 93, 95, 98, 99, 1000];
const BAD_NAMES = [
  "../x.txt",
  "a/../../x.txt",
  "/etc/passwd",
  "C:\\x.txt",
  "a\u0000b.txt",
  "a\u001b[2Jb.txt",
  "a\nb.txt",
];

export const ZIP_READER: Reader = {
  name: "zip",
  form: "zip",
  file: ARCHIVE,
  // Of names there is none.
  covered: (archive) => Object.values((archive as ReadArchive).files).sort(),
  samples: {
    "as written here": () => written(FILES),
    "plain fields": () =>
      zipOf([
        entry("a.txt"),
        entry("b/c.txt", { content: randomBytes(50, "c") }),
        entry("d.txt", {
          content: deflateSync(CONTENT),
          method: 8,
          size: CONTENT.length,
          crc: crc32(CONTENT),
        }),
      ]),
  },
  hostile: {
    empty: () => new Uint8Array(0),
    "no entry, 64 KB": () => new Uint8Array(65536),
    ...Object.fromEntries(
      BAD_NAMES.map((name) => [`the path ${JSON.stringify(name)}`, () => zipOf([entry(name)])]),
    ),
    ...Object.fromEntries(METHODS.map((method) => [`method ${method}`, one({ method })])),
    "two different files of one path": () =>
      zipOf([entry("a.txt"), entry("a.txt", { content: bytesOf("other") })]),
    "a link": one({ attributes: 0o120777 * 65536 }),
    encrypted: one({ flags: 0x801 }),
    "a wrong checksum": one({ crc: 7 }),
    "a size of 4 GB": one({ size: 2 ** 32 - 2, packedSize: 2 ** 32 - 2 }),
    "a size of 4 GB, packed": one({ size: 2 ** 32 - 2, method: 8 }),
    "more than it declares": () =>
      zipOf([entry("a.bin", { content: deflatedZeros(512), method: 8, size: 1000 })]),
    "less than it declares": () =>
      zipOf([entry("a.bin", { content: deflateSync(CONTENT), method: 8, size: 5000 })]),
    "content beyond the end": one({ offset: 2 ** 31 }),
    "more entries than there are": () =>
      zipOf([entry("a.txt")], { entries: 60000, "entries here": 60000 }),
    "4 GB of table": () => zipOf([entry("a.txt")], { "table size": 2 ** 32 - 2 }),
    "an archive behind other bytes": async () =>
      joinBytes(randomBytes(1000, "before"), await written(FILES)),
    "an archive before other bytes": async () =>
      joinBytes(await written(FILES), randomBytes(1000, "behind")),
    "70000 characters cut short": () => zipOf([entry("a".repeat(65000))]).slice(0, 65100),
  },
  heavy: {
    "256 MB from 256 KB": () =>
      zipOf([
        entry("a.bin", {
          content: deflatedZeros(256),
          method: 8,
          size: 256 << 20,
          crc: 0,
        }),
      ]),
    "40 entries of one content, 200 MB each": () =>
      zipOf(
        Array.from({ length: 40 }, (_, i) =>
          entry(`${i}.bin`, {
            content: i === 0 ? deflatedZeros(200) : new Uint8Array(0),
            method: 8,
            size: 200 << 20,
            packedSize: deflatedZeros(1).length * 190,
            offset: i === 0 ? undefined : 0,
            crc: 0,
          })),
      ),
    "20000 entries": () =>
      zipOf(Array.from({ length: 20000 }, (_, i) => entry(`${i}.txt`, { content: CONTENT }))),
    "a table that claims to lie beyond the end": () =>
      zipOf([entry("a.txt")], { "table offset": 2 ** 31 }),
    "an archive in an archive": async () =>
      zipOf([entry("a.zip", { content: await written(FILES) })]),
    "a path of 60000 characters": () => zipOf([entry("a".repeat(60000))]),
    "a path of 20000 folders": () => zipOf([entry(`${"a/".repeat(20000)}b.txt`)]),
  },
  read: readArchive,
};
