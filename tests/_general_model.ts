/** The committed general model, from the store that Git tracks, so that its file need not be there. */
import { parse } from "yaml";
import { type Model, readModel } from "../pipeline/compute/network/model_file.ts";

const PATH = "results/train/model.safetensors";

export async function generalModel(): Promise<Model> {
  const text = await Deno.readTextFile(new URL("../models/dvc.lock", import.meta.url));
  const { stages } = parse(text) as {
    stages: { train: { outs: { path: string; md5: string }[] } };
  };
  const { md5 } = stages.train.outs.find(({ path }) => path === PATH)!;
  const object = `../.data-remote/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
  return readModel(await Deno.readFile(new URL(object, import.meta.url)), PATH);
}
