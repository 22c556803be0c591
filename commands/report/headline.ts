/** What a run comes to: three end-point errors on the scenes' test pairs, and where the page of the report is. */
import { parseScores } from "../../pipeline/common/io/scores.ts";

/** End-point errors in px over all pixels of the scenes' test pairs. */
export interface Headline {
  readonly network: number;
  /** The cost alone, without a network. */
  readonly direct: number;
  /** The flow that is 0 everywhere. */
  readonly zeroFlow: number;
}

export const PAGE = "results/report/index.html";
const NETWORK_SUMMARY = "results/evaluate/summary.json";
const DIRECT_SUMMARY = "results/direct/summary.json";

/**
 * @param read the text of a file, by its path from the root of the repository
 * @throws {Error} when a file or a number is missing or damaged
 */
export async function readHeadline(read: (path: string) => Promise<string>): Promise<Headline> {
  const score = async (path: string, stage: string, key: string): Promise<number> => {
    let text: string;
    try {
      text = await read(path);
    } catch {
      throw new Error(`There is no ${path} yet. ./run makes it.`);
    }
    const value = parseScores(text, path, stage).scenes?.[key];
    if (value === undefined) {
      throw new Error(`Cannot read ${path}: it has no number scenes.${key}. ./run makes it anew.`);
    }
    return value;
  };
  return {
    network: await score(NETWORK_SUMMARY, "evaluate", "epe_px"),
    direct: await score(DIRECT_SUMMARY, "direct", "epe_px"),
    zeroFlow: await score(NETWORK_SUMMARY, "evaluate", "zero_flow_epe_px"),
  };
}

/**
 * Three lines, as `./run` and `deno task report` end: this network is small, so the last says which command has the model for
 * other pictures. @param link of the page, `file://...`
 */
export function formatHeadline({ network, direct, zeroFlow }: Headline, link: string): string {
  const px = (value: number) => `${value.toFixed(2)} px`;
  return `End-point error on the test scenes: network ${px(network)}, direct ${px(direct)}, ` +
    `zero flow ${px(zeroFlow)}\nThe page of this run: ${link}\n` +
    "The flow of pictures of your own, by the general model: ./run deno task flow FRAME1 FRAME2";
}
