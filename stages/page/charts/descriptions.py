"""What the charts are, for readers who do not see them."""

# Title and description of each chart, by the name of its file in `reports/charts`.
DESCRIPTIONS = {
    "overview": (
        "What some of the autoencoders reconstruct and sample",
        "A row for each autoencoder: reconstructions of the test images above, what its decoder "
        "makes of random codes from N(0, I), test error, accuracy with few labels, and coverage "
        "of real images.",
    ),
    "reconstructions": (
        "Test images and their reconstructions",
        "A row of reconstructions for each autoencoder, below the test images; beside them what "
        "becomes of the same images with noise.",
    ),
    "error_by_live_units": (
        "Test error against live units",
        "One mark for each autoencoder: its test error against the number of units of its code "
        "that vary; a line for principal components.",
    ),
    "codes": (
        "Test images on two principal components",
        "A panel for pixels and one for each of some codes; a mark for each of some test "
        "images, by class.",
    ),
    "trade_off": (
        "Separation of the classes against test error",
        "One mark for each autoencoder: accuracy of nearest neighbours on its code against its "
        "test error.",
    ),
    "exercise": (
        "The exercise's settings",
        "One mark for each setting: accuracy of nearest neighbours on its code against the error "
        "on validation images, with the front and the winner.",
    ),
    "differences": (
        "Differences of test accuracies with their intervals",
        "A panel for each comparison, a line for each autoencoder: the mean difference and its "
        "interval.",
    ),
    "label_curve": (
        "Test accuracy against the number of labels",
        "A line for each regime: mean test accuracy at each number of labels, with a band from "
        "the lowest to the highest run.",
    ),
    "accuracy": (
        "Test accuracy with few labels",
        "A mark for each run and a line for each mean, by autoencoder and regime.",
    ),
    "sampling": (
        "Samples and sets of known quality by both measures",
        "One mark for each autoencoder's samples from N(0, I) and for each set whose quality is "
        "known: coverage against the accuracy of telling the set from real images.",
    ),
    "samples": (
        "Decoded random codes",
        "A row for each autoencoder: images decoded from N(0, I), from a Gaussian and from a "
        "mixture fitted to its codes.",
    ),
    "interpolations": (
        "Decoded codes between two test images",
        "A row for each of some autoencoders: a test image, the decoded codes "
        "on the line between their codes, the other image.",
    ),
    "all_interpolations": (
        "Decoded codes between two test images, by all autoencoders",
        "A row for each autoencoder: a test image, the decoded codes on the line to another, that"
        " image.",
    ),
    "traversals": (
        "One test image's code, with one latent at a time moved",
        "Two rows for each autoencoder, for the two latents with the largest variance: the code "
        "of one test image, with that latent moved from the 1st to the 99th percentile of its "
        "values.",
    ),
    "beta_curve": (
        "What each weight of the KL gives",
        "Three panels: distortion against rate; over the weight of the KL, active units, and the "
        "Fréchet distance of samples and of reconstructions to real images.",
    ),
    "printed": (
        "Codes from N(0, I), decoded by the tutorial's models as printed and by the study's",
        "A row for each model of the tutorial, as its program prints it and as trained here, and "
        "a row for the repaired variational autoencoder.",
    ),
    "kl_of_latents": (
        "KL of each latent",
        "A line for each seed of each variational autoencoder: KL in nats per image by latent, "
        "the largest first.",
    ),
    "learning_curves": (
        "Learning curves",
        "Squared error per pixel against the epoch, for training and validation images, a line "
        "for each autoencoder: means over seeds, bands from the lowest to the highest. Where a "
        "variant learns from noisy images or samples its codes, these are the errors with them.",
    ),
}
