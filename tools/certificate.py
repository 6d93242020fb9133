"""What `make verify` found, in the forms in which it says so."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from stages.page.names import plural
from tools.lock_integrity import Fault
from tools.recomputation import Result
from tools.study import Check
from tools.tolerance import Status

# How the time is written, for `datetime`.
TIME = "%Y-%m-%d %H:%M UTC"


class Verification(NamedTuple):
    """All that was found.

    Attributes:
        facts: of the run: commit, options, environment.
        faults: of what is published.
        results: of each output that was recomputed.
        claims: published and recomputed verdict by the claim's id.
    """

    facts: dict[str, str]
    faults: list[Fault]
    results: list[Result]
    claims: dict[str, tuple[str, str]]

    def changed(self) -> dict[str, tuple[str, str]]:
        """Claims with another verdict after the recomputation."""
        return {name: pair for name, pair in self.claims.items() if pair[0] != pair[1]}

    def good(self, strict: bool) -> bool:
        """Whether the published results are verified; if strict, only by identical outputs."""
        accepted = {Status.IDENTICAL} if strict else {Status.IDENTICAL, Status.WITHIN}
        statuses = {result.status for result in self.results}
        return not self.faults and not self.changed() and statuses <= accepted


def line(fault: Fault) -> str:
    """Write a fault for a terminal."""
    return f"FAULT  {fault.subject}: {fault.fault}"


def table(verification: Verification) -> str:
    """Write for a terminal: every fault, every output that is not identical, and counts."""
    lines = ["", "Integrity of the published files"]
    lines += [f"  {line(fault)}" for fault in verification.faults]
    if not verification.faults:
        lines.append("  files, code and parameters are those of dvc.lock")
    lines += ["", "Recomputation"]
    for result in verification.results:
        if result.status != Status.IDENTICAL:
            lines.append(f"  {result.status}: {result.path} ({result.note})")
    counts = Counter(result.status for result in verification.results)
    of = len(verification.results)
    lines += [f"  {counts[status]} of {of} {status}" for status in Status]
    lines += ["", "Claims"]
    changed = verification.changed()
    lines += [f"  CHANGED  {name}: {old} -> {new}" for name, (old, new) in changed.items()]
    lines.append(f"  {plural(len(verification.claims) - len(changed), 'verdict')} unchanged")
    return "\n".join(lines)


def as_json(verification: Verification, strict: bool) -> str:
    """Write everything as JSON; `strict` as for `Verification.good`."""
    content = {
        "verified": verification.good(strict),
        "strict": strict,
        "facts": verification.facts,
        "integrity": [fault._asdict() for fault in verification.faults],
        "recomputation": [result._asdict() for result in verification.results],
        "claims": {
            name: {"published": old, "recomputed": new, "changed": old != new}
            for name, (old, new) in verification.claims.items()
        },
    }
    return json.dumps(content, indent=2) + "\n"


def as_check(verification: Verification) -> Check:
    """Write in sentences for `codecheck.yml` and the RO-Crate; nothing may be wrong."""
    facts = verification.facts
    counts = Counter(result.status for result in verification.results)
    summary = (
        f"`make verify` computed the results again (data set: {facts['Data set']}; results from a"
        f" cache: {facts['Results from a cache']}). Outputs: {len(verification.results)},"
        f" of which identical: {counts[Status.IDENTICAL]}, within tolerance:"
        f" {counts[Status.WITHIN]};"
        f" {plural(len(verification.claims), 'verdict is', 'verdicts are')} unchanged."
    )
    when = datetime.strptime(facts["Time"], TIME).replace(tzinfo=UTC)
    return Check(facts["Commit"], when.isoformat(), summary)


def certificate(verification: Verification, strict: bool) -> str:
    """Write a page of Markdown; `strict` as for `Verification.good`."""
    good = verification.good(strict)
    demand = "identical bytes" if strict else "identical bytes, or numbers within tolerance"
    lines = [
        "# Verified" if good else "# Not verified",
        "",
        f"`make verify` cloned the commit, ran the pipeline there and demanded {demand}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in verification.facts.items()),
        "",
        "```",
        table(verification).strip(),
        "```",
    ]
    return "\n".join(lines) + "\n"
