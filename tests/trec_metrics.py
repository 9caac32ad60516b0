"""Fails when the retrieval metrics of a report differ from those that `ir-measures` computes from its TREC run.

    python3 tests/trec_metrics.py REPORT RUN QRELS

The three files are what `rutinlots eval retrieval --out REPORT --run-out RUN --qrels-out QRELS` writes. Needs
`pip install ir-measures pytrec-eval-terrier`; without it this fails and says so.
"""

import json
import sys

try:
    import ir_measures
    import pytrec_eval  # noqa: F401  (ir-measures leaves out the trec_eval metrics without a word if it is missing)
except ImportError as error:
    sys.exit(
        f"the retrieval metrics cannot be compared: the Python package {error.name} is missing; "
        "`pip install ir-measures pytrec-eval-terrier` installs what is needed"
    )

MEASURES = {
    "ndcg_at_10": ir_measures.nDCG @ 10,
    "recall_at_1": ir_measures.R @ 1,
    "recall_at_5": ir_measures.R @ 5,
    "recall_at_20": ir_measures.R @ 20,
    "mrr_at_10": ir_measures.RR @ 10,
    "map": ir_measures.AP,
}
SAME = 0.00005
"""Four decimals."""


def main() -> int:
    report_file, run_file, qrels_file = sys.argv[1:4]
    with open(report_file, encoding="utf-8") as file:
        report = json.load(file)
    run = list(ir_measures.read_trec_run(run_file))
    qrels = list(ir_measures.read_trec_qrels(qrels_file))
    names = {measure: name for name, measure in MEASURES.items()}
    theirs = {
        (metric.query_id, names[metric.measure]): metric.value
        for metric in ir_measures.iter_calc(list(MEASURES.values()), qrels, run)
    }
    ours = {
        (result["question"]["id"], name): result["metrics"][name]
        for result in report["results"]
        for name in MEASURES
        if name in result["metrics"]
    }
    if not ours or ours.keys() != theirs.keys():
        print(f"other queries are measured: {sorted(ours.keys() ^ theirs.keys())[:5]}")
        return 1
    different = [key for key, value in ours.items() if abs(value - theirs[key]) > SAME]
    for query, name in different[:10]:
        print(f"{query} {name}: {ours[query, name]:.6f} here, {theirs[query, name]:.6f} by ir-measures")
    means = ir_measures.calc_aggregate(list(MEASURES.values()), qrels, run)
    for name, measure in MEASURES.items():
        mean = report["summary"][name]["mean"]
        same = abs(mean - means[measure]) <= SAME
        different += [] if same else [name]
        print(f"{name:14} {mean:.4f}  ir-measures {means[measure]:.4f}  {'same' if same else 'DIFFERENT'}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
