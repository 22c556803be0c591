/** What was run, in a sentence, and published numbers for scale. */
import { type Markup, markup } from "./markup.ts";
import type { Section } from "./lineage.ts";
import { PUBLISHED_NUMBERS } from "./published.ts";

/** The network and the cost under test. */
export function modelSummary(
  model: { readonly parameters: number; readonly settings: unknown },
  params: Readonly<Record<string, Section>>,
): Markup {
  const { train, pretrain, evaluate = {} } = params;
  const refineSteps = Number(evaluate.refine_steps ?? 0);
  const { width } = model.settings as { width?: number };
  const network = width === undefined ? "PWC-Lite" : `PWC-Lite at width ${width}`;
  return markup`<p>The network: ${network} with ${model.parameters} parameters, ${
    train && pretrain ? training(pretrain, train) : "which were not trained here."
  }${
    refineSteps > 0 &&
    ` The flow of the network was then refined by ${refineSteps} steps of direct minimisation.`
  }</p>`;
}

function training(pretrain: Section, train: Section): Markup {
  const smoothness = train.smoothness === "unrolled"
    ? `unrolled, T = ${train.unroll_iterations}`
    : String(train.smoothness);
  return markup`trained for
${pretrain.steps as number} + ${train.steps as number} steps without true flow.
Smoothness under test: <b>${smoothness}</b>.`;
}

export function published(): Markup {
  const { introduction, columns, rows, claim } = PUBLISHED_NUMBERS;
  return markup`<section id="published"><h2>Published numbers, not of this run</h2><p>${introduction}</p><div class="wide"><table><thead><tr>${
    columns.map((name) => markup`<th scope="col">${name}</th>`)
  }</tr></thead><tbody>${
    rows.map(([method, ...values]) =>
      markup`<tr><th scope="row">${method}</th>${
        values.map((value) => markup`<td>${value}</td>`)
      }</tr>`
    )
  }</tbody></table></div><p>${claim}</p></section>`;
}
