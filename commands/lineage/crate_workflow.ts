/** The pipeline in a crate: the workflow, its steps and tools, and how data goes from one to the next. */
import { entity, fileEntity, fileId, reference, references } from "./crate_entities.ts";
import { codeOf, type CrateGraph, dataOf, programOf } from "./crate_graph.ts";
import type { Dependency, StageLineage } from "./lineage.ts";

const LANGUAGE = "#language-of-the-pipeline";
export const DVC = "https://dvc.org";

export function addWorkflow(graph: CrateGraph): void {
  const { contents, pipeline, commit, stages, pins, versions } = graph.input;
  const pinned = pins.map((pin) => graph.inputParameter(pin));
  const steps = stages.map((stage, i) => addStep(graph, stage, i + 1));
  const params = stages.flatMap((stage) =>
    Object.entries(stage.params).map(([key, value]) => graph.parameter(key, value))
  );
  const outs = stages.flatMap((stage) => stage.outs)
    .filter(({ path }) => !contents.unpushed.has(path));
  const file = contents.files.find(({ path }) => path === pipeline)!;
  graph.add({
    ...fileEntity(file, commit.hash),
    "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
    name: "The pipeline",
    url: DVC,
    version: commit.hash,
    conformsTo: reference("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
    programmingLanguage: reference(LANGUAGE),
    hasPart: references(stages.map(programOf)),
    step: references(steps),
    input: references([...params, ...pinned]),
    output: references(outs.map((out) => graph.outputParameter(out))),
  });
  graph.add(entity(LANGUAGE, "ComputerLanguage", {
    name: "DVC pipeline",
    url: DVC,
    version: versions.dvc,
  }));
  graph.add(entity(DVC, "SoftwareApplication", {
    name: "DVC",
    url: DVC,
    version: versions.dvc ?? "unknown",
  }));
}

/** Step, tool, formal parameters and connections of a stage. @returns the step's identifier */
function addStep(graph: CrateGraph, stage: StageLineage, position: number): string {
  const { pipeline } = graph.input;
  const { name } = stage;
  const connections: string[] = [];
  const inputs = Object.entries(stage.params).map(([key, value]) => graph.parameter(key, value));
  for (const dep of dataOf(stage)) {
    const target = graph.inputParameter(dep, name);
    inputs.push(target);
    for (const source of sources(graph, dep)) {
      connections.push(
        graph.add(entity(`${target}/from/${source.slice(1)}`, "ParameterConnection", {
          sourceParameter: reference(source),
          targetParameter: reference(target),
        })),
      );
    }
  }
  addTool(graph, stage, inputs);
  return graph.add(entity(`${pipeline}#${name}`, "HowToStep", {
    name: `stage ${name}`,
    position: String(position),
    workExample: reference(programOf(stage)),
    connection: references(connections),
  }));
}

function addTool(graph: CrateGraph, stage: StageLineage, inputs: readonly string[]): void {
  const { commit, contents, versions } = graph.input;
  const program = programOf(stage);
  const code = codeOf(stage).map(fileId);
  const properties = {
    name: `stage ${stage.name}`,
    url: DVC,
    description: stage.command.replace(/\s+/g, " "),
    runtimePlatform: versions.deno && `Deno ${versions.deno}`,
    input: references(inputs),
    output: references(stage.outs.map((out) => graph.outputParameter(out))),
    hasPart: references(code.filter((id) => id !== program)),
  };
  const file = contents.files.find(({ path }) => fileId(path) === program);
  graph.add(
    file
      ? fileEntity(file, commit.hash, properties)
      : entity(program, "SoftwareApplication", { ...properties, version: commit.hash }),
  );
}

/** Formal parameters of the outputs, or of the pinned data, that a dependency comes from. */
function sources(graph: CrateGraph, { from, path }: Dependency): string[] {
  const { stages, pins } = graph.input;
  return from.flatMap((origin) => {
    const outs = stages.find(({ name }) => name === origin)?.outs ?? [];
    return [
      ...pins.filter(({ pin }) => pin === origin).map((pin) => graph.inputParameter(pin)),
      ...outs.filter((out) => overlap(out.path, path)).map((out) => graph.outputParameter(out)),
    ];
  });
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
