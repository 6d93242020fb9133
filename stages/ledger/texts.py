"""What tables, figures and the page call regimes and claims."""

from typing import NamedTuple


class RegimeText(NamedTuple):
    """How a regime is named.

    Attributes:
        name: in tables and sentences.
        label: in figures, where no sentence explains the name.
        usual: its name in the literature, or an empty string where ours is the usual one.
        meaning: what learns.
    """

    name: str
    label: str
    usual: str
    meaning: str


REGIMES: dict[str, RegimeText] = {
    "frozen": RegimeText(
        "frozen",
        "frozen",
        "linear probe",
        "only the output layer learns, by logistic regression on the codes",
    ),
    "finetuned": RegimeText(
        "fine-tuned",
        "fine-tuned, frozen first",
        "linear probe, then fine-tuning",
        "everything learns, the output layer starting from that of the frozen encoder",
    ),
    "finetuned_direct": RegimeText(
        "fine-tuned at once",
        "fine-tuned at once",
        "fine-tuning",
        "everything learns, the output layer from fresh weights",
    ),
    "propagated": RegimeText(
        "propagated",
        "propagated",
        "Laplace learning",
        "labels spread over a graph of all images' codes, or, of wide codes, of their first "
        "principal components; the test images are among them without their labels",
    ),
    "propagated_inductive": RegimeText(
        "propagated, inductive",
        "propagated, inductive",
        "",
        "the same without test images in the graph; each takes the mean of its nearest training "
        "images",
    ),
    "scratch": RegimeText(
        "from scratch",
        "from scratch",
        "",
        "the same layers, everything learns from fresh weights",
    ),
    "random": RegimeText(
        "untrained, frozen",
        "untrained, frozen",
        "random features",
        "as frozen, on an encoder with fresh weights",
    ),
}

# The source of what the tutorial neither says nor implies.
OWN_QUESTION = "a question of this study"

# The claims by the first part of their ids, in the order of the report.
CLAIMS = {
    "near_perfect_reconstruction": "A trivial autoencoder reconstructs near perfectly",
    "decoder_inverts_encoder": "A trivial autoencoder's decoder approximates the inverse of its "
    "encoder",
    "separates_like_pixels_by_eye": "A trivial code separates the classes as pixels do, for "
    "nearest neighbours on two principal components",
    "separates_like_pixels_by_neighbours": "A trivial code separates the classes as pixels do, for "
    "nearest neighbours on all of it",
    "separates_like_pixels_by_probe": "A trivial code separates the classes as pixels do, for a "
    "linear probe",
    "separates_better_than_pixels_by_eye": "A restricted code separates the classes better than "
    "pixels, for nearest neighbours on two principal components",
    "separates_better_than_pixels_by_neighbours": "A restricted code separates the classes better "
    "than pixels, for nearest neighbours on all of it",
    "separates_better_than_pixels_by_probe": "A restricted code separates the classes better than "
    "pixels, for a linear probe",
    "beats_pca": "Compression beats PCA of the same width",
    "reaches_target_activation": "A sparse code reaches its target activation",
    "makes_sparse": "With the penalty, an image uses fewer units than with the squared error alone",
    "unusual_inputs_use_more_units": "Unusual inputs use more of a sparse code, and more so than "
    "with the squared error alone",
    "removes_noise": "A denoising autoencoder removes noise better than what was not trained to",
    "pretraining_helps": "With few labels, pretraining helps",
    "freezing_first_helps": "Freezing the encoder first helps fine-tuning",
    "frozen_beats_pixels": "With few labels, a frozen code is worth more than pixels",
    "propagation_beats_pca": "Labels spread better over codes than over principal components",
    "objective_helps_frozen": "The objective alone helps: frozen, against the same architecture",
    "objective_helps_finetuned": "The objective alone helps: fine-tuned, the same way",
    "samples_badly": "A plain autoencoder samples worse from N(0, I) than a Gaussian of principal "
    "components",
    "samples_well": "A variational autoencoder's samples from N(0, I) look more real than blurred "
    "real images",
    "samples_better_than_mixture": "A variational autoencoder's samples from N(0, I) are better "
    "than a plain one's from a mixture fitted to its codes",
    "regular_latent_space": "The latent space of a variational autoencoder is more regular",
    "posterior_collapses": "The tutorial's weight of the KL collapses the posterior",
}
