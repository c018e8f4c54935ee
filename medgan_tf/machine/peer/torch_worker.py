"""One process of the comparison: the training step of cpD-GAN in PyTorch, eager, in the memory format channels_last.

It is started by file name, by an interpreter that has PyTorch and needs nothing else, see `medgan-tf peer-step --help`.
The step is that of `gans.gan.ConditionalGan.train_step` with the paper's settings: Wasserstein loss with gradient
penalty and drift, Adam, the generator's average. The fused optimizer and `torch._foreach_lerp_` are PyTorch's fastest.
"""

import sys

import torch
from own_worker import serve
from torch_networks import Discriminator, Generator

LABELS, RATE, BETAS, PENALTY, DRIFT, DECAY = 6, 0.005, (0.0, 0.99), 10.0, 1e-3, 0.999


def make_step(channels: int, batch: int, resolution: int, precision: str, threads: int, option: str):
    """See `own_worker.make_step`. The option `plain` upsamples before and averages after a convolution, unfused."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    dtype = torch.bfloat16 if precision == "mixed_bfloat16" else torch.float32
    fused = option != "plain"
    sizes = (LABELS, resolution, dtype, fused)
    generator = Generator(channels, channels, *sizes).to(memory_format=torch.channels_last)
    average = Generator(channels, channels, *sizes).to(memory_format=torch.channels_last)
    average.load_state_dict(generator.state_dict())
    discriminator = Discriminator(channels, *sizes).to(memory_format=torch.channels_last)
    weights = {network: list(network.parameters()) for network in (generator, discriminator)}
    adam = {network: torch.optim.Adam(own, RATE, BETAS, fused=True) for network, own in weights.items()}
    pixels = torch.randint(0, 256, (batch, 1, resolution, resolution), dtype=torch.uint8)
    pixels = pixels.to(memory_format=torch.channels_last)
    labels = torch.nn.functional.one_hot(torch.randint(0, LABELS, (batch,)), LABELS).float()

    def update(network, loss: torch.Tensor) -> float:
        gradients = torch.autograd.grad(loss, weights[network])
        for weight, gradient in zip(weights[network], gradients, strict=True):
            weight.grad = gradient
        adam[network].step()
        # What ours reports too.
        torch.stack(torch._foreach_norm(gradients)).norm()
        return float(loss.detach())

    def discriminator_loss(images: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            fakes = generator(torch.randn(batch, channels), labels)
        # One pass over both, as ours.
        both = discriminator(torch.cat([images, fakes]), labels.repeat(2, 1))
        real, fake = both[:batch], both[batch:]
        mixed = (images + (fakes - images) * torch.rand(batch, 1, 1, 1)).requires_grad_()
        [slope] = torch.autograd.grad(discriminator(mixed, labels).sum(), mixed, create_graph=True)
        norm = torch.sqrt(slope.square().sum([1, 2, 3]) + 1e-12)
        return (fake - real + DRIFT * real.square() + PENALTY * (norm - 1.0).square()).mean()

    def generator_loss() -> torch.Tensor:
        drawn = labels[torch.randint(0, batch, (batch,))]
        return -discriminator(generator(torch.randn(batch, channels), drawn), drawn).mean()

    def step() -> list[float]:
        images = pixels.float() / 127.5 - 1.0
        loss_d = update(discriminator, discriminator_loss(images))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), weights[generator], 1.0 - DECAY)
        return [loss_d, update(generator, generator_loss())]

    return step


if __name__ == "__main__":
    serve(make_step, sys.argv[1:])
