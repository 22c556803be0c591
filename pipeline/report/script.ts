/** The page's script: the modules of client/ as one, since a page that is one file has nowhere to import from. */
import colours from "./client/colours.js" with { type: "text" };
import lineage from "./client/lineage.js" with { type: "text" };
import live from "./client/live.js" with { type: "text" };
import planes from "./client/planes.js" with { type: "text" };
import start from "./client/start.js" with { type: "text" };
import viewer from "./client/viewer.js" with { type: "text" };

/** Each after those that it imports. */
const MODULES = { planes, colours, live, viewer, lineage, start };

/**
 * One module's text: imports of modules that stand before are left out, since all names share one scope.
 * @throws {Error} when a module imports one that does not stand before it
 */
export function joinModules(modules: Readonly<Record<string, string>>): string {
  const before = new Set<string>();
  return Object.entries(modules).map(([name, text]) => {
    const joined = text
      .replace(/^import \{[^}]*\} from "\.\/(\w+)\.js";\n/gm, (_, imported) => {
        if (before.has(imported)) return "";
        throw new Error(
          `Cannot join ${name}.js: it imports ${imported}.js, which must stand before it.`,
        );
      })
      .replace(/^export (?=(async )?function |const )/gm, "");
    before.add(name);
    return joined;
  }).join("\n");
}

export const PAGE_SCRIPT = joinModules(MODULES);

/** The policy of a page: nothing from outside and no script but ours, named by its hash. Styles stand in the page itself. */
export async function pagePolicy(): Promise<string> {
  const bytes = new TextEncoder().encode(PAGE_SCRIPT);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
  return [
    "default-src 'none'",
    "img-src data:",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
  ].join("; ");
}
