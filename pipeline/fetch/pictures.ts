/**
 * Which files of a folder or an archive of the user's are pictures that can be read, which are pictures or
 * films of another kind, and which are only what archivers and file managers leave behind.
 */

/** What can be read, in any case of letters. */
export const PICTURE = /\.(png|jpe?g|ppm)$/i;

const OTHER_PICTURE =
  /\.(jpe|jfif|jp2|jxl|tiff?|bmp|gif|webp|avif|hei[cf]|tga|exr|hdr|dng|cr2|nef|arw|pgm|pbm|pnm|pam|pfm)$/i;
const FILM = /\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|y4m)$/i;

/** Paths in the order in which they came. */
export interface SortedPaths {
  pictures: string[];
  /** Pictures and films of formats that cannot be read. */
  unreadable: string[];
  /** Pictures of any format in hidden files and folders. */
  hidden: string[];
}

/** Tells pictures from the rest; what is none of the three, such as a text, is left out. */
export function sortPaths(paths: readonly string[]): SortedPaths {
  const sorted: SortedPaths = { pictures: [], unreadable: [], hidden: [] };
  for (const path of paths) {
    if (isLitter(path)) continue;
    const readable = PICTURE.test(path);
    if (!readable && !OTHER_PICTURE.test(path) && !FILM.test(path)) continue;
    if (isHidden(path)) sorted.hidden.push(path);
    else if (readable) sorted.pictures.push(path);
    else sorted.unreadable.push(path);
  }
  return sorted;
}

/** Whether a part of the path begins with a dot, as .thumbnails/1.png does. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") && part !== "." && part !== "..");
}

/** Files that archivers and file managers leave behind. */
export function isLitter(path: string): boolean {
  const parts = path.split("/");
  const file = parts[parts.length - 1].toLowerCase();
  return parts.includes("__MACOSX") || file.startsWith("._") || file === ".ds_store" ||
    file === "thumbs.db" || file === "desktop.ini";
}

/** What cannot be read, by ending, and how to convert it: "3 .webp (walk/1.webp ...). Convert ...". */
export function describeUnreadable(paths: readonly string[]): string {
  const endings = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf(".")).toLowerCase());
  const counts = [...endings].map(([ending, of]) => `${of.length} ${ending} (${examples(of)})`);
  const advice = [
    ...(paths.some((path) => !FILM.test(path))
      ? ["pictures with: magick mogrify -format png *.EXTENSION"]
      : []),
    ...(paths.some((path) => FILM.test(path)) ? ["films with: ffmpeg -i FILM %06d.png"] : []),
  ];
  return `${counts.join(", ")}. Only PNG, JPEG and PPM are read: convert ${advice.join("; ")}.`;
}

const SHOWN_CHARACTERS = 200;

/** The first few, for messages that stay short; of a long path its end. */
export function examples(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) =>
    (path.length > SHOWN_CHARACTERS ? `...${path.slice(-SHOWN_CHARACTERS)}` : path)
      .replace(/\p{Cc}/gu, "?")
  );
  return shown.join(", ") + (paths.length > shown.length ? ", ..." : "");
}
