"""A desk for each test that wants one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paper_desk import PaperDesk


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PaperDesk]:
    made = PaperDesk(tmp_path)
    yield made
    made.close()
