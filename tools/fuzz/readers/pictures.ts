/** Readers of pictures and of flow that is stored as one. */
import { readFlo, writeFlo } from "../../../pipeline/common/io/flo.ts";
import { readKittiFlow, writeKittiFlow } from "../../../pipeline/common/io/kitti_flow.ts";
import { readJpeg } from "../../../pipeline/common/io/jpeg.ts";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { readPpm } from "../../../pipeline/common/io/ppm.ts";
import { readRawPicture } from "../../../pipeline/flow/picture_pair.ts";
import * as jpegs from "../jpeg_samples.ts";
import { pngOf } from "../mutations/png.ts";
import { bytesOf, joinBytes, type Reader } from "../reader.ts";
import {
  bitPng,
  END_CHUNK,
  header,
  HEIGHT,
  interlacedPng,
  palettePng,
  pixels,
  plainPng,
  randomBytes,
  samplePair,
  WIDTH,
} from "../samples.ts";
import { zlibZeros } from "../zeros.ts";

const bomb = (width: number, height: number, megabytes: number, options = {}) =>
  pngOf([
    header(width, height, options),
    { type: "IDAT", data: zlibZeros(megabytes) },
    END_CHUNK,
  ]);

const OF_JPEG = {
  start: Uint8Array.of(0xff, 0xd8),
  /** Of one component or three; sizes in two bytes. */
  frame: (width: number, height: number, components = 1) =>
    Uint8Array.of(
      ...[0xff, 0xc0, 0, 8 + 3 * components, 8, height >> 8, height & 255, width >> 8, width & 255],
      ...[components, ...Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat()],
    ),
  /** Every coefficient's step is 1. */
  quantisation: Uint8Array.of(0xff, 0xdb, 0, 67, 0, ...new Uint8Array(64).fill(1)),
  /** One code, a zero bit, for nothing: no difference, no coefficient. */
  huffman: joinBytes(
    ...[0x00, 0x10].map((table) =>
      Uint8Array.of(0xff, 0xc4, 0, 20, table, 1, ...new Uint8Array(15), 0)
    ),
  ),
  scan: (components = 1) =>
    Uint8Array.of(
      ...[0xff, 0xda, 0, 6 + 2 * components, components],
      ...Array.from({ length: components }, (_, i) => [i + 1, 0]).flat(),
      ...[0, 63, 0],
    ),
  end: Uint8Array.of(0xff, 0xd9),
  /** Exif with the orientation 6. */
  sideways: joinBytes(
    Uint8Array.of(0xff, 0xe1, 0, 34),
    bytesOf("Exif\u0000\u0000MM\u0000*"),
    Uint8Array.of(0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0),
  ),
};

/** Grey, or of three components, of so many bytes of zeros: two bits a block. */
const flatJpeg = (width: number, height: number, bytes: number, components = 1) =>
  joinBytes(
    OF_JPEG.start,
    OF_JPEG.frame(width, height, components),
    OF_JPEG.quantisation,
    OF_JPEG.huffman,
    OF_JPEG.scan(components),
    new Uint8Array(bytes),
    OF_JPEG.end,
  );

const cutBehind = (file: Uint8Array, share: number) =>
  joinBytes(file.subarray(0, Math.floor(share * file.length)), OF_JPEG.end);

function flo(width: number, height: number, values: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(12));
  head.setFloat32(0, 202021.25, true);
  head.setInt32(4, width, true);
  head.setInt32(8, height, true);
  return joinBytes(new Uint8Array(head.buffer), values);
}

