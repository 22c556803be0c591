/** What Exif holds: one entry, the orientation, in either order of bytes. */
export function tiff(orientation: number, little: boolean): number[] {
  const two = (value: number) => little ? [value, 0] : [0, value];
  const four = (value: number) => little ? [value, 0, 0, 0] : [0, 0, 0, value];
  const tag = little ? [0x12, 0x01] : [0x01, 0x12];
  return [
    ...(little ? [0x49, 0x49] : [0x4d, 0x4d]),
    ...two(42),
    ...four(8),
    ...two(1),
    ...[...tag, ...two(3), ...four(1), ...two(orientation), 0, 0],
    ...four(0),
  ];
}
