/** The frames of a packed split, read from their files when a step draws them. */
import { type FileHandle, open } from "node:fs/promises";
import { SplitFrames } from "../../pipeline/common/io/split_frames.ts";
import { checkFile, readWhole } from "../common/read_whole.ts";
import { SPLITS } from "../common/stage.ts";

/**
 * Opens a split that `preprocess` packed.
 * @param splits the folder of all splits
 * @throws {Error} when its index is missing or damaged
 */
export function openFrames(split: string, splits: string = SPLITS): Promise<SplitFrames> {
  const folder = `${splits}/${split}`;
  // Reads at a place need a handle that has none of its own, so that several may go on at once.
  const handles = new Map<string, Promise<FileHandle>>();
  const handleOf = (fileName: string) => {
    const handle = handles.get(fileName) ?? open(`${folder}/${fileName}`);
    handles.set(fileName, handle);
    return handle;
  };
  return SplitFrames.open({
    read: (fileName) => readWhole(`${folder}/${fileName}`),
    async size(fileName) {
      const path = `${folder}/${fileName}`;
      const info = await Deno.stat(path);
      checkFile(path, info);
      return info.size;
    },
    async readRange(fileName, from, bytes) {
      const handle = await handleOf(fileName);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
        if (bytesRead === 0) {
          throw new Error(
            `Cannot read ${folder}/${fileName}: it ends before byte ${
              from + bytes.length
            }, it has become shorter.`,
          );
        }
        done += bytesRead;
      }
    },
  }, folder);
}
