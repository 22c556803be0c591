/** Readers of pictures and of flow that is stored as one. */
import { readFlo, writeFlo } from "../../../pipeline/common/io/flo.ts";
import { readKittiFlow, writeKittiFlow } from "../../../pipeline/common/io/kitti_flow.ts";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { readPpm } from "../../../pipeline/common/io/ppm.ts";
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
      "a comment for samples": () => bytesOf("P6 2 1 255\n#x\nabc"),
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
