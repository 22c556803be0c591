/** Everything that the page is made of, small and made up, with names that try to break out of it. */
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import type { StageDefinition } from "../../pipeline/report/lineage.ts";
import type { PageInput } from "../../pipeline/report/page.ts";
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import type { Comparison } from "../../pipeline/sweep/record.ts";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";

/** A pair's name that would be markup if it were not escaped, here and in a script. */
export const HOSTILE = `</script><img src=x onerror="document.title='broken'">'&`;

const WRITTEN = ["model.safetensors", "metrics.json", "curves/loss.tsv", "curves/validation.tsv"];

function stage(
  name: string,
  data: readonly string[],
  { outs = [`results/${name}`], kernels = ["kernels/compute/warp.wgsl"] } = {},
): StageDefinition {
  const code = [...kernels, `stages/${name}.ts`];
  return { name, cmd: `deno run stages/${name}.ts`, params: [name], outs, data, code };
}

const STAGES = [
  stage("download", ["archives", "data"], { kernels: [] }),
  stage("preprocess", ["results/download"], { kernels: [] }),
  stage("pretrain", ["results/preprocess/scenes_train"], {
    outs: WRITTEN.map((name) => `results/pretrain/${name}`),
  }),
  stage("train", ["results/preprocess/scenes_train", "results/pretrain/model.safetensors"], {
    outs: WRITTEN.map((name) => `results/train/${name}`),
  }),
  stage("evaluate", ["results/preprocess", "results/train/model.safetensors"], {
    outs: ["metrics.json", "pairs.tsv", "viewer.safetensors"].map((name) =>
      `results/evaluate/${name}`
    ),
  }),
];

const LOSS = "step\ttotal_loss\tphotometric_loss\tsmoothness_loss\tgradient_norm\tlearning_rate\n";

/** Flow of the prediction: the truth, moved by (+0.25, −0.5). */
export function predictedFlow(truth: Float32Array): Float32Array {
  return truth.map((value, i) => value + (i % 2 === 0 ? 0.25 : -0.5));
}

export function pageInput(): PageInput {
  const packed = (dataset: string, name: string) => {
    const pair = drawnPair(name, { dataset });
    return packPair(pair, predictedFlow(pair.flow!));
  };
  const scenes = Array.from({ length: 9 }, (_, i) => `scene_000${i}`);
  const pairs = parseTsv(
    "dataset\tpair\tepe_px\tepe_occ_px\tzero_flow_epe_px\n" +
      scenes.map((name, i) => `scenes\t${name}\t${1.5 + i / 8}\t2.25\t3\n`).join("") +
      `real\t${HOSTILE}\t0.75\t\t0.5\n`,
    "pairs.tsv",
  );
  const table = (text: string) => parseTsv(text, "table.tsv");
  return {
    model: { parameters: 159088, settings: { width: 0.25 } },
    evaluation: {
      scenes: {
        pairs_count: 9,
        epe_px: 1.36712,
        epe_image_mean_px: 1.40123,
        epe_occ_px: 2.92034,
        epe_boundary_px: 2.76945,
        fl_all_pct: 11.2256,
        zero_flow_epe_px: 3.22467,
        zero_flow_epe_image_mean_px: 3.25178,
        zero_flow_epe_occ_px: 3.36589,
        zero_flow_epe_boundary_px: 3.9529,
        zero_flow_fl_all_pct: 36.3701,
        something_new_px: 4.87412,
      },
      real: { pairs_count: 1, epe_px: 0.757575, zero_flow_epe_px: 0.505505 },
      unknown: { pairs_count: 0, unscored_pairs_count: 1 },
    },
    pairs,
    viewer: {
      scenes: {
        flowMaximum: 8,
        pairs: [packed("scenes", "scene_0000"), packed("scenes", "scene_0008")],
      },
      real: { flowMaximum: 10, pairs: [packed("real", HOSTILE)] },
    },
    training: [{
      stage: "pretrain",
      metrics: {
        steps_count: 40,
        total_loss: 0.251234,
        validation: { epe_px: 1.45678, zero_flow_epe_px: 3.2 },
      },
      loss: table(`${LOSS}20\t0.3\t0.3\t0\t1\t0.002\n40\t0.25\t0.25\t0\t1\t0.002\n`),
      validation: table("step\tepe_px\tepe_occ_px\n20\t1.6\t3.1\n40\t1.5\t3\n"),
    }, {
      stage: "train",
      metrics: { steps_count: 20, smoothness_loss: 0.0312345 },
      loss: table(`${LOSS}10\t0.5\t0.45\t0.05\t1\t0.001\n20\t0.4\t0.36\t0.04\t1\t0.001\n`),
      validation: table("step\tepe_px\tepe_occ_px\n20\t1.4\t\n"),
    }],
    lineage: {
      stages: STAGES,
      params: {
        download: { sources: ["sample"] },
        preprocess: { seed: 1, scenes_train: 400 },
        pretrain: { steps: 40 },
        train: { steps: 20, smoothness: "unrolled", unroll_iterations: 3 },
        evaluate: { real_scale: 0.5 },
      },
      hashes: {
        "results/evaluate/metrics.json": "0123456789abcdef0123456789abcdef",
        "results/train/model.safetensors": "fedcba9876543210fedcba9876543210",
      },
      archives: [
        {
          file: "sample.zip",
          title: "A sample",
          page: "https://example.org/",
          licence: "CC0",
          sha256: "ab".repeat(32),
        },
        { file: "large.zip", title: "All of it", page: "", licence: "CC BY 4.0" },
      ],
    },
  };
}

/** A sweep of two seeds, with numbers as the paper would like them and one null result. */
export function comparison(): Comparison {
  const cell = (name: string, occluded: number) => ({
    cell: cellNamed(name),
    weight: 0.3,
    edgeAlpha: 10,
    runs: 2,
    pairs: 48,
    scores: {
      epe_px: { mean: 0.6, deviation: 0.01 },
      epe_occ_px: { mean: occluded, deviation: 0.05 },
    },
    zeroFlow: {},
    differences: {},
  });
  return {
    direct: [cell("l1", 2.746), {
      ...cell("tv", 2.272),
      differences: { l1: { epe_occ_px: { percent: -17.3, low: -23, high: -12, runsBelow: 2 } } },
    }, {
      ...cell("unrolled_T1", 2.287),
      differences: {
        l1: { epe_occ_px: { percent: -16.7, low: -21.8, high: -11, runsBelow: 2 } },
        tv: { epe_occ_px: { percent: 0.5, low: -1, high: 2, runsBelow: 1 } },
      },
    }],
    train: [],
  };
}
