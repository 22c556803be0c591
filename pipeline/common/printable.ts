/**
 * Names from archives and files, as they may be shown: what moves a cursor, colours a terminal or turns the direction of
 * writing stands there as its number, so that no name can look like another one or like a message of ours.
 */

/** Control and format characters, line and paragraph separators, halves of characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** @returns the text with `\u{1B}` and the like for what cannot be seen; line breaks and tabs stay */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    if (character === "\n" || character === "\t") return character;
    return `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;
  });
}
