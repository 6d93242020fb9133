"""DVC stage download: the first source that works -> verified, decompressed IDX files."""

from stages.core.cli import Input, Output, run
from stages.core.formats import replacing
from stages.core.names import Name
from stages.core.params import read
from stages.datasets import idx
from stages.datasets.schema import Dataset
from stages.datasets.sources import fetch


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