export const PICTURE_READERS: readonly Reader[] = [
  {
    name: "png",
    form: "png",
    file: "frame_0007.png",
    covered: (picture) => picture,
    samples: {
      grey: () => plainPng(1, 8),
      "grey and alpha": () => plainPng(2, 8),
      rgb: () => plainPng(3, 8),
      rgba: () => plainPng(4, 8),
      "rgb, 16 bits": () => plainPng(3, 16),
      palette: palettePng,
      bits: bitPng,
      interlaced: interlacedPng,
    },
    hostile: {
      empty: () => new Uint8Array(0),
      "no chunk": () => plainPng(1, 8).slice(0, 8),
      "no pixels": () => pngOf([header(WIDTH, HEIGHT), END_CHUNK]),
      "no header": () => pngOf([pixels(randomBytes(40, "rows")), END_CHUNK]),
      "palette without colours": () =>
        pngOf([header(2, 2, { colour: 3 }), pixels(Uint8Array.of(0, 1, 2, 0, 3, 4)), END_CHUNK]),
      "index beyond the palette": () =>
        pngOf([
          header(2, 1, { colour: 3 }),
          { type: "PLTE", data: Uint8Array.of(1, 2, 3) },
          pixels(Uint8Array.of(0, 0, 200)),
          END_CHUNK,
        ]),
      "unknown filter": () => pngOf([header(2, 1), pixels(Uint8Array.of(9, 1, 2)), END_CHUNK]),
      "colour type 5": () =>
        pngOf([header(2, 1, { colour: 5 }), pixels(Uint8Array.of(0, 1, 2)), END_CHUNK]),
      "depth 3": () => pngOf([header(2, 1, { depth: 3 }), pixels(Uint8Array.of(0, 1)), END_CHUNK]),
      "fewer pixels than promised": () =>
        pngOf([header(7, 5), pixels(new Uint8Array(9)), END_CHUNK]),
      "512 MB behind 8 x 8 pixels": () => bomb(8, 8, 512),
      "4 GB behind 8 x 8 pixels": () => bomb(8, 8, 4096),
      "32768 x 32768 RGBA, 16 bits, of 1 MB": () => bomb(32768, 32768, 1, { depth: 16, colour: 6 }),
    },
    heavy: {
      "32768 x 32768 grey": () => bomb(32768, 32768, 1025),
      "32768 x 32768 bits": () => bomb(32768, 32768, 129, { depth: 1 }),
      "9400 x 9400 RGB": () => bomb(9400, 9400, 253, { colour: 2 }),
      "4000 x 4000 RGB interlaced": () => bomb(4000, 4000, 46, { colour: 2, interlaced: true }),
      "20000 empty chunks": () =>
        pngOf([
          header(1, 1),
          ...Array.from({ length: 20000 }, () => ({ type: "tEXt", data: bytesOf("a\u0000b") })),
          pixels(Uint8Array.of(0, 1)),
          END_CHUNK,
        ]),
      "a text that unfolds to 1 GB": () =>
        pngOf([
          header(1, 1),
          { type: "zTXt", data: joinBytes(bytesOf("a\u0000\u0000"), zlibZeros(1024)) },
          pixels(Uint8Array.of(0, 1)),
          END_CHUNK,
        ]),
      "a colour profile that unfolds to 1 GB": () =>
        pngOf([
          header(1, 1),
          { type: "iCCP", data: joinBytes(bytesOf("a\u0000\u0000"), zlibZeros(1024)) },
          pixels(Uint8Array.of(0, 1)),
          END_CHUNK,
        ]),
    },
    read: decodePng,
  },
  {
    name: "kitti flow",
    form: "png",
    file: "000007_10.png",
    covered: (picture) => picture,
    samples: {
      flow: () => {
        const { width, height, flow, valid } = samplePair("kitti");
        return writeKittiFlow({ width, height, flow: flow!, valid: valid! });
      },
    },
    hostile: {
      "8 bits": () => plainPng(3, 8),
      "a channel": () => plainPng(1, 16),
    },
    read: readKittiFlow,
  },
  {
    name: "jpeg",
    form: "bytes",
    file: "frame_0007.jpg",
    samples: {
      colour: () => jpegs.colour.file,
      "halved colours": () => jpegs.halved.file,
      progressive: () => jpegs.progressive.file,
      grey: () => jpegs.grey.file,
      "held sideways": () =>
        joinBytes(OF_JPEG.start, OF_JPEG.sideways, jpegs.colour.file.subarray(2)),
      restarts: () => jpegs.restarts.file,
      "red, green, blue": () => jpegs.rgb.file,
    },
    hostile: {
      empty: () => new Uint8Array(0),
      "start alone": () => OF_JPEG.start,
      "no picture": () => joinBytes(OF_JPEG.start, OF_JPEG.end),
      "no frame": () => joinBytes(OF_JPEG.start, OF_JPEG.scan(), OF_JPEG.end),
      "no scan": () => joinBytes(OF_JPEG.start, OF_JPEG.frame(8, 8), OF_JPEG.end),
      "no tables": () =>
        joinBytes(
          OF_JPEG.start,
          OF_JPEG.frame(8, 8),
          OF_JPEG.scan(),
          new Uint8Array(9),
          OF_JPEG.end,
        ),
      "no side": () => flatJpeg(0, 8, 9),
      "height to come": () => flatJpeg(8, 0, 9),
      "four inks": () => jpegs.cmyk.file,
      "a scan cut, the end there": () => cutBehind(jpegs.colour.file, 0.9),
      "last scans gone, the end there": () => cutBehind(jpegs.progressive.file, 0.8),
      "65535 x 65535 of 9 bytes": () => flatJpeg(65535, 65535, 9),
      "32000 x 8000 of 9 bytes": () => flatJpeg(32000, 8000, 9),
      "7680 x 4320 of 60 kB": () => flatJpeg(7680, 4320, 60_000),
      "9000 x 9000 of 2 MB": () => flatJpeg(9000, 9000, 2 << 20, 3),
      "a segment without end": () =>
        joinBytes(OF_JPEG.start, Uint8Array.of(0xff, 0xe1, 0xff, 0xff)),
      "a segment shorter than its length": () =>
        joinBytes(OF_JPEG.start, Uint8Array.of(0xff, 0xfe, 0, 1), OF_JPEG.end),
    },
    heavy: {
      "7680 x 4320 grey": () => flatJpeg(7680, 4320, 130_000),
      "4300 x 4300 in three components": () => flatJpeg(4300, 4300, 220_000, 3),
      "20 MB of comments": () =>
        joinBytes(
          OF_JPEG.start,
          ...Array.from(
            { length: 320 },
            () => joinBytes(Uint8Array.of(0xff, 0xfe, 0xff, 0xff), new Uint8Array(65533)),
          ),
          flatJpeg(8, 8, 1).subarray(2),
        ),
      "20 MB that fill up": () =>
        joinBytes(
          OF_JPEG.start,
          new Uint8Array(20 << 20).fill(0xff),
          flatJpeg(8, 8, 1).subarray(2),
        ),
      "20 MB behind the last block": () => flatJpeg(8, 8, 20 << 20),
      "20000 tables": () =>
        joinBytes(
          OF_JPEG.start,
          ...Array.from({ length: 20_000 }, () => OF_JPEG.quantisation),
          flatJpeg(8, 8, 1).subarray(2),
        ),
    },
    read: readJpeg,
  },
  {
    name: "ppm",
    form: "bytes",
    file: "00007_img1.ppm",
    samples: {
      plain: () => joinBytes(bytesOf(`P6\n${WIDTH} ${HEIGHT}\n255\n`), randomBytes(105, "ppm")),
      comments: () =>
        joinBytes(
          bytesOf(`P6 # by chance\n# 9 9\n${WIDTH}\t${HEIGHT} #\n255\n`),
          randomBytes(105, "ppm"),
        ),
    },
    hostile: {
      empty: () => new Uint8Array(0),
      "header alone": () => bytesOf("P6\n7 5\n255"),
      "text for pixels": () => bytesOf("P3\n1 1\n255\n1 2 3\n"),
      "no side": () => bytesOf("P6\n0 5\n255\n"),
      "a side of 400 digits": () => bytesOf(`P6\n${"9".repeat(400)} 1\n255\n`),
      "16 bits": () => joinBytes(bytesOf("P6\n1 1\n65535\n"), new Uint8Array(6)),
      "32768 x 32768 of nothing": () => bytesOf("P6\n32768 32768\n255\n"),
      "no blank behind the maximum": () => joinBytes(bytesOf("P6\n1 1\n255x"), new Uint8Array(3)),
      "a header of Windows, a byte cut": () => bytesOf("P6\r\n2 1\r\n255\r\nabcde"),
      "a comment before samples": () => bytesOf("P6 1 1 255\n# x\nabc"),
      "pictures one after the other": () =>
        joinBytes(bytesOf("P6\n1 1\n255\nabcP6\n1 1\n255\nabc")),
    },
    heavy: {
      "a comment of 20 MB": () =>
        joinBytes(bytesOf("P6\n#"), new Uint8Array(20 << 20).fill(65), bytesOf("\n1 1\n255\nabc")),
      "20 MB of blanks": () =>
        joinBytes(bytesOf("P6"), new Uint8Array(20 << 20).fill(32), bytesOf("1 1\n255\nabc")),
      "a side of 20 million digits": () =>
        joinBytes(bytesOf("P6 "), new Uint8Array(20 << 20).fill(49), bytesOf(" 1\n255\nabc")),
    },
    read: readPpm,
  },
  {
    name: "pgm and deep ppm",
    form: "bytes",
    file: "cell_0001.pgm",
    samples: {
      grey: () => joinBytes(bytesOf(`P5\n${WIDTH} ${HEIGHT}\n255\n`), randomBytes(35, "pgm")),
      "12 bits": () =>
        joinBytes(
          bytesOf(`P5 # of a camera\n${WIDTH} ${HEIGHT}\n4095\n`),
          new Uint8Array(70).fill(7),
        ),
      "16 bits, colours": () =>
        joinBytes(bytesOf(`P6\n${WIDTH} ${HEIGHT}\n65535\n`), randomBytes(210, "deep")),
    },
    hostile: {
      "header alone": () => bytesOf("P5\n7 5\n255"),
      "a bitmap": () => bytesOf("P4\n8 1\n\xff"),
      "no side": () => bytesOf("P5\n0 5\n255\n"),
      "no maximum": () => joinBytes(bytesOf("P5\n1 1\n0\n"), new Uint8Array(1)),
      "a maximum of 17 bits": () => joinBytes(bytesOf("P5\n1 1\n65536\n"), new Uint8Array(2)),
      "above its maximum": () => joinBytes(bytesOf("P5\n1 1\n9\n"), Uint8Array.of(10)),
      "32768 x 32768 of nothing": () => bytesOf("P5\n32768 32768\n65535\n"),
      "a header of Windows, a byte cut": () => bytesOf("P5\r\n2 1\r\n65535\r\nabc"),
      "a comment before samples": () => bytesOf("P5 1 1 255\n# by hand\na"),
      "a side of 400 digits": () => bytesOf(`P5\n${"9".repeat(400)} 1\n255\n`),
      "pictures one after the other": () => bytesOf("P5\n1 1\n255\naP5\n1 1\n255\na"),
    },
    heavy: {
      "a comment of 20 MB": () =>
        joinBytes(bytesOf("P5\n#"), new Uint8Array(20 << 20).fill(65), bytesOf("\n1 1\n255\na")),
      "20 MB of blanks": () =>
        joinBytes(bytesOf("P5"), new Uint8Array(20 << 20).fill(32), bytesOf("1 1\n255\na")),
      "a side of 20 million digits": () =>
        joinBytes(bytesOf("P5 "), new Uint8Array(20 << 20).fill(49), bytesOf(" 1\n255\na")),
    },
    read: (bytes, file) => {
      const { seen, ...rest } = readRawPicture(bytes, file);
      return { ...rest, picture: seen(16) };
    },
  },
  {
    name: "flo",
    form: "bytes",
    file: "flow10.flo",
    samples: {
      flow: () => {
        const { width, height, flow, valid } = samplePair("flo");
        return writeFlo({ width, height, flow: flow!, valid });
      },
    },
    hostile: {
      empty: () => new Uint8Array(0),
      "no side": () => flo(0, 5, new Uint8Array(0)),
      "negative sides": () => flo(-7, -5, new Uint8Array(280)),
      "99999 x 99999 of nothing": () => flo(99999, 99999, new Uint8Array(0)),
      "too long": () => flo(7, 5, new Uint8Array(288)),
    },
    read: readFlo,
  },
];
