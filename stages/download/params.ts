/** Section download of params.yaml. */
import { z } from "zod";
import { distinct, section, text } from "../../pipeline/common/params/rules.ts";

export const downloadSchema = section({
  sources: distinct(
    text("must be a name of the catalogue").min(1),
    "at least one name of the catalogue",
    1,
  ),
  /** Of earlier versions. */
  folder: z.never({
    error:
      "is no parameter any more: put your archives, or links to the files, into archives/ and remove this line",
  }).optional(),
});
