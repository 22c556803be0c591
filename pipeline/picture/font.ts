/**
 * A small built-in letter set for captions in pictures: capital letters, digits and a few signs, five
 * by seven pixels, drawn below as they appear. Lower case is written as capitals.
 */

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;
/** From the left edge of one letter to that of the next. */
export const GLYPH_ADVANCE = GLYPH_WIDTH + 1;

const SHEETS: readonly (readonly string[])[] = [
  [
    "ABCDEFGHIJKLM",
    " ###  ####   ###  ####  ##### #####  ###  #   #  ###    ### #   # #     #   #",
    "#   # #   # #   # #   # #     #     #   # #   #   #      #  #  #  #     ## ##",
    "#   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # #",
    "##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # #",
    "#   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   #",
    "#   # #   # #   # #   # #     #     #   # #   #   #   #  #  #  #  #     #   #",
    "#   # ####   ###  ####  ##### #      #### #   #  ###   ##   #   # ##### #   #",
  ],
  [
    "NOPQRSTUVWXYZ",
    "#   #  ###  ####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####",
    "##  # #   # #   # #   # #   # #       #   #   # #   # #   # #   # #   #     #",
    "# # # #   # #   # #   # #   # #       #   #   # #   # #   #  # #   # #     # ",
    "#  ## #   # ####  #   # ####   ###    #   #   # #   # # # #   #     #     #  ",
    "#   # #   # #     # # # # #       #   #   #   # #   # # # #  # #    #    #   ",
    "#   # #   # #     #  #  #  #      #   #   #   #  # #  ## ## #   #   #   #    ",
    "#   #  ###  #      ## # #   # ####    #    ###    #   #   # #   #   #   #####",
  ],
  [
    "0123456789",
    " ###    #    ###   ###     #  #####  ###  #####  ###   ### ",
    "#   #  ##   #   # #   #   ##  #     #   #     # #   # #   #",
    "#  ##   #       #     #  # #  ####  #        #  #   # #   #",
    "# # #   #      #    ##  #  #      # ####    #    ###   ####",
    "##  #   #     #       # #####     # #   #   #   #   #     #",
    "#   #   #    #    #   #    #  #   # #   #   #   #   # #   #",
    " ###   ###  #####  ###     #   ###   ###    #    ###   ### ",
  ],
  [
    ".,:-_/=%()+",
    "                                  #       ##  #    #   #         ",
    "             ##                   #       ##  #   #     #     #  ",
    "             ##                  #  #####    #   #       #    #  ",
    "                   ###          #           #    #       #  #####",
    "        ##   ##                #    #####  #     #       #    #  ",
    "  ##    ##   ##               #           #  ##   #     #     #  ",
    "  ##   #                ##### #           #  ##    #   #         ",
  ],
];

/** Seven rows of five cells for each character. */
const GLYPHS = new Map<string, string[]>(
  SHEETS.flatMap(([characters, ...rows]) =>
    [...characters].map((character, k): [string, string[]] => [
      character,
      rows.map((row) =>
        row.slice(k * GLYPH_ADVANCE, k * GLYPH_ADVANCE + GLYPH_WIDTH).padEnd(GLYPH_WIDTH)
      ),
    ])
  ),
);

/**
 * Calls `set` for every pixel that is ink. Blanks and characters without a glyph stay empty.
 * @param set receives column and row from the upper left corner of the text
 */
export function drawText(text: string, set: (x: number, y: number) => void): void {
  [...text.toUpperCase()].forEach((character, k) => {
    GLYPHS.get(character)?.forEach((row, y) => {
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        if (row[x] === "#") set(k * GLYPH_ADVANCE + x, y);
      }
    });
  });
}

/** Width of a text in pixels. */
export function textWidth(text: string): number {
  return Math.max(0, [...text].length * GLYPH_ADVANCE - 1);
}
