"""DVC stage download: the first source that works -> verified, decompressed IDX files."""

from stages.datasets import idx
from stages.datasets.sources import fetch
from stages.files.command import Input, Output, run
from stages.files.formats import replacing
from stages.settings.dataset import Dataset, Name
from stages.settings.section import read


def main(params: Input, raw: Output) -> None:
    """Fetch the data set named in the parameters.

    Args:
        params: `params.yaml`; reads `dataset` and the entry of `datasets` that it names.
        raw: folder for the four IDX files.
    """
    name = read(params, "dataset", Name)
    files = fetch(read(params, f"datasets.{name}", Dataset))
    with replacing(raw) as folder:
        folder.mkdir()
        for key, content in files.items():
            (folder / idx.FILES[key]).write_bytes(content)


if __name__ == "__main__":
    run(main)
