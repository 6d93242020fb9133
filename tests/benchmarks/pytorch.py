"""A contender: PyTorch, with Adam as one fused operation."""

import sys
import time
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from stages.models.schema import Architecture, Convolutional, Dense, Variant
from tests.benchmarks.case import Case, images_per_second
from tests.benchmarks.workers import serve

_ACTIVATIONS = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class Autoencoder(nn.Module):
    """The architecture and the objective of a variant.

    Args:
        variant: what is built and minimised.
        height: of an image.
        width: of an image.
        kl_weight: of a nat per image.
    """

    def __init__(self, variant: Variant, height: int, width: int, kl_weight: float) -> None:
        super().__init__()
        self._variant = variant
        self._kl_weight = kl_weight
        architecture = variant.architecture
        self._hidden, features, self._decoder = _layers(architecture, height, width)
        heads = 2 if variant.variational else 1
        self._heads = nn.ModuleList(
            nn.Linear(features, architecture.latent_dim) for _ in range(heads)
        )
        self._activation = _ACTIVATIONS[architecture.latent_activation]()

    def forward(self, x: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            x: (batch, 1, height, width).

        Returns:
            ().
        """
        noise, sparsity = self._variant.noise, self._variant.sparsity
        given = x + noise.stddev * torch.randn_like(x) if noise else x
        hidden = self._hidden(given)
        z, *z_log_var = (self._activation(head(hidden)) for head in self._heads)
        penalty: Tensor | float = 0.0
        for log_var in z_log_var:
            kl = 0.5 * (z.square() + log_var.exp() - 1 - log_var).sum(dim=1)
            penalty = self._kl_weight * kl.mean()
            z = z + (log_var / 2).exp() * torch.randn_like(z)
        if sparsity:
            mean, target = z.mean(dim=0).clamp(1e-7, 1 - 1e-7), sparsity.target
            kl = target * (target / mean).log() + (1 - target) * ((1 - target) / (1 - mean)).log()
            penalty = penalty + sparsity.weight * kl.sum()
        return (self._decoder(z) - x).square().sum(dim=(1, 2, 3)).mean() + penalty


def _layers(
    architecture: Architecture, height: int, width: int
) -> tuple[nn.Sequential, int, nn.Sequential]:
    """Layers before the code, the number of their features, and the decoder."""
    activation = _ACTIVATIONS[architecture.activation or "linear"]
    encoder: list[nn.Module] = []
    decoder: list[nn.Module] = []
    match architecture:
        case Dense():
            widths = [height * width, *architecture.hidden]
            encoder.append(nn.Flatten())
            for inputs, outputs in pairwise(widths):
                encoder += [nn.Linear(inputs, outputs), activation()]
            back = [architecture.latent_dim, *reversed(widths)]
            for inputs, outputs in pairwise(back):
                decoder += [nn.Linear(inputs, outputs), activation()]
            decoder[-1] = nn.Unflatten(1, (1, height, width))  # the last layer is linear
            features = widths[-1]
        case Convolutional():
            size, filters = architecture.kernel_size, [1, *architecture.filters]
            for inputs, outputs in pairwise(filters):
                encoder += [nn.Conv2d(inputs, outputs, size, padding="same"), activation()]
                encoder.append(nn.MaxPool2d(2, ceil_mode=True))
            encoder.append(nn.Flatten())
            scale = 2 ** len(architecture.filters)
            rows, columns = -(-height // scale), -(-width // scale)
            features = rows * columns * filters[-1]
            decoder += [nn.Linear(architecture.latent_dim, features), activation()]
            decoder.append(nn.Unflatten(1, (filters[-1], rows, columns)))
            back = filters[::-1]
            for inputs, outputs in pairwise(back):
                before = (size - 1) // 2
                twice = {"stride": 2, "padding": before, "output_padding": 2 + 2 * before - size}
                decoder += [nn.ConvTranspose2d(inputs, outputs, size, **twice), activation()]
            # The last layer is linear; what is too much is cropped.
            decoder[-1] = nn.ZeroPad2d((0, width - columns * scale, 0, height - rows * scale))
    return nn.Sequential(*encoder), features, nn.Sequential(*decoder)


def main(given: Case) -> None:
    """Serve the task of training.

    Args:
        given: the images.
    """
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    settings = given.train
    x = torch.from_numpy(np.moveaxis(given.images, -1, 1).copy())

    def train(variant: str) -> float:
        """Images per second."""
        chosen, (_, _, height, width) = given.variant(variant), x.shape
        factor = height * width * settings.batch_size
        kl_weight = factor if chosen.beta == "pixels_times_batch_size" else chosen.beta or 0
        model = Autoencoder(chosen, height, width, kl_weight)
        optimizer = torch.optim.Adam(model.parameters(), settings.learning_rate, fused=True)
        ends = []
        for _ in range(settings.epochs):
            for batch in torch.randperm(len(x)).split(settings.batch_size):
                optimizer.zero_grad()
                model(x[batch]).backward()
                optimizer.step()
            ends.append(time.perf_counter())
        return images_per_second(len(x), ends)

    serve({"train": train})


if __name__ == "__main__":
    main(Case(*sys.argv[1:]))
