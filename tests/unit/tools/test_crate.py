"""The study as an RO-Crate."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rocrate.rocrate import ROCrate
from rocrate.vocabs import RO_CRATE

from tests.support import PROJECT
from tests.unit.tools.invented_study import FILES, NOT_COMMITTED, STAGES, entry
from tools.bundle import write_bundle
from tools.study import Check

CHECK = Check("abc123", "2026-01-02T03:04:00+00:00", "Of 8 outputs, 8 are identical.")
METADATA = "ro-crate-metadata.json"
Graph = dict[str, dict[str, Any]]


def written(published: Path, certificates: list[Path], check: Check = CHECK) -> Path:
    folder = published.parents[1] / "bundle"
    write_bundle(published, folder, certificates, check)
    return folder


def graph(folder: Path) -> Graph:
    content = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in content["@graph"]}
    assert len(entities) == len(content["@graph"])
    return entities


def ids(value: Any) -> list[str]:
    """Identifiers that a property names, in order."""
    values = value if isinstance(value, list) else [value]
    return [each["@id"] for each in values]


def references(entities: Graph) -> Iterator[str]:
    for entity in entities.values():
        for value in entity.values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield each["@id"]


def of_type(entities: Graph, name: str) -> Graph:
    return {
        key: entity
        for key, entity in entities.items()
        if name == entity["@type"]
        or (isinstance(entity["@type"], list) and name in entity["@type"])
    }


def hold_together(folder: Path) -> Graph:
    """Hold a crate against the specification and against the files beside it.

    `rocrate-validator` demands the same and more; it fetches what it compares with from the web.
    """
    crate = ROCrate(folder)
    assert crate.mainEntity.id == "dvc.yaml"
    entities = graph(folder)
    known = {
        *entities,
        "https://w3id.org/ro/crate/1.1",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    }
    assert set(references(entities)) <= known
    # Terms that the context does not have mean nothing; two are of the workflow-run context.
    keys = {key for entity in entities.values() for key in entity} - {"@id", "@type"}
    assert keys <= {*RO_CRATE["@context"], "md5", "sha256"}
    files = of_type(entities, "File")
    for name, entity in files.items():
        content = (folder / unquote(name)).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))
        assert entity["encodingFormat"]
    for name in of_type(entities, "Dataset"):
        assert (folder / unquote(name)).is_dir()
    parts = set(ids(entities["./"]["hasPart"]))
    assert parts == {*files, *of_type(entities, "Dataset")} - {"./", METADATA}
    # The profiles' demands.
    workflow = entities["dvc.yaml"]
    steps, started = of_type(entities, "HowToStep"), of_type(entities, "ControlAction")
    actions = of_type(entities, "CreateAction")
    assert {*workflow["@type"]} == {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"}
    assert set(ids(workflow["step"])) == set(steps)
    assert {ids(step["workExample"])[0] for step in steps.values()} == set(ids(workflow["hasPart"]))
    assert {ids(each["instrument"])[0] for each in started.values()} == set(steps)
    assert {ids(each["object"])[0] for each in started.values()} == {*actions} - {
        "#run",
        "#verification",
    }
    assert ids(entities["#engine"]["object"]) == list(started)
    assert ids(entities["#engine"]["result"]) == ["#run"]
    assert set(ids(entities["./"]["mentions"])) == set(actions)
    assert all(ids(action["instrument"])[0] in files for action in actions.values())
    return entities


def test_an_invented_study_holds_together(published: Path, certificates: list[Path]) -> None:
    entities = hold_together(written(published, certificates))
    root = entities["./"]
    assert root["name"] == "A study: small"
    assert root["description"] == "A small study"
    assert root["datePublished"] == CHECK.time
    assert root["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert entities[ids(root["author"])[0]]["name"] == "Its authors"
    paper = entities["https://doi.org/10.1000/1"]
    assert entities[ids(paper["author"])[0]] == {
        "@id": "#Ada%20Lovelace",
        "@type": "Person",
        "name": "Ada Lovelace",
    }


def test_each_stage_is_an_action_with_what_it_read_and_wrote(
    published: Path, certificates: list[Path]
) -> None:
    entities = graph(written(published, certificates))

    def paths(value: object) -> list[str]:
        return [entities[each]["name"] for each in ids(value)]

    for name, (deps, params, outs) in STAGES.items():
        action = entities[f"#{name}"]
        tool = f"stages/{name.partition('@')[0]}.py"
        code = [path for path in deps if path.startswith(("stages", "requirements"))]
        data = [path for path in deps if path not in code]
        assert action["instrument"] == {"@id": tool}
        assert paths(action["object"]) == data + list(params)
        assert paths(action["result"]) == outs
        assert paths(entities[tool]["softwareRequirements"]) == [
            path for path in code if path != tool
        ]
    assert entities["#train@wide"]["name"] == "Train wide"
    assert entities["#train@wide"]["description"] == "Stage train@wide: python -m stages.train wide"
    assert entities["#parameter/variants.plain"]["value"] == '{"layers": [2, 3]}'
    run = entities["#run"]
    assert paths(run["object"]) == ["params.yaml"]
    committed = [path for *_, outs in STAGES.values() for path in outs if path[:4] != "data"]
    assert paths(run["result"]) == committed


def test_every_hash_of_the_lock_is_given_also_of_what_is_not_there(
    published: Path, certificates: list[Path]
) -> None:
    entities = {
        entity["name"]: entity
        for entity in graph(written(published, certificates)).values()
        if "name" in entity
    }
    for path in {path for deps, _, outs in STAGES.values() for path in (*deps, *outs)}:
        locked, said = entry(path), entities[path]
        folder = str(locked["md5"]).endswith(".dir")
        assert said["identifier" if folder else "md5"] == locked["md5"]
        if path in NOT_COMMITTED:
            assert (said["@id"], said["@type"]) == (f"#{path}", "CreativeWork")
            assert said["contentSize"] == str(locked["size"])
    assert ids(entities["reports/charts"]["hasPart"]) == [
        "reports/charts/a.svg",
        "reports/charts/b.svg",
    ]
    assert ids(entities["data/models"]["hasPart"]) == [f"#{path}" for path in NOT_COMMITTED[2:]]


def test_what_was_found_is_an_action_whose_results_are_the_certificates(
    published: Path, certificates: list[Path]
) -> None:
    verification = graph(written(published, certificates))["#verification"]
    assert verification["description"] == CHECK.summary
    assert verification["endTime"] == CHECK.time
    assert verification["instrument"] == {"@id": "tools/verify.py"}
    assert ids(verification["result"]) == [f"codecheck/{file.name}" for file in certificates]


def test_only_the_time_of_the_check_differs(published: Path, certificates: list[Path]) -> None:
    def texts(check: Check) -> list[str]:
        folder = written(published, certificates, check)
        return [(folder / name).read_text() for name in (METADATA, "codecheck.yml")]

    later = CHECK._replace(time="2027-11-12T13:14:00+00:00")
    first, second = texts(CHECK), texts(later)
    assert texts(CHECK) == first
    old, new = (hashlib.sha256(text.encode()).hexdigest() for text in (first[1], second[1]))
    assert second == [
        first[0].replace(CHECK.time, later.time).replace(old, new),
        first[1].replace("2026-01-02 03:04:00", "2027-11-12 13:14:00"),
    ]


def test_optional_fields_of_the_citation_may_be_absent(
    published: Path, certificates: list[Path]
) -> None:
    citation = published / "CITATION.cff"
    text = FILES["CITATION.cff"]
    citation.write_text(text[: text.index("keywords")])
    (published / "reports" / "provenance.md").unlink()
    root = hold_together(written(published, certificates))["./"]
    assert "keywords" not in root
    assert "citation" not in root


def test_the_committed_study_holds_together(tmp_path: Path, certificates: list[Path]) -> None:
    published = tmp_path / "build" / "verify" / "published"
    subprocess.run(["git", "clone", "--quiet", PROJECT, published], check=True)
    entities = hold_together(written(published, certificates))
    assert "reports/report.html" in entities
    assert "#data/models/vae" in entities
