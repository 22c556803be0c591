/** The keys of the pictures that a stage draws of what it scored. */
import { integer, number } from "../common/params/rules.ts";

export const drawing = { pictures: integer(0, 100_000), picture_maximum_px: number(0, 10_000) };
