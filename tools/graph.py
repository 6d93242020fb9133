"""Draw the pipeline's graph from dvc.yaml: `python -m tools.graph` writes reports/pipeline.png."""

from stages.figures.pipeline import edges, pipeline_graph
from stages.figures.style import save
from stages.settings.section import load
from tools.reproduce import PROJECT

if __name__ == "__main__":
    save(pipeline_graph(edges(load(PROJECT / "dvc.yaml"))), PROJECT / "reports" / "pipeline.png")
