"""Section `variants.<name>`, which describes one autoencoder."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stages.core.params import Distinct, Section, Several, Width, Widths

# The weight of the KL; whole numbers stay whole, since a stage of `beta_curve` is named after one.
Beta = (
    Annotated[int, Field(ge=0, le=1_000_000_000)]
    | Annotated[float, Field(ge=0, le=1e9)]
    | Literal["pixels_times_batch_size", "calibrated"]
)
Betas = Annotated[Several[Beta], Distinct, Field(max_length=1_000)]
Activation = Literal["linear", "relu", "sigmoid", "tanh", "elu", "gelu", "silu"]


class Dense(Section):
    """Dense layers of the given widths, then the code; the decoder is the mirror image."""

    kind: Literal["dense"]
    hidden: Widths
    activation: Activation | None = None
    latent_dim: Width
    latent_activation: Activation

    @model_validator(mode="after")
    def _activation_of_hidden_layers(self) -> Self:
        if bool(self.hidden) != (self.activation is not None):
            raise ValueError(
                "activation where there are hidden layers and nowhere else, received activation "
                f"{self.activation} and hidden {list(self.hidden)}"
            )
        return self


class Convolutional(Section):
    """Convolutions with stride 2, then a dense code; the decoder mirrors them with transposed
    convolutions.
    """

    kind: Literal["convolutional"]
    filters: Annotated[Widths, Field(min_length=1)]
    kernel_size: Annotated[int, Field(gt=0, le=15)]
    activation: Activation
    latent_dim: Width
    latent_activation: Activation


Architecture = Annotated[Dense | Convolutional, Field(discriminator="kind")]


class Noise(Section):
    """Gaussian noise added to the input; the target stays clean."""

    stddev: Annotated[float, Field(gt=0, le=10)]


class Sparsity(Section):
    """Weight x KL(target || mean activation over the batch), summed over the code's units."""

    target: Annotated[float, Field(gt=0, lt=1)]
    weight: Annotated[float, Field(ge=0, le=1e9)]


class Variant(Section):
    """An architecture and an objective: squared error summed over pixels, and the terms given here.

    `beta` makes the autoencoder variational: its encoder gives `z_mean` and `z_log_var`, and
    beta x KL(q(z|x) || N(0, I)) is added to the objective. `pixels_times_batch_size` is the weight
    that the tutorial's code applies without saying so; `calibrated` takes the decoder variance of
    largest likelihood in place of 1/2, for which beta is 1.
    """

    architecture: Architecture
    noise: Noise | None = None
    sparsity: Sparsity | None = None
    beta: Beta | None = None

    @model_validator(mode="after")
    def _code_suits_objective(self) -> Self:
        activation = self.architecture.latent_activation
        if self.sparsity and activation != "sigmoid":
            raise ValueError(
                "latent_activation sigmoid where there is sparsity (a mean activation between 0 "
                f"and 1), received {activation}"
            )
        if self.beta is not None and activation != "linear":
            raise ValueError(
                "latent_activation linear where there is beta (z_mean and z_log_var take any "
                f"value), received {activation}"
            )
        if self.beta is not None and self.sparsity:
            raise ValueError("beta or sparsity, received both")
        return self

    @property
    def variational(self) -> bool:
        """Whether the code is a distribution."""
        return self.beta is not None
