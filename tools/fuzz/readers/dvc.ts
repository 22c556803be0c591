/** Readers of the files of DVC. */
import { definedStages } from "../../../commands/lineage/definition.ts";
import { parseLock, parsePin } from "../../../commands/lineage/lock.ts";
import { lockDamage } from "../../../commands/reproduce/lock_damage.ts";
import { committed, HOSTILE_YAML } from "../hand_made.ts";
import { type Reader, textOf } from "../reader.ts";

export const DVC_READERS: readonly Reader[] = [
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
