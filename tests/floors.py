"""Fails when a metric of an evaluation's summary falls below its floor.

The floors are no targets: they lie below what was measured by about the width of the 95 % interval, so that noise does
not stop a build and a broken part does. The targets and what is reached stand in the README.
"""

import json
import sys

FLOORS = {
    "success_at_5": 0.78,
    "recall_at_5": 0.74,
    "ndcg_at_10": 0.61,
    "quotes_right": 0.62,
}


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        summary = json.load(file)
    failed = 0
    for name, floor in FLOORS.items():
        value = summary[name]["mean"]
        verdict = "ok" if value >= floor else "BELOW"
        failed += value < floor
        print(f"{name:20} {value:.3f}  floor {floor:.2f}  {verdict}")
    quotes = summary["quotes_ms"][1]
    verdict = "ok" if quotes <= 1000 else "ABOVE"
    failed += quotes > 1000
    print(f"{'quotes_ms p95':20} {quotes:.0f}  ceiling 1000  {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
