"""DVC stage normalize: raw IDX files -> float32 images in [0, 1], labels, a profile."""

from stages.core.cli import Input, Output, run
from stages.core.formats import write_arrays, write_json
from stages.core.names import Name
from stages.core.params import read
from stages.datasets import idx
from stages.datasets.arrays import normalize, profile
from stages.datasets.checksums import verify
from stages.datasets.schema import Dataset


def main(params: Input, raw: Input, images: Output, profile_file: Output) -> None:
    """Parse, check and scale the data set.

    Args:
        params: `params.yaml`; reads `dataset` and the entry of `datasets` that it names.
        raw: folder of the four IDX files.
        images: npz with `x_train`, `y_train`, `x_test`, `y_test`.
        profile_file: flat JSON: counts per class, mean, deviation.
    """
    name = read(params, "dataset", Name)
    dataset = read(params, f"datasets.{name}", Dataset)
    files = {key: (raw / file).read_bytes() for key, file in idx.FILES.items()}
    verify(files, dataset.sha256)  # once more: these may have come from a cache
    arrays = normalize(files, dataset)
    write_arrays(images, **arrays._asdict())
    write_json(profile_file, profile(arrays, len(dataset.classes)))


if __name__ == "__main__":
    run(main)
