"""Claims: durable claims through the real slotting service, beside raw gRPC and beside what a team writes in a day."""


def main(argv: list[str]) -> int:
    """Run the cases asked for. Imported late, so that the load processes start without what only the bench needs."""
    from tests.bench.claims import cases

    return cases.main(argv)
