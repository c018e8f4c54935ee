"""cpD-GAN in PyTorch, written from the paper's equations for the comparison of speed; it is no part of the toolkit.

Same layers, sizes, number formats and arithmetic as `gans.architectures.cpd.networks`: stored weights are float32,
convolutions compute in `dtype`, norms in float32. Images are [N, C, H, W] in the memory format channels_last.
"""

import math

import torch
from torch import nn
from torch.nn import functional

LEAK, EPSILON, GROUP = 0.2, 1e-8, 4


class Equalized(nn.Module):
    """A weight drawn from N(0, 1), scaled when it is used, and a bias."""

    def __init__(self, shape, fan_in, gain, biases, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(biases)) if biases else None
        self.scale, self.dtype = gain / math.sqrt(fan_in), dtype

    def scaled(self, factor=1.0):
        return self.weight * (self.scale * factor)

    def used_bias(self):
        return None if self.bias is None else self.bias.to(self.dtype)


class Conv(Equalized):
    """Convolution with zero padding; `resample` is None, `up` or `down`, see `resample.py` for the fused kernels."""

    def __init__(self, inputs, filters, size, gain, dtype, resample=None, fused=True, bias=True):
        fan_in = size * size * (filters if resample == "up" else inputs)
        shape = (inputs, filters, size, size) if resample == "up" and fused else (filters, inputs, size, size)
        super().__init__(shape, fan_in, gain, filters if bias else 0, dtype)
        self.size, self.resample, self.fused = size, resample, fused

    def forward(self, images):
        images = images.to(self.dtype)
        if self.resample == "down" and self.size == 1:
            images = functional.avg_pool2d(images, 2)
        fused = self.fused and self.size == 3 and self.resample
        weight = _spread(self.scaled(0.25 if self.resample == "down" else 1.0)) if fused else self.scaled()
        weight, bias = weight.to(self.dtype), self.used_bias()
        if fused == "up":
            return functional.conv_transpose2d(images, weight, bias, stride=2, padding=1)
        if fused == "down":
            return functional.conv2d(images, weight, bias, stride=2, padding=1)
        if self.resample == "up":
            images = functional.interpolate(images, scale_factor=2, mode="nearest")
        result = functional.conv2d(images, weight, bias, padding=self.size // 2)
        return functional.avg_pool2d(result, 2) if self.resample == "down" and self.size == 3 else result


def _spread(kernel):
    """Sum of a kernel shifted by 0 and 1 in both axes."""
    return sum(functional.pad(kernel, (left, 1 - left, top, 1 - top)) for left in (0, 1) for top in (0, 1))


class Dense(Equalized):
    """Dense layer."""

    def __init__(self, inputs, units, dtype):
        super().__init__((units, inputs), inputs, 1.0, units, dtype)

    def forward(self, rows):
        return functional.linear(rows.to(self.dtype), self.scaled().to(self.dtype), self.used_bias())


def _normal(features, axis):
    features = features.float()
    return features * torch.rsqrt(features.square().mean(axis, keepdim=True) + EPSILON)


class Normalized(nn.Module):
    """Convolution (or first dense layer), leaky ReLU, pixel norm with gain and offset from [z; y]."""

    def __init__(self, layer, channels, condition, dtype):
        super().__init__()
        self.layer, self.dtype = layer, dtype
        self.gamma, self.beta = (Dense(condition, channels, torch.float32) for _ in range(2))

    def forward(self, features, condition):
        normal = _normal(functional.leaky_relu(self.layer(features), LEAK), 1)
        gamma, beta = self.gamma(condition)[:, :, None, None], self.beta(condition)[:, :, None, None]
        return (normal * gamma + beta).to(self.dtype)


class FirstDense(Equalized):
    """Dense layer to features of 4 x 4 pixels, one bias for each channel."""

    def __init__(self, inputs, filters, dtype):
        super().__init__((filters * 16, inputs), inputs, 1.0, filters, dtype)

    def forward(self, rows):
        flat = functional.linear(rows.to(self.dtype), self.scaled().to(self.dtype))
        features = flat.reshape(len(rows), 4, 4, -1) + self.used_bias()
        return features.permute(0, 3, 1, 2)


class Generator(nn.Module):
    """Noise [N, Z] and labels [N, L] to images [N, 1, R, R]."""

    def __init__(self, channels, latents, labels, resolution, dtype, fused):
        super().__init__()
        condition, root = latents + labels, math.sqrt(2)

        def layer(inner):
            return Normalized(inner, channels, condition, dtype)

        def conv():
            return layer(Conv(channels, channels, 3, 1.0, dtype))

        blocks = int(math.log2(resolution)) - 2
        self.first = nn.ModuleList([layer(FirstDense(condition, channels, dtype)), conv()])
        ups = [layer(Conv(channels, channels, 3, root, dtype, "up", fused)) for _ in range(blocks)]
        self.ups, self.convs = nn.ModuleList(ups), nn.ModuleList([conv() for _ in range(blocks)])
        self.to_images = nn.ModuleList([Conv(channels, 1, 1, 1.0, dtype) for _ in range(blocks + 1)])

    def forward(self, z, labels):
        condition = torch.cat([z, labels], 1)
        features = _normal(condition, 1)
        for layer in self.first:
            features = layer(features, condition)
        images = self.to_images[0](features).float()
        for up, conv, to_image in zip(self.ups, self.convs, self.to_images[1:], strict=True):
            features = conv(up(features, condition), condition)
            images = functional.interpolate(images, scale_factor=2, mode="nearest") + to_image(features).float()
        return images


class Block(nn.Module):
    """``(down(conv(x)) + skip(x)) / sqrt(2)``."""

    def __init__(self, channels, dtype, fused):
        super().__init__()
        root = math.sqrt(2)
        self.conv = Conv(channels, channels, 3, 1.0, dtype)
        self.down = Conv(channels, channels, 3, root, dtype, "down", fused)
        self.skip = Conv(channels, channels, 1, root, dtype, "down", bias=False)

    def forward(self, features):
        inner = functional.leaky_relu(self.conv(features), LEAK)
        inner = functional.leaky_relu(self.down(inner), LEAK)
        return (inner + self.skip(features)) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """Images [N, 1, R, R] and labels [N, L] to scores [N]."""

    def __init__(self, channels, labels, resolution, dtype, fused):
        super().__init__()
        self.from_image = Conv(1, channels, 1, 1.0, dtype)
        blocks = int(math.log2(resolution)) - 2
        self.blocks = nn.ModuleList([Block(channels, dtype, fused) for _ in range(blocks)])
        self.last_conv = Conv(channels + 1, channels, 3, 1.0, dtype)
        self.last_dense = Dense(16 * channels, channels, dtype)
        self.output = Dense(channels, labels, torch.float32)

    def forward(self, images, labels):
        features = functional.leaky_relu(self.from_image(images), LEAK)
        for block in self.blocks:
            features = block(features)
        features = functional.leaky_relu(self.last_conv(_with_deviation(features)), LEAK)
        features = functional.leaky_relu(self.last_dense(features.permute(0, 2, 3, 1).flatten(1)), LEAK)
        return (self.output(features) * labels).sum(1)


def _with_deviation(features):
    """One channel more, with the deviation over each group of examples."""
    count, _, height, width = features.shape
    grouped = features.float().reshape(GROUP, -1, *features.shape[1:])
    centred = grouped - grouped.mean(0, keepdim=True)
    deviation = torch.sqrt(centred.square().mean(0) + EPSILON).mean([1, 2, 3])
    channel = deviation.repeat(GROUP)[:, None, None, None].expand(count, 1, height, width)
    joined = torch.cat([features, channel.to(features.dtype)], 1)
    return joined.contiguous(memory_format=torch.channels_last)
