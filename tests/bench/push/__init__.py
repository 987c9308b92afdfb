"""Courier push: how fast a push is verified, stored, judged and answered, beside a bare route with one insert."""


def main(argv: list[str]) -> int:
    """Run the cases asked for. Imported late, so that the load processes start without what only the bench needs."""
    from tests.bench.push import cases

    return cases.main(argv)
