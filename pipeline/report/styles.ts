/** The page's style sheet, out of the files of styles/. */
import base from "./styles/base.css" with { type: "text" };
import charts from "./styles/charts.css" with { type: "text" };
import lineage from "./styles/lineage.css" with { type: "text" };
import tables from "./styles/tables.css" with { type: "text" };
import viewer from "./styles/viewer.css" with { type: "text" };

export const PAGE_STYLES = [base, tables, charts, viewer, lineage].join("\n");
