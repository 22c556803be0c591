/** Readers of parameters, tables, records and of the files of DVC. */
import { parseTsv } from "../../../pipeline/common/io/tsv.ts";
import { parseManifest } from "../../../pipeline/fetch/manifest.ts";
import { parseSweep } from "../../../pipeline/report/sweep_record.ts";
import { parseParams } from "../../../stages/check/params.ts";
import { parseSweepParams } from "../../../stages/sweep_cells/params.ts";
import { definedStages } from "../../../commands/lineage/definition.ts";
import { parseLock, parsePin } from "../../../commands/lineage/lock.ts";
import { valueAt } from "../../../commands/lineage/values.ts";
import { readHeadline } from "../../../commands/report/headline.ts";
import { lockDamage } from "../../../commands/reproduce/lock_damage.ts";
import { bytesOf, type Make, type Reader, textOf } from "../reader.ts";

const DEPTH = 100_000;
const METRICS = "results/evaluate/metrics.json";
const SUMMARY = "results/evaluate/summary.json";
const PAIRS = "results/evaluate/pairs.tsv";
const LOSS = "results/train/curves/loss.tsv";
const MANIFEST = "results/download/manifest.json";

/** A file of this repository. */
const committed = (path: string): Make => () => Deno.readFile(path);
const text = (content: string): Make => () => bytesOf(content);

/** Texts that no reader of JSON may take. */
const HOSTILE_JSON: Readonly<Record<string, Make>> = {
  empty: text(""),
  null: text("null"),
  "a number": text("7"),
  "a text": text('"text"'),
  "a list": text("[1]"),
  "two documents": text("{}{}"),
  "a comma too many": text('{"a": 1,}'),
  "no text at all": () => Uint8Array.of(0xff, 0xfe, 0, 0x80),
  "nested too deep": text("[".repeat(DEPTH) + "]".repeat(DEPTH)),
};

/** As JSON; and aliases that unfold to a billion. */
const HOSTILE_YAML: Readonly<Record<string, Make>> = {
  "a number": text("7"),
  "a text": text("text"),
  "a list": text("- 1"),
  "a tab for blanks": text("a:\n\tb: 1\n"),
  "a key twice": text("a: 1\na: 2\n"),
  "an alias to nothing": text("a: *b\n"),
  "nested too deep": text("[".repeat(10_000) + "]".repeat(10_000)),
  "a billion laughs": text(
    "a: &a [x, x, x, x, x, x, x, x, x]\n" +
      [..."bcdefghij"].map((name, i) => {
        const before = "abcdefghij"[i];
        return `${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]\n`;
      }).join(""),
  ),
};

const SAMPLE_MANIFEST = JSON.stringify({
  sources: [
    ["middlebury_sample", "middlebury", "middlebury"],
    ["sintel_sample", "sintel", "sintel"],
  ].map(([name, dataset, layout]) => ({
    name,
    title: `The sample ${name}`,
    dataset,
    layout,
    page: "https://example.org",
    licence: "own",
    citation: "",
    archives: [{ file: `${name}.zip`, bytes: 1234, sha256: "0".repeat(64) }],
  })),
});

export const DOCUMENT_READERS: readonly Reader[] = [
  {
    name: "params.yaml",
    form: "yaml",
    file: "params.yaml",
    samples: { committed: committed("params.yaml") },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: (bytes) => parseParams(textOf(bytes)),
  },
  {
    name: "sweep/params.yaml",
    form: "yaml",
    file: "sweep/params.yaml",
    samples: { committed: committed("sweep/params.yaml") },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: (bytes) => parseSweepParams(textOf(bytes)),
  },
  {
    name: "manifest",
    form: "json",
    file: MANIFEST,
    samples: { "two sources": text(SAMPLE_MANIFEST) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseManifest(textOf(bytes), file),
  },
  {
    name: "sweep record",
    form: "json",
    file: "sweep/published.json",
    samples: { committed: committed("sweep/published.json") },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseSweep(textOf(bytes), file),
  },
  {
    name: "headline",
    form: "json",
    file: SUMMARY,
    samples: { committed: committed(SUMMARY) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) =>
      readHeadline((path) =>
        path === file ? Promise.resolve(textOf(bytes)) : Deno.readTextFile(path)
      ),
  },
  {
    name: "traced metric",
    form: "json",
    file: METRICS,
    samples: { committed: committed(METRICS) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => valueAt(file, textOf(bytes), "scenes.epe_px"),
  },
  {
    name: "traced cell",
    form: "lines",
    file: LOSS,
    samples: { committed: committed(LOSS) },
    hostile: { empty: text(""), "a header alone": text("step\ttotal\n") },
    read: (bytes, file) => valueAt(file, textOf(bytes), "50.total_loss"),
  },
  {
    name: "table",
    form: "lines",
    file: PAIRS,
    samples: { pairs: committed(PAIRS), loss: committed(LOSS) },
    hostile: {
      "a row too short": text("a\tb\n1\n"),
      "a row too long": text("a\n1\t2\n"),
      "a column twice": text("a\ta\n1\t2\n"),
      empty: text(""),
    },
    heavy: {
      "a million rows": text(`a\tb\n${"1\t2\n".repeat(1_000_000)}`),
      "a million columns": text(Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join("\t")),
    },
    read: (bytes, file) => parseTsv(textOf(bytes), file),
  },
  {
    name: "dvc.lock",
    form: "yaml",
    file: "dvc.lock",
    samples: { committed: committed("dvc.lock") },
    hostile: HOSTILE_YAML,
    read: (bytes) => parseLock(textOf(bytes), "dvc.yaml", () => "."),
  },
  {
    name: "dvc.lock, damage",
    form: "yaml",
    file: "dvc.lock",
    samples: { committed: committed("dvc.lock") },
    read: (bytes) => lockDamage(textOf(bytes)) ?? "whole",
  },
  {
    name: "data.dvc",
    form: "yaml",
    file: "data.dvc",
    samples: { committed: committed("data.dvc") },
    hostile: HOSTILE_YAML,
    read: (bytes, file) => parsePin(textOf(bytes), file),
  },
  {
    name: "dvc.yaml",
    form: "yaml",
    file: "dvc.yaml",
    samples: { committed: committed("dvc.yaml") },
    hostile: HOSTILE_YAML,
    read: (bytes, file) => definedStages(textOf(bytes), file, (path) => Deno.readTextFile(path)),
  },
  {
    name: "sweep/dvc.yaml",
    form: "yaml",
    file: "sweep/dvc.yaml",
    samples: { committed: committed("sweep/dvc.yaml") },
    hostile: HOSTILE_YAML,
    read: (bytes, file) => definedStages(textOf(bytes), file, (path) => Deno.readTextFile(path)),
  },
];
