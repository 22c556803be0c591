/** The page of a folder's flows: the viewer of the report with some of the pairs, and a table of all of them. */
import { join } from "@std/path";
import { readFlo } from "../../pipeline/common/io/flo.ts";
import { readKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { decodePng } from "../../pipeline/common/io/png.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { readRawPicture, seenTogether } from "../../pipeline/flow/picture_pair.ts";
import { type PackedPair, packPair } from "../../pipeline/picture/viewer/pack.ts";
import type { FolderRequest } from "./arguments.ts";
import { readTyped, writeAll } from "./files.ts";
import { type DonePair, encode, outputFile, pathsOf, readOutput } from "./folder_files.ts";
import { flowPage } from "./page.ts";

/** Each takes up to half a megabyte of the page. */
const SHOWN = 24;

/** Writes index.html, out of the frames and of what was written of them. */
export async function writePage(
  request: FolderRequest,
  done: readonly DonePair[],
  { model, gpu }: { model: string; gpu: Gpu },
): Promise<void> {
  const count = Math.min(SHOWN, done.length);
  const shown: PackedPair[] = [];
  for (let k = 0; k < count; k++) {
    shown.push(await packed(request, done[Math.floor(k * done.length / count)]));
  }
  const page = await flowPage({
    folder: request.folder,
    model,
    adapter: gpu.adapter.description,
    refine: request.refine,
    sharpen: request.sharpen,
    pairs: done.map(({ files, record }) => ({
      name: files.name,
      link: pathsOf(files, request).flow,
      record,
    })),
    shown,
  });
  await writeAll([outputFile(request, "index.html", encode(page))]);
}

async function packed(request: FolderRequest, { files }: DonePair): Promise<PackedPair> {
  const paths = pathsOf(files, request);
  const frame = async (path: string) => {
    const name = join(request.folder, path);
    return readRawPicture(await readTyped(name), name);
  };
  const output = async (path: string) => {
    const bytes = await readOutput(request, path);
    if (bytes) return bytes;
    throw new Error(`Cannot read ${join(request.out, path)}: it was removed meanwhile.`);
  };
  const { frame1, frame2 } = seenTogether(await frame(files.frame1), await frame(files.frame2));
  const bytes = await output(paths.flow);
  const { flow } = request.format === "flo"
    ? readFlo(bytes, paths.flow)
    : readKittiFlow(bytes, paths.flow);
  const mask = decodePng(await output(paths.occlusion), paths.occlusion);
  const { name, scene, dataset } = files;
  const pair = {
    name,
    scene,
    dataset,
    width: frame1.width,
    height: frame1.height,
    frame1: frame1.data,
    frame2: frame2.data,
    occluded: Uint8Array.from(mask.data, (value) => value > 0 ? 1 : 0),
  };
  return packPair(pair, flow);
}
