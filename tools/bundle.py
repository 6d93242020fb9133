"""The folder for whoever checks the study: the commit with its results, and two descriptions.

`codecheck.yml` says, for CODECHECK (https://codecheck.org.uk), which outputs are to be computed
again; what the commit does not say is left open. `ro-crate-metadata.json` is described in
`tools.crate`. Both are derived from what the commit says of itself, see `tools.study`.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import LiteralScalarString

from tools.crate import describe
from tools.project import git
from tools.study import Check, Study, address, full_name, manifest, read_study

_SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"
_START = """\
Written by `make verify`. README.md says how to compute the files of the manifest again.
A field without a value is to be filled in.
"""


def write_bundle(published: Path, folder: Path, certificates: Sequence[Path], check: Check) -> None:
    """Write the folder.

    Args:
        published: a checkout with committed results that were verified.
        folder: where to; what is there already is replaced, and only by the whole.
        certificates: what `make verify` wrote.
        check: what it found.
    """
    partial = published.with_name("bundle")
    shutil.rmtree(partial, ignore_errors=True)
    listed = git(published, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    copies = {published / name: name for name in listed.split("\0") if name}
    copies |= {file: f"codecheck/{file.name}" for file in certificates}
    for source, name in copies.items():
        if source.is_file():  # in a checkout with the results on the digits, some are not
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, partial / name)
    study = read_study(published)
    (partial / "codecheck.yml").write_text(
        codecheck(study, partial, check), encoding="utf-8", newline="\n"
    )
    paths = [f"codecheck/{file.name}" for file in certificates]
    describe(study, partial, paths, check).metadata.write(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def codecheck(study: Study, folder: Path, check: Check) -> str:
    """Write `codecheck.yml`.

    Args:
        study: what it says of itself.
        folder: where the file belongs, with all that is published.
        check: what `make verify` found.
    """
    citation = study.citation
    authors = [
        CommentedMap(name=full_name(entry), ORCID=entry.get("orcid", "").rpartition("/")[2] or None)
        for entry in citation["authors"]
    ]
    paper = CommentedMap(title=citation["title"], authors=authors, reference=address(citation))
    checker = CommentedMap(name=None, ORCID=None)
    content = CommentedMap(
        version=_SPECIFICATION,
        manifest=[{"file": item.path, "comment": item.desc} for item in manifest(study, folder)],
        paper=paper,
        repository=citation.get("repository-code"),
        source=f"Git commit {check.commit}",
        codechecker=[checker],
        check_time=f"{datetime.fromisoformat(check.time):%Y-%m-%d %H:%M:%S}",
        summary=LiteralScalarString(check.summary + "\n"),
        report=None,
        certificate=None,
    )
    content.yaml_set_start_comment(_START)
    hints = {
        "reference": (paper, "address of the article or report, best a DOI"),
        "repository": (content, "address of the repository"),
        "name": (checker, "who checked"),
        "report": (content, "address of the published certificate, best a DOI"),
        "certificate": (content, "of CODECHECK's register: YYYY-NNN"),
    }
    for key, (where, hint) in hints.items():
        if where[key] is None:
            where.yaml_add_eol_comment(hint, key, column=0)
    yaml = YAML()
    yaml.version = (1, 1)
    yaml.width = 1000  # a sentence a line
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(content, text)
    return text.getvalue()
