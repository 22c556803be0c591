/** Pictures that move, pair by pair: the camera, or a clip in a file. */
/// <reference lib="dom" />
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import type { Pair } from "./pictures.ts";

export interface Moving {
  readonly name: string;
  /** Two pictures one after the other; undefined at the end. */
  next(): Promise<Pick<Pair, "frame1" | "frame2"> | undefined>;
  /** Lets go of the camera or the file. */
  close(): void;
}

/** Pixels of a picture; larger ones are made smaller, so that many a second are estimated. */
const MOST_PIXELS = 320 * 240;
/** So much later in a clip is its next picture. */
const CLIP_STEP_S = 1 / 25;
/** A clip of fewer pictures a second shows the same one for some steps; after a second of them, nothing moves there. */
const MOST_STILL_STEPS = 25;
/** A browser need not tell that it shows a picture which it showed already. */
const LONGEST_UNTOLD_MS = 1000;
/** Recordings of a browser do not say how long they are; beyond their end they do. */
const BEYOND_S = 1e9;

/** @throws {Error} when there is no camera, or none that the page may use */
export async function openCamera(): Promise<Moving> {
  // Pages of other addresses than https and this machine have none.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  const failed = (why: string, cause?: unknown) =>
    new Error(`Cannot use the camera: ${why}. Two pictures or a clip do as well.`, { cause });
  if (!devices) throw failed("this page's address is not secure");
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    const { name } = error as DOMException;
    if (name === "NotAllowedError") throw failed("the page may not use it", error);
    if (name === "NotFoundError") throw failed("there is none", error);
    throw failed((error as Error).message, error);
  }
  const [track] = stream.getVideoTracks();
  const video = silentVideo();
  video.srcObject = stream;
  let grab: () => Picture;
  try {
    await video.play();
    grab = grabber(video);
  } catch (error) {
    track.stop();
    throw failed((error as Error).message, error);
  }
  const ended = new Promise<void>((resolve) => track.addEventListener("ended", () => resolve()));
  const picture = async () => {
    await Promise.race([ended, new Promise((resolve) => video.requestVideoFrameCallback(resolve))]);
    return track.readyState === "ended" ? undefined : grab();
  };
  return {
    name: "Camera",
    async next() {
      const frame1 = await picture(), frame2 = await picture();
      return frame1 && frame2 && { frame1, frame2 };
    },
    close: () => track.stop(),
  };
}

/** @throws {Error} when the browser cannot show it */
export async function openClip(file: File): Promise<Moving> {
  const video = silentVideo(), address = URL.createObjectURL(file);
  const close = () => {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  };
  try {
    video.src = address;
    await once(video, "loadeddata");
    if (!Number.isFinite(video.duration)) await seek(video, BEYOND_S);
    const end = Number.isFinite(video.duration) ? video.duration : video.currentTime;
    await seek(video, 0);
    const grab = grabber(video);
    // Then in the middle of each picture of 25 a second, where no rounding decides which is shown.
    let time = -CLIP_STEP_S / 2, before = grab();
    return {
      name: file.name,
      async next() {
        const frame1 = before;
        for (let steps = 0; steps < MOST_STILL_STEPS; steps++) {
          if (time >= end) return undefined;
          time = Math.min(time + CLIP_STEP_S, end);
          await seek(video, time);
          before = grab();
          if (!isSame(frame1, before)) break;
        }
        return { frame1, frame2: before };
      },
      close,
    };
  } catch (error) {
    close();
    throw new Error(
      `Cannot show ${file.name}: this browser cannot play it (${
        (error as Error).message
      }). Convert it to MP4 with H.264.`,
      { cause: error },
    );
  }
}

function isSame(a: Picture, b: Picture): boolean {
  return a.data.every((value, i) => value === b.data[i]);
}

function silentVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  return video;
}

async function seek(video: HTMLVideoElement, time: number): Promise<void> {
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  const arrived = once(video, "seeked");
  video.currentTime = time;
  await arrived;
  // Until it is shown, the picture before may still be grabbed.
  await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, LONGEST_UNTOLD_MS))]);
}

function once(video: HTMLVideoElement, event: "loadeddata" | "seeked"): Promise<void> {
  const heard = new AbortController(), { signal } = heard;
  return new Promise<void>((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { signal });
    const fail = () => reject(new Error(video.error?.message || "unknown format"));
    video.addEventListener("error", fail, { signal });
  }).finally(() => heard.abort());
}

/** What the video shows, at a size that does not change. @throws {Error} when it has no picture */
function grabber(video: HTMLVideoElement): () => Picture {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0) throw new Error("it has no picture");
  const share = Math.min(1, Math.sqrt(MOST_PIXELS / (videoWidth * videoHeight)));
  const width = Math.max(2, Math.round(videoWidth * share));
  const height = Math.max(2, Math.round(videoHeight * share));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  return () => {
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data: Uint8Array.from(data.filter((_, i) => i % 4 !== 3)) };
  };
}
