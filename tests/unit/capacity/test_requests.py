"""Reading what callers ask."""

import pytest

from services.capacity.rpc.requests import key_after
from services.kernel.errors import Invalid
from services.kernel.paging import Page
from tests.support.capacity import SYNTHESIS


def test_a_page_begins_after_the_run_that_its_token_names() -> None:
    assert key_after(Page(10, f"{SYNTHESIS.isoformat()} runs/lu-1", b"")) == (SYNTHESIS, "runs/lu-1")
    assert key_after(Page(10, None, b"")) is None


@pytest.mark.parametrize("key", ["", "nothing", "2027-03-01T12:00:00 runs/lu-1", f"{SYNTHESIS.isoformat()} slots/1"])
def test_a_page_token_that_somebody_made_up_is_refused(key: str) -> None:
    with pytest.raises(Invalid, match="page_token"):
        key_after(Page(10, key, b""))
