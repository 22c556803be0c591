/** The reader of zip archives, and those of the listings in them. */
import { deflateSync } from "fflate";
import { openZip } from "../../../pipeline/fetch/archive.ts";
import { writeZip } from "../../../pipeline/fetch/zip_writer.ts";
import type { LayoutName } from "../../../pipeline/fetch/catalogue.ts";
import { findPairs } from "../../../pipeline/pairs/find_pairs.ts";
import { fingerprint } from "../fingerprint.ts";
import { crc32 } from "../mutations/checksums.ts";
import { bytesOf, joinBytes, type Make, type Reader, textOf } from "../reader.ts";
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

const ZIP_READER: Reader = {
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
    "an archive behind other bytes": async () =>
      joinBytes(randomBytes(1000, "before"), await written(FILES)),
    "a path of 60000 characters": () => zipOf([entry("a".repeat(60000))]),
    "a path of 20000 folders": () => zipOf([entry(`${"a/".repeat(20000)}b.txt`)]),
  },
  read: readArchive,
};

const pad = (number: number, digits: number) => String(number).padStart(digits, "0");
const numbers = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);

/** Paths as the official archives have them. */
const LISTINGS: Readonly<Record<LayoutName, readonly string[]>> = {
  middlebury: ["Venus", "Urban2"].flatMap((name) => [
    `other-data/${name}/frame10.png`,
    `other-data/${name}/frame11.png`,
    `other-gt-flow/${name}/flow10.flo`,
  ]),
  sintel: ["alley_1", "market_5"].flatMap((scene) => [
    ...numbers(4).flatMap((i) =>
      ["clean", "final"].map((pass) => `training/${pass}/${scene}/frame_${pad(i, 4)}.png`)
    ),
    ...numbers(3).flatMap((i) => [
      `training/flow/${scene}/frame_${pad(i, 4)}.flo`,
      `training/occlusions/${scene}/frame_${pad(i, 4)}.png`,
      `training/invalid/${scene}/frame_${pad(i, 4)}.png`,
    ]),
  ]),
  kitti: numbers(3, 0).flatMap((i) => [
    `training/image_2/${pad(i, 6)}_10.png`,
    `training/image_2/${pad(i, 6)}_11.png`,
    `training/flow_occ/${pad(i, 6)}_10.png`,
    `training/flow_noc/${pad(i, 6)}_10.png`,
    `training/obj_map/${pad(i, 6)}_10.png`,
  ]),
  flyingchairs: numbers(4).flatMap((i) =>
    ["img1.ppm", "img2.ppm", "flow.flo"].map((part) => `data/${pad(i, 5)}_${part}`)
  ),
  frames: ["walk", "drive/left"].flatMap((scene) => numbers(4, 8).map((i) => `${scene}/${i}.png`)),
};

const listing = (paths: readonly string[]) => () => bytesOf(paths.join("\n"));

/** The pairs that a layout finds among the paths of a listing, a line each, and what it leaves out. */
const LAYOUT_READERS: readonly Reader[] = Object.entries(LISTINGS).map(([name, paths]) => ({
  name: `layout ${name}`,
  form: "lines",
  file: ARCHIVE,
  samples: { "two or three scenes": listing(paths) },
  hostile: {
    "no file": listing([]),
    "a picture alone": listing(paths.slice(0, 1)),
    "a picture in a hidden folder": listing([`.hidden/${paths[0]}`]),
  },
  heavy: {
    "20000 files": listing(
      Array.from({ length: 20000 }, (_, i) => `${paths[0].replace(/\.\w+$/, "")}${i}.png`),
    ),
    "a number of 100000 digits": listing([`a/${"1".repeat(100_000)}.png`]),
    "a path of 100000 letters": listing(["training/".repeat(12_000)]),
  },
  read: (bytes, file) => {
    const leftOut: string[] = [];
    const lines = textOf(bytes).split("\n").filter((line) => line !== "");
    const archive = {
      name: file,
      // An archive holds a path once.
      paths: [...new Set(lines)].sort(),
      read: () => Promise.reject(new Error("Cannot read: a layout looks at paths only.")),
    };
    const pairs = findPairs(
      archive,
      name as LayoutName,
      "dataset",
      (message) => leftOut.push(message),
    );
    return { pairs, leftOut };
  },
}));

export const ARCHIVE_READERS: readonly Reader[] = [ZIP_READER, ...LAYOUT_READERS];
