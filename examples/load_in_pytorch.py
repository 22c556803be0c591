"""
Flow of two pictures by a model.safetensors of this project, in PyTorch; their sides must be multiples of 64:
  python3 examples/load_in_pytorch.py MODEL FRAME1 FRAME2 FLOW.safetensors
It needs torch, numpy, Pillow and safetensors. FLOW holds "forward" and "backward", [2, H, W] in pixels.
"""
import json
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).parents[1] / "bench" / "peers"))
from pwclite import PwcLite

model, frame1, frame2, out = sys.argv[1:]
with safe_open(model, "pt") as file:
    settings = json.loads(file.metadata()["settings"])
    network = PwcLite({name: file.get_tensor(name) for name in file.keys()}, settings)
pictures = [numpy.array(Image.open(path).convert("RGB")) for path in (frame1, frame2)]
images = torch.from_numpy(numpy.stack(pictures)).permute(0, 3, 1, 2) / 255
with torch.no_grad():
    forward, backward = network(images)[0][0]
save_file({"forward": forward.contiguous(), "backward": backward.contiguous()}, out)
print(f"mean motion {forward.norm(dim=0).mean():.3f} px")
