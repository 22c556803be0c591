"""Flow of one pair by OpenCV: DIS (medium, finest scale 0) and Farneback (5 levels, window 15), on one core.

opencv.py FRAMES WIDTH HEIGHT SCALE OUT. FRAMES holds two pictures [H, W, 3] RGB of 8 bits, one after the other. OUT takes
two flows [H, W, 2] of 32-bit floats, DIS first, in pixels of the given size. Pictures are made smaller by SCALE first.
Prints the seconds that each took, as JSON.
"""
import json
import sys
import time

import cv2
import numpy as np


def main(frames, width, height, scale, out):
    cv2.setNumThreads(1)
    pictures = np.fromfile(frames, np.uint8).reshape(2, height, width, 3)
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures]
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    if scale != 1:
        grey = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in grey]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    methods = {
        "dis": lambda: dis.calc(grey[0], grey[1], None),
        "farneback": lambda: cv2.calcOpticalFlowFarneback(
            grey[0], grey[1], None, pyr_scale=0.5, levels=5, winsize=15, iterations=5,
            poly_n=7, poly_sigma=1.5, flags=0,
        ),
    }
    seconds = {}
    with open(out, "wb") as file:
        for name, method in methods.items():
            start = time.perf_counter()
            flow = method()
            seconds[name] = time.perf_counter() - start
            if scale != 1:
                factor = [width / size[0], height / size[1]]
                flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) * factor
            file.write(np.ascontiguousarray(flow, np.float32).tobytes())
    print(json.dumps(seconds))


if __name__ == "__main__":
    frames, width, height, scale, out = sys.argv[1:]
    main(frames, int(width), int(height), float(scale), out)
