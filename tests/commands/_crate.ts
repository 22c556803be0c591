/** A crate as it lies in a folder, and what must hold for every one. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { hashFile } from "../../commands/lineage/hashes.ts";

export const METADATA = "ro-crate-metadata.json";

export interface Entity {
  readonly "@id": string;
  readonly "@type": string | string[];
  // deno-lint-ignore no-explicit-any
  readonly [property: string]: any;
}

export class Crate {
  readonly text: string;
  readonly graph: Entity[];

  constructor(readonly folder: string) {
    this.text = Deno.readTextFileSync(join(folder, METADATA));
    this.graph = JSON.parse(this.text)["@graph"];
  }

  get(id: string): Entity {
    const entity = this.graph.find((entity) => entity["@id"] === id);
    assert(entity, `the crate describes no ${id}`);
    return entity;
  }

  all(type: string): Entity[] {
    return this.graph.filter((entity) => [entity["@type"]].flat().includes(type));
  }

  /** The identifiers that a property refers to. */
  ids(entity: Entity, property: string): string[] {
    return [entity[property] ?? []].flat().map((value) => value["@id"]);
  }

  /** All files of the folder but the metadata, by path. */
  files(below = ""): string[] {
    return [...Deno.readDirSync(join(this.folder, below))].flatMap(({ name, isDirectory }) => {
      const path = below === "" ? name : `${below}/${name}`;
      return isDirectory ? this.files(path) : path === METADATA ? [] : [path];
    }).sort();
  }
}

/** Every file is described with its own size and hashes, every described file is there, every reference leads somewhere. */
export function assertCrateIsWhole(crate: Crate): void {
  const described = crate.all("File").filter((file) => !file["@id"].startsWith("#"));
  assertEquals(described.map((file) => decodeURI(file["@id"])).sort(), crate.files());
  for (const file of described) {
    const path = join(crate.folder, decodeURI(file["@id"]));
    assertEquals(
      [file.contentSize, file.md5, file.sha256],
      [String(Deno.statSync(path).size), hashFile(path, "md5"), hashFile(path, "sha256")],
      `${file["@id"]} is not what the crate says`,
    );
  }
  const ids = crate.graph.map((entity) => entity["@id"]);
  assertEquals(new Set(ids).size, ids.length, "an identifier stands twice in the crate");
  for (const entity of crate.graph) {
    for (const property of Object.keys(entity)) {
      for (const value of [entity[property]].flat()) {
        const id: string | undefined = value?.["@id"];
        if (id === undefined || /^https:\/\/(w3id|bioschemas)\.org\//.test(id)) continue;
        assert(
          ids.includes(id),
          `${entity["@id"]} refers to ${id}, which the crate does not describe`,
        );
      }
    }
  }
}
