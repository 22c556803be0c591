import { assert, assertEquals } from "@std/assert";
import { PAGE_STYLES } from "../../pipeline/report/styles.ts";

/** WCAG 2: text of normal size. */
const LEAST_CONTRAST = 4.5;

/** Custom properties that are colours: those of light first, then those of dark. */
function palettes(): Record<string, string>[] {
  return [...PAGE_STYLES.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) =>
    Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
    )
  );
}

/** Relative luminance of #rrggbb. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

Deno.test("contrast() of black on white is 21", () => {
  assertEquals(contrast("#000000", "#ffffff"), 21);
});

Deno.test("all text is legible, in light and dark", () => {
  const found = palettes();
  assertEquals(found.length, 2);
  assertEquals(Object.keys(found[0]), Object.keys(found[1]));
  for (const palette of found) {
    for (const ink of ["ink", "quiet", "c1", "c2", "c3", "c4", "c5"]) {
      for (const paper of ["paper", "raised", "faint"]) {
        const ratio = contrast(palette[ink], palette[paper]);
        assert(ratio >= LEAST_CONTRAST, `${ink} on ${paper}: ${ratio.toFixed(2)}`);
      }
    }
  }
});
