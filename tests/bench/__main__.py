"""`python -m tests.bench [NAME]`: run all benches or one, a JSON line a case on standard output."""

import argparse
import importlib
import sys

BENCHES = {
    "loop": "the longest that one request holds the event loop: claims, preview, offers, epcis, lists, proposal",
    "claims": "durable claims over gRPC: spread, hot, hot_flush, batch, peer, single",
    "offers": "searches of a large network over gRPC: search",
    "relay": "from outbox to Kafka: drain, age",
    "push": "courier push: stored, steady, seen",
    "streams": "feeds to subscribers, to topics and to endpoints: grpc, webhooks, kafka, fanout",
    "quality": "results to verdicts: rules, verdict",
    "crm": "changes of slots out to Salesforce in collections: composite, memory",
    "webhooks": "signed webhooks from twenty feeds to twenty endpoints: delivered",
    "tower": "what would help 200 doses, and verdicts with 1,000 doses in flight: whatif, verdict",
    "planning": "a plan of 26 weeks, 4 lines, 12 products, 10 sponsors: propose",
}


def main(argv: list[str]) -> int:
    """Run what was asked for; 0 if all benches ran, whatever their figures."""
    listing = "\n".join(f"  {name:8} {what}" for name, what in BENCHES.items())
    parser = argparse.ArgumentParser(
        "tests.bench", description=__doc__, epilog=listing, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="all when none is given")
    parser.add_argument("--case", action="append", default=[], help="only this case (may be repeated)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement lasts")
    asked = parser.parse_args(argv)
    if unknown := set(asked.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    failures = 0
    for name in asked.names or BENCHES:
        arguments = ["--seconds", str(asked.seconds), *(f"--case={case}" for case in asked.case)]
        failures += importlib.import_module(f"tests.bench.{name}").main(arguments) != 0
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
