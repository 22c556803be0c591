"""One training step in PyTorch: network, objective, gradients, clip and Adam, for the settings and weights that bench/peers.ts gives."""

import torch

from objective import photometric, unrolled_smoothness
from pwclite import PwcLite
from torch_peer import read_safetensors, serve

IMAGES = "images"
NETWORK = {"normalise_features": True, "centre_input": True}


def prepare(settings, device):
    tensors = read_safetensors(settings["inputs"], device)
    images = tensors.pop(IMAGES)
    network = PwcLite(tensors, NETWORK, settings["correlation"])
    parameters = list(network.parameters())
    weights = [value for value in parameters if value.ndim == 4]
    biases = [value for value in parameters if value.ndim == 1]
    groups = [
        {"params": weights, "weight_decay": settings["weightDecay"]},
        {"params": biases, "weight_decay": 0.0},
    ]
    adam = torch.optim.Adam(groups, lr=settings["learningRate"], eps=1e-7, fused=True)

    def step():
        adam.zero_grad(set_to_none=True)
        flows, quarter_flow = network(images)
        loss = photometric(images, flows, network.grid) + unrolled_smoothness(
            images,
            quarter_flow,
            rho=settings["rho"],
            threshold=settings["lambda"] / settings["rho"],
            edge_alpha=settings["edgeAlpha"],
            iterations=settings["unrollIterations"],
        )
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, settings["gradientClip"])
        adam.step()
        return loss, norm

    loss, norm = step()
    return {"total_loss": loss.item(), "gradient_norm": norm.item()}, step


serve(prepare)
