/**
 * Small archives in the official layouts, cut from the embedded samples: crops of 128 x 64 pixels of their pictures and truth, in
 * the folders, under the names and in the formats of the official archives.
 */
import { readFlo, writeFlo } from "../../pipeline/common/io/flo.ts";
import { readKittiFlow, writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { decodePng, encodePng } from "../../pipeline/common/io/png.ts";
import { openZip } from "../../pipeline/fetch/archive.ts";
import type { Archive } from "../../pipeline/fetch/archive.ts";
import type { Files } from "../fetch/_archives.ts";

export const WIDTH = 128, HEIGHT = 64;
/** Upper left corner of the crops. */
const LEFT = 300, TOP = 200;

const STORE = new URL("../../.data-remote/files/md5/", import.meta.url);

/** An embedded archive, from the store that Git tracks, so that data/ need not be there. */
export async function sample(file: string): Promise<Archive> {
  const object = (md5: string) => new URL(`${md5.slice(0, 2)}/${md5.slice(2)}`, STORE);
  const pinned = await Deno.readTextFile(new URL("../../data.dvc", import.meta.url));
  const list = JSON.parse(await Deno.readTextFile(object(/md5: (\w+\.dir)/.exec(pinned)![1])));
  const { md5 } = list.find(({ relpath }: { relpath: string }) => relpath === file);
  const bytes = await Deno.readFile(object(md5));
  const read = (offset: number, length: number) =>
    Promise.resolve(bytes.subarray(offset, offset + length));
  return openZip({ size: bytes.length, read }, file);
}

/** Rows and columns of the crop. @param data [H, W, channels] of a picture that is `width` wide */
function crop<T extends Uint8Array | Uint16Array | Float32Array>(
  data: T,
  width: number,
  channels: number,
): T {
  const row = WIDTH * channels;
  const cut = data.slice(0, HEIGHT * row) as T;
  for (let y = 0; y < HEIGHT; y++) {
    const from = ((TOP + y) * width + LEFT) * channels;
    cut.set(data.subarray(from, from + row), y * row);
  }
  return cut;
}

async function picture(archive: Archive, path: string): Promise<Uint8Array> {
  const { width, channels, data } = decodePng(await archive.read(path), path);
  return encodePng({ width: WIDTH, height: HEIGHT, channels, data: crop(data, width, channels) });
}

function ppm(png: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${WIDTH} ${HEIGHT}\n255\n`);
  return Uint8Array.of(...header, ...decodePng(png, "crop").data);
}

/** Of the pair: two frames and the flow between them. */
export interface Sample {
  frames: [Uint8Array, Uint8Array];
  /** .flo or KITTI's PNG. */
  flow: Uint8Array;
}

export interface SintelSample extends Sample {
  occlusions: Uint8Array;
  invalid: Uint8Array;
}

export async function sintelSample(): Promise<SintelSample> {
  const archive = await sample("sintel_sample.zip");
  const at = (folder: string, number = 2, ending = "png") =>
    `training/${folder}/market_5/frame_000${number}.${ending}`;
  const { width, flow } = readFlo(await archive.read(at("flow", 2, "flo")), "flow");
  return {
    frames: [await picture(archive, at("final")), await picture(archive, at("final", 3))],
    flow: writeFlo({ width: WIDTH, height: HEIGHT, flow: crop(flow, width, 2) }),
    occlusions: await picture(archive, at("occlusions")),
    invalid: await picture(archive, at("invalid")),
  };
}

export async function kittiSample(): Promise<Sample> {
  const archive = await sample("kitti2015_sample.zip");
  const at = (folder: string, number = 10) => `training/${folder}/000000_${number}.png`;
  const { width, flow, valid } = readKittiFlow(await archive.read(at("flow_occ")), "flow");
  const size = { width: WIDTH, height: HEIGHT };
  return {
    frames: [await picture(archive, at("image_2")), await picture(archive, at("image_2", 11))],
    flow: writeKittiFlow({ ...size, flow: crop(flow, width, 2), valid: crop(valid, width, 1) }),
  };
}

/** MPI-Sintel-complete.zip of two scenes, one of each usual part, with a test scene; and what lies beside. */
export function sintelFiles({ frames, flow, occlusions, invalid }: SintelSample): Files {
  const files: Files = {
    "README.txt": new Uint8Array(1),
    "flow_code/C/flowIO.h": new Uint8Array(1),
  };
  const pad = (number: number) => `frame_${String(number).padStart(4, "0")}`;
  for (const scene of ["alley_2", "market_5"]) {
    for (const number of [1, 2, 3]) {
      for (const pass of ["albedo", "clean", "final"]) {
        files[`training/${pass}/${scene}/${pad(number)}.png`] = frames[number % 2];
      }
      files[`training/invalid/${scene}/${pad(number)}.png`] = invalid;
      if (number === 3) continue;
      files[`training/flow/${scene}/${pad(number)}.flo`] = flow;
      files[`training/flow_viz/${scene}/${pad(number)}.png`] = frames[0];
      files[`training/occlusions/${scene}/${pad(number)}.png`] = occlusions;
    }
  }
  for (const pass of ["clean", "final"]) {
    for (const number of [1, 2, 3]) {
      files[`test/${pass}/ambush_1/${pad(number)}.png`] = frames[number % 2];
    }
  }
  return files;
}

/** data_scene_flow.zip (2015) or data_stereo_flow.zip (2012) of two training and two test pairs. */
export function kittiFiles({ frames, flow }: Sample, year: 2012 | 2015): Files {
  const files: Files = {};
  const cameras = year === 2015 ? ["image_2", "image_3"] : ["colored_0", "colored_1", "image_0"];
  for (const name of ["000000", "000001"]) {
    for (const camera of cameras) {
      for (const part of ["training", "testing"]) {
        files[`${part}/${camera}/${name}_10.png`] = frames[0];
        files[`${part}/${camera}/${name}_11.png`] = frames[1];
      }
    }
    files[`training/flow_occ/${name}_10.png`] = flow;
    files[`training/flow_noc/${name}_10.png`] = flow;
    if (year === 2015) files[`training/obj_map/${name}_10.png`] = grey(1);
    files[`training/calib/${name}.txt`] = new Uint8Array(1);
  }
  return files;
}

function grey(value: number): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT).fill(value);
  return encodePng({ width: WIDTH, height: HEIGHT, channels: 1, data });
}

/** data_scene_flow_multiview.zip of one scene: 21 frames of both cameras, of training and testing. */
export function multiviewFiles({ frames }: Sample): Files {
  const numbers = Array.from({ length: 21 }, (_, i) => String(i).padStart(2, "0"));
  return Object.fromEntries(
    ["training/image_2", "training/image_3", "testing/image_2", "testing/image_3"].flatMap((
      folder,
    ) => numbers.map((number, i) => [`${folder}/000000_${number}.png`, frames[i % 2]])),
  );
}

/** kitti_raw.zip: a drive of three frames as synced and rectified, and a list as published code has it. */
export function rawFiles({ frames }: Sample): Files {
  const drive = "2011_09_26/2011_09_26_drive_0001_sync/image_02";
  const path = (number: number, ending: string) => `${drive}/data/000000000${number}.${ending}`;
  const list = `${path(0, "jpg")} ${path(1, "jpg")}\n${path(1, "jpg")} ${path(2, "jpg")}\n`;
  return {
    [path(0, "png")]: frames[0],
    [path(1, "png")]: frames[1],
    [path(2, "png")]: frames[0],
    [`${drive}/timestamps.txt`]: new Uint8Array(1),
    "2011_09_26/calib_cam_to_cam.txt": new Uint8Array(1),
    "kitti_train.txt": new TextEncoder().encode(list),
  };
}

/** FlyingChairs.zip of three pairs with its split file, the last pair for validation. */
export function chairsFiles({ frames, flow }: Sample): Files {
  const files: Files = { "FlyingChairs_release/README.txt": new Uint8Array(1) };
  for (const name of ["00001", "00002", "00003"]) {
    files[`FlyingChairs_release/data/${name}_img1.ppm`] = ppm(frames[0]);
    files[`FlyingChairs_release/data/${name}_img2.ppm`] = ppm(frames[1]);
    files[`FlyingChairs_release/data/${name}_flow.flo`] = flow;
  }
  files["FlyingChairs_release/FlyingChairs_train_val.txt"] = new TextEncoder().encode("1\n1\n2\n");
  return files;
}
