/** The state of the page in its address: read when it opens, written when something is set, so that a link restores it. */
/// <reference lib="dom" />

/** A parameter that is a number. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  /** 1: whole numbers only. */
  readonly step: number;
}

/** What an address says; what it says wrongly is told, and counts as not said. */
export class LinkReader {
  readonly wrong: string[] = [];
  readonly #given: URLSearchParams;

  /** @param search of an address, with its question mark */
  constructor(search: string) {
    this.#given = new URLSearchParams(search);
  }

  number(name: string, { low, high, step }: NumberRange): number | undefined {
    const text = this.#given.get(name);
    if (text === null) return undefined;
    const value = Number(text), whole = step >= 1;
    if (
      text.trim() !== "" && value >= low && value <= high && (!whole || Number.isInteger(value))
    ) return value;
    this.#refuse(name, text, `a ${whole ? "whole " : ""}number from ${low} to ${high}`);
    return undefined;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.#given.get(name);
    if (text === null || choices.includes(text as T)) return text as T ?? undefined;
    this.#refuse(name, text, `one of ${choices.join(", ")}`);
    return undefined;
  }

  #refuse(name: string, text: string, wanted: string): void {
    this.wrong.push(`The link has ${name}=${text}; wanted is ${wanted}.`);
  }
}

/** What is to be said in an address; undefined for what is not. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** @returns the search of an address with these parameters set, and others as they are */
export function searchWith(search: string, parameters: Parameters): string {
  const given = new URLSearchParams(search);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) given.delete(name);
    else given.set(name, value);
  }
  return `?${given}`;
}

/** Browsers take a hundred changes of the address in half a minute, and a slider gives more. */
const REST_MS = 300;
let latest: string | undefined, waiting: ReturnType<typeof setTimeout> | undefined;
/** What is only so in this window, and no link may say: that another page has the pictures. */
const ONLY_HERE: Parameters = { pair: undefined };

/** Sets parameters in the links of all sections. @returns the search of the address */
export function setInLinks(parameters: Parameters): string {
  latest = searchWith(latest ?? location.search, parameters);
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-part="link"]')) {
    link.href = `${searchWith(latest, ONLY_HERE)}#${link.closest("section")!.id}`;
  }
  return latest;
}

/**
 * The same, and in the page's address, once nothing changes.
 * @param section that it is about, where the address leads
 */
export function keepInAddress(parameters: Parameters, section: string): void {
  const search = setInLinks(parameters);
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", `${search}#${section}`), REST_MS);
}

/**
 * Shows the section that the address leads to, which a browser does not while it is hidden. From then on the address says what is
 * set also where somebody goes to another section, or back to one where less was set.
 */
export function goToAddress(): void {
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  addEventListener("popstate", () => {
    clearTimeout(waiting);
    if (latest) history.replaceState(null, "", latest + location.hash);
  });
}
