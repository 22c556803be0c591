/** What the blocks have found so far, as JSON for programs and Markdown for people; both files are whole at any moment. */
import { join } from "@std/path";
import { heading, plain, table } from "../../pipeline/report/markdown.ts";
import type { Cells, Message } from "./messages.ts";

/** done; failed: see error; cut: its time was over, what it had found counts; stopped: the whole program was. */
export type Status = "done" | "failed" | "cut" | "stopped" | "left out";

export interface BlockReport {
  readonly name: string;
  readonly title: string;
  /** Absent while it runs. */
  status?: Status;
  error?: string;
  seconds?: number;
  readonly notes: string[];
  /** Rows by the title of their table. */
  readonly tables: Record<string, Cells[]>;
}

/** What all blocks have in common. */
export interface Head {
  readonly adapter: string;
  readonly deno: string;
  /** Of the code: a commit, or the name of a bundle. */
  readonly code: string;
  readonly started: string;
  readonly minutes: number;
  /** Sizes that try the program and measure nothing. */
  readonly tiny: boolean;
}

export class Report {
  readonly json: string;
  readonly markdown: string;
  readonly head: Head;
  readonly blocks: BlockReport[] = [];
  /** Numbers that later blocks refer to. */
  readonly facts: Record<string, number> = {};

  /** @param folder is there */
  constructor(folder: string, head: Head) {
    this.json = join(folder, "on_gpu.json");
    this.markdown = join(folder, "on_gpu.md");
    this.head = head;
  }

  begin(name: string, title: string): BlockReport {
    const block: BlockReport = { name, title, notes: [], tables: {} };
    this.blocks.push(block);
    return block;
  }

  /** Takes in what a block says. */
  add(block: BlockReport, message: Message): void {
    if ("note" in message) block.notes.push(message.note);
    else if ("fact" in message) this.facts[message.fact] = message.value;
    else (block.tables[message.table] ??= []).push(message.row);
  }

  async write(): Promise<void> {
    const { head, blocks, facts } = this;
    await replace(this.json, `${JSON.stringify({ ...head, blocks, facts }, null, 2)}\n`);
    await replace(this.markdown, markdownOf(head, blocks));
  }
}

async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, text);
  await Deno.rename(`${path}.partial`, path);
}

/** Digits that a measurement has. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function tableOf(rows: readonly Cells[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return table(columns, rows.map((row) => columns.map((column) => cell(row[column]))));
}

/** The whole report as Markdown. */
export function markdownOf(head: Head, blocks: readonly BlockReport[]): string {
  const lines = [
    `# ${plain(head.adapter)}`,
    "",
    `${
      plain(head.code)
    }, Deno ${head.deno}, begun ${head.started}, planned for ${head.minutes} minutes.`,
  ];
  if (head.tiny) {
    lines.push("", "**Tiny sizes: this tries the program. No number here is a measurement.**");
  }
  for (const { title, status = "running", error, seconds, notes, tables } of blocks) {
    const time = seconds === undefined ? "" : `, ${seconds.toFixed(1)} s`;
    lines.push("", heading(title), "", `${status}${time}`);
    if (error) lines.push("", `**${plain(error)}**`);
    for (const note of notes) lines.push("", plain(note));
    for (const [name, rows] of Object.entries(tables)) {
      lines.push("", `#${heading(name)}`, "", tableOf(rows));
    }
  }
  return lines.join("\n") + "\n";
}
