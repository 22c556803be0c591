/** Where the numbers come from: a tree behind each file, then each stage with all that it depends on. */
import { OWN } from "../fetch/own_archives.ts";
import { type Markup, markup } from "./markup.ts";
import {
  type FileNode,
  type LineageInput,
  lineageOf,
  type StageDefinition,
  type StageNode,
  traceCommand,
} from "./lineage.ts";
import { flatten } from "./markdown.ts";
import { lineageId } from "./number.ts";
import { PUBLISHED_SWEEP, SWEEP_FILE } from "./sweep_record.ts";

/** @param files all that numbers of this page come from */
export function lineage(files: readonly string[], input: LineageInput): Markup {
  return markup`<section id="lineage"><h2>Where the numbers come from</h2><p>This page was made by the stage <code>report</code> from the files whose MD5 stands beside them; the same files give the
same page. <code>${
    traceCommand("FILE", "KEY")
  }</code> prints the same tree from dvc.lock and Git, recomputes every hash, and says whether
the chain is intact. The adapter that computed stands in <code>results/train/adapter.json</code>, apart, because the same numbers
may come from another one.</p><h3>Behind each file</h3>${
    files.map((file) =>
      markup`<details id="${lineageId(file)}"><summary><code>${file}</code></summary>${
        tree(
          file,
          input,
        )
      }<p class="command"><code>${traceCommand(file)}</code></p></details>`
    )
  }
<h3>Each stage</h3>${input.stages.map((stage) => stageDetails(stage, input))}</section>`;
}

function tree(file: string, input: LineageInput): Markup {
  return markup`<ul class="tree">${fileItem(lineageOf(file, input), input)}</ul>`;
}

function fileItem({ path, md5, stage }: FileNode, input: LineageInput): Markup {
  return markup`<li><code>${path}</code>${
    md5 !== undefined && markup` <span class="hash">md5 ${md5}</span>`
  }${stage ? markup`<ul>${stageItem(stage, input)}</ul>` : origin(path, input)}</li>`;
}

function stageItem({ stage, inputs }: StageNode, input: LineageInput): Markup {
  const name = markup`<a href="#stage-${stage.name}"><b>${stage.name}</b></a>`;
  if (!inputs) return markup`<li>${name}, as above</li>`;
  return markup`<li>${name} ${
    parameters(stage, input).map(([key, value]) =>
      markup`<span class="param">${key} <b>${value}</b></span> `
    )
  }<span class="code">${codeSummary(stage)}</span><ul>${
    inputs.map((inner) => fileItem(inner, input))
  }</ul></li>`;
}

/** What lies at the bottom of every chain. */
function origin(path: string, { archives, hashes }: LineageInput): Markup | undefined {
  if (path === SWEEP_FILE) {
    return markup`<ul><li>made by <code>./run dvc repro sweep/dvc.yaml</code>, shown here from its copy
<code>${PUBLISHED_SWEEP}</code> <span class="hash">md5 ${hashes[PUBLISHED_SWEEP]}</span></li></ul>`;
  }
  if (path === OWN) {
    return markup`<ul><li>archives and frames of whoever ran it, if any; Git has none of them, the trace says how many</li></ul>`;
  }
  if (path !== "data") return undefined;
  return markup`<ul>${
    archives.map(({ file, title, page, licence, sha256 }) =>
      markup`<li><code>${file}</code> ${title} <span class="hash">(${licence}) ${
        sha256 ? `sha256 ${sha256}` : "sha256 in results/download/manifest.json"
      } ${page && `from ${page}`}</span></li>`
    )
  }</ul>`;
}

function parameters(stage: StageDefinition, { params }: LineageInput): [string, string][] {
  return stage.params.flatMap((name) => {
    const section = name.split(".")[0];
    return section === name && params[section] ? flatten(params[section]) : [];
  });
}

/** Stages depend on folders. */
function codeSummary({ code }: StageDefinition): string {
  return `${code.length} folders and files of code`;
}

function stageDetails(stage: StageDefinition, input: LineageInput): Markup {
  const { name, cmd, data, outs, code } = stage;
  const list = (paths: readonly string[]) =>
    markup`<ul class="files">${
      paths.map((path) =>
        markup`<li><code>${path}</code>${
          input.hashes[path] && markup` <span class="hash">md5 ${input.hashes[path]}</span>`
        }</li>`
      )
    }</ul>`;
  const values = parameters(stage, input);
  return markup`<details class="stage" id="stage-${name}"><summary><b>${name}</b> <span class="code">${
    codeSummary(stage)
  }</span></summary><dl><dt>command</dt><dd><code class="long">${cmd}</code></dd>
${
    values.length > 0 && markup`<dt>parameters</dt><dd class="params">${
      values.map(([key, value]) => markup`<span class="param">${key} <b>${value}</b></span> `)
    }</dd>`
  }<dt>reads</dt><dd>${list(data)}</dd><dt>writes</dt><dd>${
    list(outs)
  }</dd><dt>code</dt><dd class="names">${
    code.map((path) => markup`<code>${path}</code> `)
  }</dd></dl></details>`;
}
