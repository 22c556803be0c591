/** `deno task checkpoints`: what training stages have saved, and which of it no run will go on from any more. */
import { format } from "@std/fmt/bytes";
import { FOLDER } from "../stages/training/checkpoint_entries.ts";
import { type Found, listCheckpoints, type Listing } from "./checkpoints/folder.ts";
import { presentKey } from "./checkpoints/present.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { runCommand } from "./run_command.ts";

const HELP = `deno task checkpoints [--clean | --all]
  lists what pretrain, train and the sweep's pretraining have saved in ${FOLDER}/: stage, step, size, when it was
  written (UTC), and whether it belongs to the present run, that of parameters, data, code and adapter as they are now;
  ${FOLDER}/ of models/ and own/NAME/ are not looked at
  --clean   removes those of abandoned runs
  --all     removes every one; no run goes on from where it was
  Not while a training runs. Exit status: 0 listed (and removed); 1 an error; 2 wrong usage`;

const WORDS: Record<Found["of"], string> = {
  present: "present run",
  abandoned: "abandoned run",
  unknown: "run not known",
};

function line({ path, stage, step, bytes, written, of, remark }: Found): string {
  const columns = [
    stage.padEnd(11),
    `step ${step ?? "?"}`.padEnd(12),
    size(bytes).padEnd(10),
    (written?.toISOString().slice(0, 16).replace("T", " ") ?? "").padEnd(16),
    `${WORDS[of]}${remark ? `, ${remark}` : ""}`.padEnd(36),
    path,
  ];
  return columns.join("  ");
}

function size(bytes: number): string {
  return format(bytes, { binary: true });
}

function total(files: readonly Found[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${files.length} ${files.length === 1 ? "file" : "files"}, ${size(bytes)}`;
}

function print({ found, others }: Listing, reasons: ReadonlyMap<string, string>): void {
  for (const file of found) console.log(line(file));
  for (const [stage, reason] of reasons) {
    console.log(`Which run of ${stage} is the present one is not known: ${reason}`);
  }
  if (others.length > 0) {
    console.log(`Not checkpoints, and left alone: ${others.join(", ")}`);
  }
}

interface CheckpointsRequest {
  readonly clean: boolean;
  readonly all: boolean;
}

function parseRequest(args: readonly string[]): Parsed<CheckpointsRequest> {
  const given = givenArguments(args, { switches: ["clean", "all"] });
  if (given === "help" || "wrong" in given) return given;
  const { clean, all } = given.switches;
  return clean && all ? { wrong: "Either, not both." } : { clean, all };
}

/** @returns the exit status */
async function main({ clean, all }: CheckpointsRequest): Promise<number> {
  const reasons = new Map<string, string>();
  const listing = await listCheckpoints(async (stage) => {
    const key = await presentKey(stage);
    if ("unknown" in key) reasons.set(stage, key.unknown);
    return key;
  });
  print(listing, reasons);
  const { found } = listing;
  const abandoned = found.filter(({ of }) => of === "abandoned");
  if (found.length === 0) {
    console.log(`No checkpoints in ${FOLDER}/.`);
    return 0;
  }
  const chosen = all ? found : clean ? abandoned : [];
  for (const { path } of chosen) await Deno.remove(path);
  const removed = chosen.length > 0 ? `removed ${total(chosen)}` : "";
  if (all || clean) {
    console.log(`${total(found)}; ${removed || "none of an abandoned run, nothing removed"}.`);
  } else {
    const advice = abandoned.length > 0 ? ", which --clean removes" : "";
    console.log(`${total(found)}; of abandoned runs ${total(abandoned)}${advice}.`);
  }
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);
