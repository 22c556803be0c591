/**
 * The errors of single pixels: end-point error, KITTI's outlier rule, angular error. Float64.
 */

/**
 * Length of the difference of two flows.
 * @param predicted [H, W, 2] in pixels
 * @param truth [H, W, 2] in pixels
 * @returns [H, W] in pixels, at every pixel, whether its truth is known or not
 * @throws {Error} when the two differ in length
 */
export function endPointErrors(predicted: Float32Array, truth: Float32Array): Float64Array {
  if (predicted.length !== truth.length) {
    throw new Error(
      `Cannot compare two flows: the predicted one has ${predicted.length} values, the true one ` +
        `${truth.length}. Resize the prediction to the size of the truth first.`,
    );
  }
  const errors = new Float64Array(truth.length / 2);
  for (let i = 0; i < errors.length; i++) {
    const du = predicted[2 * i] - truth[2 * i], dv = predicted[2 * i + 1] - truth[2 * i + 1];
    errors[i] = Math.sqrt(du * du + dv * dv);
  }
  return errors;
}

/**
 * KITTI 2015: more than 3 px and more than 5 % of the true length (Menze and Geiger, CVPR 2015).
 * @param error end-point error in pixels
 * @param length length of the true flow in pixels
 */
export function isOutlier(error: number, length: number): boolean {
  return error > 3 && error > 0.05 * length;
}

/**
 * Angle between (u, v, 1) and (u', v', 1) in degrees (Baker et al., "A Database and Evaluation
 * Methodology for Optical Flow", IJCV 2011). Exactly 0 for equal flows, because the square root
 * of a rounded square is exact.
 */
export function angularError(u: number, v: number, trueU: number, trueV: number): number {
  const cosine = (u * trueU + v * trueV + 1) /
    Math.sqrt((u * u + v * v + 1) * (trueU * trueU + trueV * trueV + 1));
  return Math.acos(Math.min(1, Math.max(-1, cosine))) * 180 / Math.PI;
}
