"""Offers: random searches of a large network through the real slotting service, beside the same join in raw SQL."""


def main(argv: list[str]) -> int:
    """Run the cases asked for. Imported late, so that the load process starts without what only the bench needs."""
    from tests.bench.offers import cases

    return cases.main(argv)
