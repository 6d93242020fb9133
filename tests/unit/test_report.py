"""The report's notebook and its parameters."""

import pytest

from stages.core.errors import InputError
from stages.report import refuse_unknown
from tests.support import PROJECT


def test_the_notebook_refuses_a_parameter_that_it_does_not_have() -> None:
    with pytest.raises(InputError, match=r"report: expected parameters .*, received decimal$"):
        refuse_unknown({"decimals": 3, "decimal": 2}, PROJECT / "reports" / "report.ipynb")
