/**
 * The format of torch.save() since PyTorch 1.6: a zip archive of one folder, in it a pickle (data.pkl) and a file for each
 * storage (data/KEY), each with a checksum.
 */
import { decodeText, unreadable } from "../common/io/text.ts";
import { openZip } from "../fetch/archive.ts";
import { type Checkpoint, GET_AGAIN, SAVE_WEIGHTS } from "./checkpoint.ts";
import { TorchVocabulary } from "./constructors.ts";
import { readPickle } from "./pickle.ts";
import { plainZip } from "./plain_zip.ts";

const PICKLE = "data.pkl";

/**
 * @param file its name, for errors
 * @throws {Error} when it is no such archive, is damaged or big-endian, or holds more than weights and plain values
 */
export async function readZipCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  const archive = await openZip(plainZip(bytes), file, GET_AGAIN);
  const pickles = archive.paths.filter((path) => path.split("/").slice(1).join("/") === PICKLE);
  if (pickles.length !== 1) {
    const found = pickles.length === 0 ? "no" : `${pickles.length} times`;
    throw unreadable(
      file,
      `it is a zip archive with ${found} FOLDER/${PICKLE}, which each file of torch.save() has once`,
    );
  }
  const folder = pickles[0].slice(0, -PICKLE.length);
  const order = `${folder}byteorder`;
  if (archive.paths.includes(order)) {
    refuseBigEndian(decodeText(await archive.read(order), `${order} in ${file}`), file);
  }
  const vocabulary = new TorchVocabulary();
  const pickle = await archive.read(pickles[0]);
  const place = { file, part: PICKLE, mend: SAVE_WEIGHTS };
  const { value, end } = readPickle(pickle, 0, vocabulary, place);
  if (end < pickle.length) {
    throw unreadable(
      file,
      `its ${PICKLE} goes on for ${pickle.length - end} bytes behind its end`,
      GET_AGAIN,
    );
  }
  return {
    format: "zip",
    value,
    bytesOf: async ({ key, elements, length }) => {
      const path = `${folder}data/${key}`;
      const content = await archive.read(path);
      if (content.length === length * elements.bytes) return content;
      throw unreadable(
        `${path} in ${file}`,
        `it has ${content.length} bytes, ${length} elements of ${elements.storage} take ` +
          `${length * elements.bytes}`,
        GET_AGAIN,
      );
    },
  };
}

function refuseBigEndian(order: string, file: string): void {
  if (order === "little") return;
  throw unreadable(
    file,
    `its byteorder is ${JSON.stringify(order.slice(0, 20))}, and only "little" is read`,
    "Save it again on a machine with the bytes of numbers in that order.",
  );
}
