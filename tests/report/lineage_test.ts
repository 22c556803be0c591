import { assertEquals } from "@std/assert";
import { type FileNode, lineageOf, traceCommand } from "../../pipeline/report/lineage.ts";
import { pageInput } from "./_page_input.ts";

const { lineage } = pageInput();

/** The tree as indented lines. */
function outline({ path, stage }: FileNode, indent = ""): string[] {
  const name = stage && `${stage.stage.name}${stage.inputs ? "" : " again"}`;
  return [
    `${indent}${path}${name ? ` <- ${name}` : ""}`,
    ...(stage?.inputs ?? []).flatMap((inner) => outline(inner, `${indent}  `)),
  ];
}

Deno.test("lineageOf() goes back to the data, and unfolds no stage twice", () => {
  assertEquals(outline(lineageOf("results/evaluate/metrics.json", lineage)), [
    "results/evaluate/metrics.json <- evaluate",
    "  results/preprocess <- preprocess",
    "    results/download <- download",
    "      archives",
    "      data",
    "  results/train/model.safetensors <- train",
    "    results/preprocess/scenes_train <- preprocess again",
    "    results/pretrain/model.safetensors <- pretrain",
    "      results/preprocess/scenes_train <- preprocess again",
  ]);
});

Deno.test("lineageOf() knows the hashes that it was given, and a file that no stage makes", () => {
  assertEquals(
    lineageOf("results/train/model.safetensors", lineage).md5,
    "fedcba9876543210".repeat(2),
  );
  assertEquals(lineageOf("sweep/published.json", lineage), {
    path: "sweep/published.json",
    md5: undefined,
  });
});

Deno.test("traceCommand() quotes what a shell would take apart", () => {
  assertEquals(
    traceCommand("results/evaluate/pairs.tsv", "sintel_final/market_5/frame_0002.epe_px"),
    "./run deno task trace results/evaluate/pairs.tsv sintel_final/market_5/frame_0002.epe_px",
  );
  assertEquals(
    traceCommand("a.tsv", "it's $(x).y"),
    `./run deno task trace a.tsv 'it'\\''s $(x).y'`,
  );
});
