"""Draw the pipeline's graph from dvc.yaml: `python -m tools.graph` writes reports/pipeline.png."""

from pathlib import Path

from stages.core.params import load
from stages.figures.pipeline import edges, pipeline_graph
from stages.figures.style import save
from tools.reproduce import PROJECT

# Committed, and not made by a stage, since DVC allows none to depend on dvc.yaml.
PICTURE = PROJECT / "reports" / "pipeline.png"


def draw(path: Path) -> None:
    """Draw the graph of the checkout's pipeline.

    Args:
        path: where to; PNG.
    """
    save(pipeline_graph(edges(load(PROJECT / "dvc.yaml"))), path)


if __name__ == "__main__":
    draw(PICTURE)
