/** All readers of what users, other programs and the disk give: a new reader is one entry in one of these lists. */
import type { Reader } from "./reader.ts";
import { ZIP_READER } from "./readers/archives.ts";
import { ARGUMENT_READERS } from "./readers/arguments.ts";
import { CHECKPOINT_READER } from "./readers/checkpoint.ts";
import { DOCUMENT_READERS } from "./readers/documents.ts";
import { DVC_READERS } from "./readers/dvc.ts";
import { LAYOUT_READERS } from "./readers/layouts.ts";
import { PICTURE_READERS } from "./readers/pictures.ts";
import { TENSOR_READERS } from "./readers/tensors.ts";
import { TORCH_READERS } from "./readers/torch.ts";

export const READERS: readonly Reader[] = [
  ...PICTURE_READERS,
  ...TENSOR_READERS,
  CHECKPOINT_READER,
  ...TORCH_READERS,
  ZIP_READER,
  ...LAYOUT_READERS,
  ...DOCUMENT_READERS,
  ...DVC_READERS,
  ...ARGUMENT_READERS,
];
