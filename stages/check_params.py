"""DVC stage check_params: `params.yaml`, whole -> a constant file, or a refusal."""

from pathlib import Path

from stages.files.command import Input, Output, run
from stages.files.formats import write_text
from stages.settings.everything import Everything
from stages.settings.section import load, validate


def main(params: Input, checked: Output) -> None:
    """Validate every section and what they mean together.

    Args:
        params: `params.yaml`.
        checked: a file with constant content: valid changes rerun nothing by themselves.
    """
    validate(load(params), Everything, Path(params).name)
    write_text(checked, "params.yaml is valid\n")


if __name__ == "__main__":
    run(main)
