/** Readers of what people type: arguments a line each. An error names the argument, there is no file. */
import { parseSweep } from "../../../commands/sweep_slurm.ts";
import { choose } from "../../../commands/verify.ts";
import { parseCompareRequest } from "../../../commands/compare/arguments.ts";
import { parseRequest } from "../../../commands/flow/arguments.ts";
import { parseOwnRequest } from "../../../commands/own/arguments.ts";
import { cellsOf } from "../../../commands/slurm/cells.ts";
import { valueAt } from "../../../commands/lineage/values.ts";
import { bytesOf, type Make, type Reader, textOf } from "../reader.ts";

const METRICS = "results/evaluate/metrics.json";

const linesOf = (bytes: Uint8Array) => textOf(bytes).split("\n");
const typed = (...lines: readonly string[]): Make => () => bytesOf(lines.join("\n"));

/** All arguments and parts of them, the empty one in quotes. */
const argumentsIn = (bytes: Uint8Array) =>
  linesOf(bytes).flatMap((line) => line.split("=")).map((word) => word === "" ? '""' : word);

/** Reads by a command's parser, which says what is wrong instead of throwing it. */
const requestOf = (
  command: string,
  parse: (args: readonly string[]) => object | "help" | { wrong: string },
) =>
(bytes: Uint8Array) => {
  const request = parse(linesOf(bytes));
  if (request === "help" || !("wrong" in request)) return request;
  throw new Error(`Cannot use the arguments of deno task ${command}: ${request.wrong}`);
};

export const ARGUMENT_READERS: readonly Reader[] = [
  {
    name: "sweep:slurm",
    form: "lines",
    file: "deno task sweep:slurm",
    samples: {
      all: typed(
        "-S",
        "train.unroll_iterations=0,1,3,7",
        "--name",
        "unroll",
        "--at-once",
        "2",
        "--",
        "--time=2:00:00",
      ),
    },
    hostile: {
      nothing: typed("--dry-run"),
      "an unknown option": typed("-S", "train.steps=1", "--nome", "x"),
      "a name that is a path": typed("-S", "train.steps=1", "--name", "../x"),
      "half a job": typed("-S", "train.steps=1", "--at-once", "0.5"),
    },
    read: requestOf("sweep:slurm", parseSweep),
  },
  {
    name: "-S",
    form: "lines",
    file: "params.yaml",
    alsoNamed: argumentsIn,
    samples: {
      two: typed("train.unroll_iterations=0,1,3", "direct.smoothness=l1,unrolled"),
      list: typed("download.sources=[middlebury_sample],[sintel_sample,kitti2015_sample]"),
    },
    hostile: {
      "no value": typed("train.steps="),
      "no key": typed("=3"),
      "a section": typed("train=3"),
      "a key below a number": typed("train.steps.more=3"),
      "no list's end": typed("download.sources=[a"),
      "an alias to nothing": typed("train.steps=*a"),
      "the prototype": typed("__proto__.steps=3"),
      "no such key": typed("train.stepz=3"),
      "crops larger than the scenes": typed("train.crop=192"),
    },
    heavy: {
      "2500 cells": typed(
        ...["steps", "seed"].map((key) =>
          `train.${key}=${Array.from({ length: 50 }, (_, i) => i + 1).join(",")}`
        ),
      ),
    },
    read: async (bytes) =>
      cellsOf(
        linesOf(bytes),
        await Deno.readTextFile("params.yaml"),
        await Deno.readTextFile("models/params.yaml"),
      ),
  },
  {
    name: "flow",
    form: "lines",
    file: "deno task flow",
    samples: {
      pair: typed("a.png", "b.jpg", "--out", "x.flo", "--picture", "p.png", "--refine", "40"),
      folder: typed("clip", "--out", "flows", "--format", "png", "--backward", "--scale", "0.5"),
    },
    hostile: {
      nothing: typed(""),
      "an option without value": typed("a.png", "b.png", "--out"),
      "a number that is none": typed("a.png", "b.png", "--scale", "NaN"),
      "more steps than anybody waits for": typed("a.png", "b.png", "--refine", "1e300"),
      "a picture of another format": typed("a.png", "b.png", "--picture", "p.tif"),
      "the prototype": typed("a.png", "b.png", "--__proto__.out", "x"),
    },
    read: requestOf("flow", parseRequest),
  },
  {
    name: "compare",
    form: "lines",
    file: "deno task compare",
    samples: { runs: typed("HEAD~1", "HEAD", "--on", "scenes", "--table", "t.tsv", "--out", "to") },
    hostile: {
      nothing: typed(""),
      "three names": typed("a", "b", "c"),
      "an option without value": typed("a", "b", "--on"),
      "the prototype": typed("a", "b", "--__proto__.out", "x"),
    },
    read: requestOf("compare", parseCompareRequest),
  },
  {
    name: "own",
    form: "lines",
    file: "deno task own",
    samples: { whole: typed("clips", "--name", "a", "--steps", "40", "--model", "m", "--prepare") },
    hostile: {
      nothing: typed(""),
      "a name that leaves own/": typed("clips", "--name", "../a"),
      "steps that are no number": typed("clips", "--steps", "1e9"),
      "the prototype": typed("clips", "--__proto__.name", "x"),
    },
    read: requestOf("own", parseOwnRequest),
  },
  {
    name: "verify",
    form: "lines",
    file: "deno task verify",
    samples: { all: typed("--only", "lint", "--stop", "--full") },
    hostile: { "an unknown step": typed("--only", "lint2"), "a file": typed("dvc.lock") },
    read: requestOf("verify", choose),
  },
  {
    name: "trace KEY",
    form: "lines",
    file: METRICS,
    samples: { key: typed("scenes.epe_px") },
    hostile: {
      nothing: typed(""),
      "a section": typed("scenes"),
      "the prototype": typed("__proto__"),
      "a method": typed("scenes.toString"),
    },
    heavy: { "a key of 1000 dots": typed("a.".repeat(1000)) },
    read: async (bytes, file) => valueAt(file, await Deno.readTextFile(file), textOf(bytes)),
  },
];
