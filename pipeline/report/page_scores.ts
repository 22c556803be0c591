/** Every score of every data set, none left out. */
import { type Markup, markup } from "./markup.ts";
import type { Method } from "./page_headline.ts";
import { numberAt } from "./number.ts";
import { SCORE_ROWS, type ScoreRecord, UNITS } from "./scores_table.ts";

const PREFIX = "zero_flow_";

export function scores(methods: readonly Method[]): Markup {
  return markup`<section id="scores"><h2>All scores</h2><p>Pooled over all pixels of a data set, and as the mean over its pairs.</p>${
    methods.flatMap(({ name, file, evaluation }) =>
      Object.entries(evaluation).map(([dataset, record]) =>
        markup`<details><summary>${dataset}, ${name}</summary><div class="wide">${
          table(file, dataset, record)
        }</div></details>`
      )
    )
  }</section>`;
}

function table(file: string, dataset: string, record: ScoreRecord): Markup {
  const stems = [...new Set(Object.keys(record).map(stemOf))];
  const labels = new Map(SCORE_ROWS.map(([key, label]) => [key, label]));
  const known = SCORE_ROWS.map(([key]) => key).filter((key) => stems.includes(key));
  const others = stems.filter((key) => !labels.has(key));
  return markup`<table><thead><tr><td></td><th scope="col">network</th><th scope="col">zero flow</th><th scope="col">network, image mean</th><th scope="col">zero flow, image mean</th></tr></thead><tbody>${
    [...known, ...others].map((key) => {
      const unit = key.slice(key.lastIndexOf("_") + 1);
      const [sign, decimals] = UNITS[unit] ?? ["", 0];
      const mean = key.replace(/_([a-z]+)$/, "_image_mean_$1");
      const cells = [key, PREFIX + key, mean, PREFIX + mean].map((name) =>
        markup`<td>${numberAt({ file, key: `${dataset}.${name}` }, record[name], decimals)}</td>`
      );
      const label = labels.get(key);
      const text = label ? `${label}, ${sign}` : key;
      return markup`<tr><th scope="row">${text}</th>${cells}</tr>`;
    })
  }</tbody></table>`;
}

/** The key without what says whose score it is and how it was averaged. */
function stemOf(key: string): string {
  return key.replace(PREFIX, "").replace("_image_mean_", "_");
}
