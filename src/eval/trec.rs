//! How do other programs read a ranking?
//!
//! The formats of `trec_eval`: a run (`query Q0 entry rank score tag`) and judgements (`query 0 entry grade`), and its
//! metrics, defined here as there so that whoever does not believe our numbers can compute them anew from the files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::beir::Judged;

/// Names of the metrics of [`trec_metrics`], in the order in which they are shown, with how people write them.
pub const TREC_METRICS: [(&str, &str); 6] = [
    ("ndcg_at_10", "nDCG@10"),
    ("recall_at_1", "recall@1"),
    ("recall_at_5", "recall@5"),
    ("recall_at_20", "recall@20"),
    ("mrr_at_10", "MRR@10"),
    ("map", "MAP"),
];

/// Metrics of one ranking as `trec_eval` defines them: nDCG with the grade as gain and over log2(rank + 1), average
/// precision over the whole ranking. All 0 where nothing is judged to matter.
pub fn trec_metrics(ranking: &[&str], judged: &Judged) -> BTreeMap<String, f64> {
    let grades: Vec<u32> = ranking.iter().map(|entry| judged.get(*entry).copied().unwrap_or(0)).collect();
    let mut ideal: Vec<u32> = judged.values().copied().filter(|grade| *grade > 0).collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let relevant = ideal.len().max(1) as f64;
    let gain = |grades: &[u32]| -> f64 {
        let gains = grades.iter().take(10).enumerate();
        gains.map(|(rank, grade)| f64::from(*grade) / ((rank + 2) as f64).log2()).sum()
    };
    let recall = |depth: usize| grades.iter().take(depth).filter(|grade| **grade > 0).count() as f64 / relevant;
    let first = grades.iter().take(10).position(|grade| *grade > 0);
    let hits = grades.iter().enumerate().filter(|(_, grade)| **grade > 0).map(|(rank, _)| rank + 1);
    let precisions = hits.enumerate().map(|(before, rank)| (before + 1) as f64 / rank as f64);
    let values = [
        if ideal.is_empty() { 0.0 } else { gain(&grades) / gain(&ideal) },
        recall(1),
        recall(5),
        recall(20),
        first.map_or(0.0, |rank| 1.0 / (rank + 1) as f64),
        precisions.sum::<f64>() / relevant,
    ];
    TREC_METRICS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value)).collect()
}

/// Least distance between neighbouring scores in a run: readers keep scores in 32 bits.
const STEP: f64 = 0.0001;

/// Scores that say the ranking to who sorts by them: a score that is not below the one before (a passage that the reranker
/// has read may lie lower than one that it has not) is lowered to just below it.
fn falling(scores: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    let mut before = f64::INFINITY;
    scores.map(move |score| {
        let rounded = (score / STEP).round() * STEP;
        before = rounded.min(before - STEP);
        before
    })
}

/// Writes the ranking of one query, best first, as lines of a run.
pub fn write_run(out: &mut impl Write, query: &str, ranking: &[(String, f64)], tag: &str) -> io::Result<()> {
    let scores = falling(ranking.iter().map(|(_, score)| *score));
    for (rank, ((entry, _), score)) in ranking.iter().zip(scores).enumerate() {
        writeln!(out, "{query} Q0 {entry} {} {score:.4} {tag}", rank + 1)?;
    }
    Ok(())
}

/// Writes what matters for one query as lines of judgements.
pub fn write_qrels(out: &mut impl Write, query: &str, judged: &Judged) -> io::Result<()> {
    judged.iter().try_for_each(|(entry, grade)| writeln!(out, "{query} 0 {entry} {grade}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(grades: &[(&str, u32)]) -> Judged {
        grades.iter().map(|(entry, grade)| ((*entry).to_owned(), *grade)).collect()
    }

    #[test]
    fn metrics_are_those_worked_out_by_hand() {
        let judged = judged(&[("a", 2), ("b", 1), ("gone", 1), ("zero", 0)]);
        let metrics = trec_metrics(&["x", "a", "zero", "b"], &judged);
        let close = |name: &str, value: f64| assert!((metrics[name] - value).abs() < 1e-6, "{name}: {metrics:?}");
        // (2/log2(3) + 1/log2(5)) / (2/log2(2) + 1/log2(3) + 1/log2(4))
        close("ndcg_at_10", (2.0 * 0.630_929_75 + 0.430_676_56) / (2.0 + 0.630_929_75 + 0.5));
        close("recall_at_1", 0.0);
        close("recall_at_5", 2.0 / 3.0);
        close("mrr_at_10", 0.5);
        close("map", (1.0 / 2.0 + 2.0 / 4.0) / 3.0);
        assert!(trec_metrics(&["x"], &self::judged(&[("x", 0)])).values().all(|value| *value == 0.0));
    }

    #[test]
    fn a_run_sorted_by_its_scores_is_the_ranking() -> io::Result<()> {
        let ranking = [("a", 1.5), ("b", 1.500_01), ("c", 7.0), ("d", -0.25)].map(|(id, score)| (id.to_owned(), score));
        let mut out = Vec::new();
        write_run(&mut out, "q", &ranking, "t")?;
        let text = String::from_utf8_lossy(&out);
        let scores: Vec<f32> = text.lines().filter_map(|line| line.split(' ').nth(4)?.parse().ok()).collect();
        assert!(scores.len() == 4 && scores.is_sorted_by(|a, b| a > b), "{text}");
        assert!(text.starts_with("q Q0 a 1 1.5000 t\n"), "{text}");
        Ok(())
    }
}
