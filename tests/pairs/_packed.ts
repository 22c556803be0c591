/** From a small archive of an official layout to packed splits. */
import { unpackSplit } from "../../pipeline/common/io/pack.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import type { LayoutName } from "../../pipeline/fetch/catalogue.ts";
import { preprocess, type PreprocessOptions } from "../../pipeline/pairs/preprocess.ts";
import { type Files, memoryArchive } from "../fetch/_archives.ts";

const OPTIONS: PreprocessOptions = {
  holdout: "usual",
  holdout_share: 0,
  test_frames: true,
  real_validation_pairs: 1,
};

/** What comes of an archive: pairs by split, and what is told. */
export async function run(
  layout: LayoutName,
  files: Files,
  {
    dataset = layout,
    official,
    ...changes
  }: Partial<PreprocessOptions> & { dataset?: string; official?: Record<string, number> } = {},
) {
  const written = new Map<string, Uint8Array>();
  const told: string[] = [];
  const archive = memoryArchive(files, "official.zip");
  const summaries = await preprocess(
    { ...OPTIONS, ...changes },
    { scenes: [], sources: [{ dataset, layout, archive, official }], rng: new Rng(1) },
    {
      write: (split, name, bytes) => Promise.resolve(void written.set(`${split}/${name}`, bytes)),
      onLeftOut: (message) => told.push(message),
    },
  );
  const counts = Object.fromEntries(summaries.map(({ split, pairs }) => [split, pairs]));
  const unpack = (split: string) =>
    unpackSplit((name) => Promise.resolve(written.get(`${split}/${name}`)!), split);
  return { counts, told, unpack };
}
