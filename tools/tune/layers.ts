/** The convolutions of PWC-Lite (method, section 3) as sizes, for tuning and benchmarks. */

export interface Layer {
  readonly name: string;
  /** Layers of one weight share it. */
  readonly weight: string;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Channel counts of the concatenated inputs. */
  readonly segments: readonly number[];
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly leakyRelu: boolean;
  /** Its input is the picture, which needs no gradient. */
  readonly first?: boolean;
}

/** All convolutions of one pass over `batch` pictures of the given size. */
export function layersOfPwclite(
  scale: number,
  batch: number,
  pictureHeight: number,
  pictureWidth: number,
): Layer[] {
  const scaled = (channels: number) => Math.max(4, 4 * Math.round(channels * scale / 4));
  const layers: Layer[] = [];
  let decoderLayer = 0;
  const add = (
    place: { height: number; width: number },
    segments: readonly number[],
    output: number,
    options: Partial<Layer> = {},
  ) => {
    const { kernel = 3, stride = 1, dilation = 1 } = options;
    const notes = [
      kernel === 1 ? "1x1" : "",
      stride > 1 ? `stride ${stride}` : "",
      dilation > 1 ? `dilation ${dilation}` : "",
    ].filter(Boolean).join(" ");
    const name = `${segments.join("+")} -> ${output} ${place.height}x${place.width} ${notes}`;
    const shape = { batch, ...place, segments, output, kernel, stride, dilation };
    // The same for all levels of the decoder, where only the 1x1 layers have weights of their own.
    const own = level === undefined || kernel === 1;
    const weight = own ? `layer ${layers.length}` : `decoder ${decoderLayer++ % 13}`;
    layers.push({ leakyRelu: true, ...options, name, weight, ...shape });
  };

  const pyramid = [16, 32, 64, 96, 128, 192].map(scaled);
  let place = { height: pictureHeight, width: pictureWidth };
  let level: number | undefined;
  const places = pyramid.map((channels, index) => {
    const before = index === 0 ? 3 : pyramid[index - 1];
    add(place, [before], channels, { stride: 2, first: index === 0 });
    place = { height: Math.ceil(place.height / 2), width: Math.ceil(place.width / 2) };
    add(place, [channels], channels);
    return place;
  });
  const [a, b, c, d, e] = [128, 128, 96, 64, 32].map(scaled), reduced = scaled(32);
  for (level = 5; level >= 1; level--) {
    const here = places[level];
    add(here, [pyramid[level]], reduced, { kernel: 1 });
    add(here, [81, reduced, 2], a);
    add(here, [a], b);
    add(here, [a, b], c);
    add(here, [b, c], d);
    add(here, [c, d], e);
    add(here, [d, e], 2, { leakyRelu: false });
    add(here, [e, 2], a);
    add(here, [a], a, { dilation: 2 });
    add(here, [a], a, { dilation: 4 });
    add(here, [a], c, { dilation: 8 });
    add(here, [c], d, { dilation: 16 });
    add(here, [d], e);
    add(here, [e], 2, { leakyRelu: false });
  }
  return layers;
}
