"""
PWC-Lite in plain PyTorch, after section 3 of the method and pipeline/compute/network/pwclite.ts: what is compared with. Both
directions are one batch, frame 1 of all pairs before frame 2.
"""

import torch
import torch.nn.functional as F

SLOPE = 0.1
DISPLACEMENT = 4
SIDE = 2 * DISPLACEMENT + 1
PYRAMID_LEVELS = 6
DECODER_LEVELS = 5
CONTEXT_DILATIONS = (1, 2, 4, 8, 16, 1)


def correlation_of_slices(first, second):
    """As public code writes it: one product and one mean for each of the 81 displacements. [N, C, H, W] -> [N, 81, H, W]"""
    height, width = first.shape[2:]
    padded = F.pad(second, (DISPLACEMENT,) * 4)
    costs = [
        (first * padded[:, :, dy : dy + height, dx : dx + width]).mean(1)
        for dy in range(SIDE)
        for dx in range(SIDE)
    ]
    return torch.stack(costs, 1)


def correlation_of_bands(first, second):
    """
    Fused: for each row one matrix product of its pixels with all pixels of the nine rows around it, of which the band
    of nine displacements is kept. [N, C, H, W] -> [N, 81, H, W]
    """
    batch, channels, height, width = first.shape
    padded = F.pad(second, (DISPLACEMENT,) * 4)
    wide = width + 2 * DISPLACEMENT
    # Nine rows around each row, as a view: [N, H, C, 9, wide].
    rows = padded.unfold(2, SIDE, 1).permute(0, 2, 1, 4, 3)
    others = rows.reshape(batch * height, channels, SIDE * wide)
    pixels = first.permute(0, 2, 3, 1).reshape(batch * height, width, channels)
    products = torch.bmm(pixels, others)
    # Element [row, x, dy, x + dx] for dx = 0 .. 8.
    band = products.as_strided(
        (batch, height, width, SIDE, SIDE),
        (height * width * SIDE * wide, width * SIDE * wide, SIDE * wide + 1, wide, 1),
    )
    costs = band.permute(0, 3, 4, 1, 2).reshape(batch, SIDE * SIDE, height, width)
    return costs / channels


CORRELATIONS = {"fused": correlation_of_bands, "slices": correlation_of_slices}


def swap_halves(value):
    first, second = value.chunk(2)
    return torch.cat((second, first))


def enlarge(flow, factor):
    return factor * F.interpolate(flow, scale_factor=factor, mode="bilinear", align_corners=True)


def warp(image, flow, grid, align_corners=True):
    """image(x + flow(x)), bilinear, border padding. grid: [1, 2, H, W], each pixel's own place"""
    height, width = image.shape[2:]
    place = grid + flow
    across = 2 * place[:, 0] / max(1, width - 1) - 1
    down = 2 * place[:, 1] / max(1, height - 1) - 1
    where = torch.stack((across, down), -1)
    return F.grid_sample(image, where, padding_mode="border", align_corners=align_corners)


def normalise(features):
    """Zero mean and unit variance of each sample over channels and pixels."""
    variance, mean = torch.var_mean(features, dim=(1, 2, 3), correction=0, keepdim=True)
    return (features - mean) * torch.rsqrt(variance + 1e-5)


class PwcLite(torch.nn.Module):
    """
    weights: by the names of model.safetensors, of any width
    settings: of its metadata
    correlation: a name of CORRELATIONS
    """

    def __init__(self, weights, settings, correlation="fused"):
        super().__init__()
        self.shift = 0.5 if settings["centre_input"] else 0.0
        self.normalise = normalise if settings["normalise_features"] else lambda features: features
        self.align_corners = not settings.get("half_pixel_warp", False)
        # Dots are no part of a parameter's name in PyTorch.
        self.weights = torch.nn.ParameterDict(
            {name.replace(".", "/"): torch.nn.Parameter(value) for name, value in weights.items()}
        )
        self.correlation = CORRELATIONS[correlation]
        self.grids = {}

    def grid(self, like):
        """Each pixel's own place, [1, 2, H, W], made once for a size."""
        height, width = like.shape[2:]
        if (height, width) not in self.grids:
            rows, columns = torch.meshgrid(
                torch.arange(height, device=like.device, dtype=like.dtype),
                torch.arange(width, device=like.device, dtype=like.dtype),
                indexing="ij",
            )
            self.grids[height, width] = torch.stack((columns, rows))[None]
        return self.grids[height, width]

    def convolution(self, value, name, stride=1, dilation=1, linear=False):
        name = name.replace(".", "/")
        weight, bias = self.weights[f"{name}/weight"], self.weights[f"{name}/bias"]
        padding = dilation * (weight.shape[2] // 2)
        value = F.conv2d(value, weight, bias, stride, padding, dilation)
        return value if linear else F.leaky_relu_(value, SLOPE)

    def pyramid(self, images):
        features, levels = images - self.shift, []
        for level in range(PYRAMID_LEVELS):
            name = f"feature_pyramid_extractor.convs.{level}"
            features = self.convolution(features, f"{name}.0.0", stride=2)
            features = self.convolution(features, f"{name}.1.0")
            levels.append(features)
        return levels

    def estimator(self, value):
        a = self.convolution(value, "flow_estimators.conv1.0")
        b = self.convolution(a, "flow_estimators.conv2.0")
        c = self.convolution(torch.cat((a, b), 1), "flow_estimators.conv3.0")
        d = self.convolution(torch.cat((b, c), 1), "flow_estimators.conv4.0")
        e = self.convolution(torch.cat((c, d), 1), "flow_estimators.conv5.0")
        flow = self.convolution(torch.cat((d, e), 1), "flow_estimators.predict_flow.0", linear=True)
        return e, flow

    def context(self, value):
        for layer, dilation in enumerate(CONTEXT_DILATIONS):
            value = self.convolution(value, f"context_networks.convs.{layer}.0", dilation=dilation)
        last = f"context_networks.convs.{len(CONTEXT_DILATIONS)}.0"
        return self.convolution(value, last, linear=True)

    def forward(self, images):
        """[2B, 3, H, W] -> flows finest first, [2B, 2, H / 2^k, W / 2^k], and the finest before it is enlarged"""
        flow, flows = None, []
        for level, first in enumerate(self.pyramid(images)[: -DECODER_LEVELS - 1 : -1]):
            second = swap_halves(first)
            before = None if flow is None else enlarge(flow, 2)
            if before is not None:
                second = warp(second, before, self.grid(second), self.align_corners)
            costs = self.correlation(self.normalise(first), self.normalise(second))
            costs = F.leaky_relu(costs, SLOPE)
            reduced = self.convolution(first, f"conv_1x1.{level}.0")
            start = first.new_zeros(len(first), 2, *first.shape[2:]) if before is None else before
            features, change = self.estimator(torch.cat((costs, reduced, start), 1))
            coarse = start + change
            flow = coarse + self.context(torch.cat((features, coarse), 1))
            flows.insert(0, enlarge(flow, 4))
        return flows, flow
