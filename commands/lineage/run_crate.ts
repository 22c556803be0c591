/**
 * The metadata of a Provenance Run Crate 0.5 (RO-Crate 1.1): the pipeline as workflow, its stages as steps and tools,
 * parameters and data as formal parameters, and what ran as actions, from dvc.lock and Git alone.
 */
import { addData } from "./crate_data.ts";
import {
  COMPLETED,
  CONTEXT,
  entity,
  licenceEntity,
  PROFILES,
  reference,
  references,
} from "./crate_entities.ts";
import { CrateGraph, type CrateInput, dataOf, programOf, valueId } from "./crate_graph.ts";
import { addWorkflow, DVC } from "./crate_workflow.ts";
import type { StageLineage } from "./lineage.ts";

/** Of the root entity: by this the command knows its own crates. */
export const CRATE_NAME =
  "Unsupervised optical flow by cost function unrolling: one run of the pipeline";
const LICENCE = "https://spdx.org/licenses/MIT";
const WORKFLOW_RUN = "#run";
const ORCHESTRATION = "#orchestration";

/** The text of ro-crate-metadata.json; the same input gives the same text. */
export function runCrate(input: CrateInput): string {
  const graph = new CrateGraph(input);
  addWorkflow(graph);
  const parts = addData(graph);
  addActions(graph);
  addRoot(graph, parts);
  return `${JSON.stringify({ "@context": CONTEXT, "@graph": graph.entities }, null, 2)}\n`;
}

function addActions(graph: CrateGraph): void {
  const { stages, pins, contents, pipeline } = graph.input;
  const values = (stage: StageLineage) => Object.keys(stage.params).map(valueId);
  const controls = stages.map((stage) => {
    addRun(graph, stage, values(stage));
    return graph.add(entity(`#control/${stage.name}`, "ControlAction", {
      name: `Control of stage ${stage.name}`,
      instrument: reference(`${pipeline}#${stage.name}`),
      object: reference(`#run/${stage.name}`),
      actionStatus: COMPLETED,
    }));
  });
  const kept = stages.flatMap((stage) => stage.outs)
    .filter(({ path }) => !contents.unpushed.has(path));
  graph.add(entity(WORKFLOW_RUN, "CreateAction", {
    name: "Run of the pipeline",
    description: `All stages of ${pipeline}, as its lock file records them`,
    instrument: reference(pipeline),
    object: references([...pins.map(({ path }) => graph.dataId(path)), ...stages.flatMap(values)]),
    result: references(kept.map(({ path }) => graph.dataId(path))),
    actionStatus: COMPLETED,
  }));
  graph.add(entity(ORCHESTRATION, "OrganizeAction", {
    name: "Orchestration by DVC",
    instrument: reference(DVC),
    object: references(controls),
    result: reference(WORKFLOW_RUN),
    actionStatus: COMPLETED,
  }));
}

/** When it ran is not recorded anywhere, so no time is claimed; the commit that recorded it is named. */
function addRun(graph: CrateGraph, stage: StageLineage, values: readonly string[]): void {
  const { hash, date } = stage.commit ?? graph.input.commit;
  const read = dataOf(stage).map(({ path }) => graph.dataId(path));
  graph.add(entity(`#run/${stage.name}`, "CreateAction", {
    name: `Run of stage ${stage.name}`,
    description: `${stage.command.replace(/\s+/g, " ")} (recorded in commit ${hash} of ${date})`,
    instrument: reference(programOf(stage)),
    object: references([...read, ...values]),
    result: references(stage.outs.map(({ path }) => graph.dataId(path))),
    actionStatus: COMPLETED,
  }));
}

function addRoot(graph: CrateGraph, parts: readonly string[]): void {
  const { commit, pipeline, stages } = graph.input;
  for (const [id, name, version] of PROFILES) {
    graph.add(entity(id, "CreativeWork", { name, version, url: id }));
  }
  graph.add(licenceEntity(LICENCE, "MIT License"));
  graph.add(entity("./", "Dataset", {
    name: CRATE_NAME,
    description:
      `Pipeline, code, data and results of commit ${commit.hash}: what ran, with which ` +
      `parameters, from which data, with the hash of every file.`,
    datePublished: commit.date,
    version: commit.hash,
    license: reference(LICENCE),
    conformsTo: references(PROFILES.map(([id]) => id)),
    mainEntity: reference(pipeline),
    hasPart: references(parts),
    mentions: references([
      WORKFLOW_RUN,
      ORCHESTRATION,
      ...stages.map(({ name }) => `#run/${name}`),
    ]),
  }));
  graph.add(entity("ro-crate-metadata.json", "CreativeWork", {
    conformsTo: references([
      "https://w3id.org/ro/crate/1.1",
      "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    ]),
    about: reference("./"),
  }));
}
