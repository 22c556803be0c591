/** The kinds of entities of a Provenance Run Crate 0.5, each made in one place. */
import { basename, extname } from "@std/path";
import { isCode } from "../contract.ts";
import type { CrateFile } from "./crate_contents.ts";

export type Reference = { readonly "@id": string };

export interface Entity extends Reference {
  readonly "@type": string | readonly string[];
  readonly [property: string]: unknown;
}

/** The JSON-LD context of RO-Crate 1.1, and the terms of workflow runs that it lacks. */
export const CONTEXT = [
  "https://w3id.org/ro/crate/1.1/context",
  Object.fromEntries(
    ["ParameterConnection", "connection", "sourceParameter", "targetParameter", "md5", "sha256"]
      .map((term) => [term, `https://w3id.org/ro/terms/workflow-run#${term}`]),
  ),
];

export const PROFILES = [
  ["https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"],
  ["https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"],
  ["https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"],
  ["https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"],
] as const;

/** Literal text, as the profiles' own checks want it. */
export const COMPLETED = "http://schema.org/CompletedActionStatus";

const FORMATS: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".lock": "application/yaml",
  ".dvc": "application/yaml",
  ".md": "text/markdown",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/typescript",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".wgsl": "text/wgsl",
  ".yaml": "application/yaml",
  ".zip": "application/zip",
};

export function reference(id: string): Reference {
  return { "@id": id };
}

/** One reference alone, several as a list, none as nothing: what JSON-LD calls compact. */
export type References = Reference | readonly Reference[] | undefined;

export function references(ids: readonly string[]): References {
  const [first, ...others] = [...new Set(ids)].map(reference);
  return others.length > 0 ? [first, ...others] : first;
}

/** Without properties that have no value. */
export function entity(
  id: string,
  type: string | readonly string[],
  properties: Record<string, unknown>,
): Entity {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { "@id": id, "@type": type, ...Object.fromEntries(given) };
}

/** A path as an identifier. */
export function fileId(path: string): string {
  return encodeURI(path).replaceAll("#", "%23").replaceAll("?", "%3F");
}

export function folderId(path: string): string {
  return `${fileId(path)}/`;
}

export function encodingFormat(path: string): string {
  const extension = basename(path) === "deno.lock" ? ".json" : extname(path);
  return FORMATS[extension] ?? "application/octet-stream";
}

/** @param version of the code, for files that are code */
export function fileEntity(
  { path, bytes, md5, sha256 }: CrateFile,
  version: string | undefined,
  more: Record<string, unknown> = {},
): Entity {
  const code = isCode(path) && ![".lock", ".md"].includes(extname(path));
  return entity(fileId(path), code ? ["File", "SoftwareSourceCode"] : "File", {
    name: path,
    contentSize: String(bytes),
    encodingFormat: encodingFormat(path),
    md5,
    sha256,
    ...code && version !== undefined && { version },
    ...more,
  });
}

export function licenceEntity(id: string, name: string): Entity {
  return entity(id, "CreativeWork", { name });
}

/** schema.org's name of a value's type. */
export function valueType(value: unknown): string {
  if (typeof value === "boolean") return "Boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Float";
  return "Text";
}
