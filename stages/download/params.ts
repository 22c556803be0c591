/** Section download of params.yaml. */
import { distinct, section, text } from "../../pipeline/common/params/rules.ts";

const folderError = 'must be the path of a folder, without any of , " $ ` \\';

export const downloadSchema = section({
  sources: distinct(
    text("must be a name of the catalogue").min(1),
    "at least one name of the catalogue",
    1,
  ),
  // Stands within quotes in a command of dvc.yaml, as a permission.
  folder: text(folderError).regex(/^[^,"$`\\\n]+$/, { error: folderError }),
});
