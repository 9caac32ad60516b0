//! Does the bench measure what it says, the same way each time, and does it tell better from worse?

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Failure, Outcome, lotsby, program, repository, run, scratch, turn};

/// Ranks the small test set with graded judgements; returns run and summary.
fn rank(folder: &Path, more: &[&str]) -> Result<(String, Value), Failure> {
    let file = folder.join("run.txt");
    let mut command = program(folder);
    command.args(["eval", "retrieval", "--json", "--set"]).arg(repository("tests/fixtures/beir"));
    command.arg("--run-out").arg(&file).arg("--index").arg(folder.join("index")).args(more);
    let (code, stdout, stderr) = run(&mut command)?;
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("1 judged entries are not in the corpus, borta first"), "{stderr}");
    Ok((fs::read_to_string(file)?, serde_json::from_str(&stdout)?))
}

fn mean(printed: &Value, metric: &str) -> f64 {
    printed["summary"][metric]["mean"].as_f64().unwrap_or(-1.0)
}

#[test]
fn a_retrieval_test_set_is_ranked_whole_and_the_same_way_twice() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (first, printed) = rank(folder.path(), &[])?;
    // Seven queries, one of them not judged, over twelve entries.
    assert_eq!(first.lines().count(), 7 * 12);
    assert!(first.starts_with("q1 Q0 ") && first.contains("\nq6 Q0 larm 1 "), "{first}");
    assert_eq!(printed["summary"]["map"]["count"], 6);
    assert!(mean(&printed, "ndcg_at_10") > 0.8, "{printed}");
    let (second, again) = rank(folder.path(), &[])?;
    assert_eq!(first, second);
    assert_eq!(printed, again);
    Ok(())
}

#[test]
fn titles_and_reranker_can_be_left_out() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (with, _) = rank(folder.path(), &[])?;
    let (without, printed) = rank(folder.path(), &["--no-rerank"])?;
    assert_ne!(with, without);
    assert!(printed["setup"]["reranker"].is_null() && printed["setup"]["titles"] == true, "{printed}");
    let (bare, printed) = rank(folder.path(), &["--no-rerank", "--no-titles"])?;
    assert_ne!(without, bare);
    assert_eq!(printed["setup"]["titles"], false);
    Ok(())
}

#[test]
fn each_ingredient_of_the_analysis_has_its_row() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let set = folder.path().join("set.jsonl");
    let questions = fs::read_to_string(repository("eval/lotsby/plain.jsonl"))?;
    fs::write(&set, questions.lines().take(4).collect::<Vec<_>>().join("\n"))?;
    let mut command = program(&lotsby()?);
    command.args(["eval", "ablate", "--split", "dev", "--json", "--set"]).arg(&set);
    let (code, stdout, stderr) = run(&mut command)?;
    assert_eq!(code, 0, "{stderr}");
    let rows: Value = serde_json::from_str(&stdout)?;
    let variants: Vec<&str> = rows.as_array().into_iter().flatten().filter_map(|row| row["variant"].as_str()).collect();
    let ingredients = [
        "stop words",
        "stems",
        "inflections",
        "parts of compounds",
        "paragraphs",
        "dots",
        "slips",
        "staff's words",
        "abbreviations",
    ];
    for ingredient in ingredients {
        assert!(variants.iter().any(|variant| variant.contains(ingredient)), "{ingredient}: {variants:?}");
    }
    Ok(())
}

#[test]
fn an_index_of_routines_is_never_written_over_by_a_test_set() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let before = fs::read_to_string(data.join("current"))?;
    let mut command = program(&data);
    command.args(["eval", "retrieval", "--set"]).arg(repository("tests/fixtures/beir")).arg("--index").arg(&data);
    let (code, _, stderr) = run(&mut command)?;
    assert_eq!(code, 1);
    assert!(stderr.contains("holds an index of routines"), "{stderr}");
    assert_eq!(fs::read_to_string(data.join("current"))?, before);
    Ok(())
}

/// Asks a few questions without a model; returns what was written to standard error.
fn ask(data: &Path, report: &Path, more: &[&str]) -> Result<String, Failure> {
    let mut command = program(data);
    command.args(["eval", "answers", "--quotes-only", "--every", "25", "--json", "--set"]);
    let (code, _, stderr) = run(command.arg(repository("eval/lotsby")).arg("--out").arg(report).args(more))?;
    assert_eq!(code, 0, "{stderr}");
    Ok(stderr)
}

#[test]
fn a_run_is_compared_gated_shown_and_taken_up_again() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let folder = scratch()?;
    let path = |name: &str| folder.path().join(name);
    let (good, bad, page, baseline) = (path("good.json"), path("bad.json"), path("page.html"), path("baseline.json"));
    ask(&data, &good, &["--html", &page.display().to_string()])?;
    // A run that refuses everything.
    ask(&data, &bad, &["--refuse-below", "1"])?;

    let compared = |metric: &[&str]| run(program(&data).args(["eval", "compare"]).arg(&good).arg(&bad).args(metric));
    let (code, stdout, stderr) = compared(&["--json"])?;
    assert_eq!(code, 0, "{stderr}");
    let comparison: Value = serde_json::from_str(&stdout)?;
    let change = |name: &str| {
        let all = comparison["metrics"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|metric| metric["name"] == name).unwrap_or_default()
    };
    assert_eq!(change("ndcg_at_10")["difference"], 0.0, "the ranking is the same");
    assert!(change("wrong_refusals")["p_value"].as_f64().is_some_and(|p| p < 0.05), "{stdout}");
    assert!(comparison["changed"].as_array().is_some_and(|changed| !changed.is_empty()));
    let (code, _, stderr) = compared(&["--metric", "beauty"])?;
    assert_eq!(code, 1);
    assert!(stderr.contains("no metric named beauty"), "{stderr}");

    let gate = |report: &Path, more: &[&str]| {
        let mut command = program(&data);
        command.args(["eval", "gate", "--baseline"]).arg(&baseline).arg("--report").arg(report).args(more);
        run(&mut command)
    };
    let (code, _, stderr) = gate(&good, &[])?;
    assert!(code == 1 && stderr.contains("--write"), "{stderr}");
    assert_eq!(gate(&good, &["--write"])?.0, 0);
    // Other tests and programs run beside this one, so nothing is said of times here.
    let text = fs::read_to_string(&baseline)?;
    fs::write(&baseline, text.replace("\"quotes_p95_ms\": 1000.0", "\"quotes_p95_ms\": null"))?;
    let (code, stdout, _) = gate(&good, &[])?;
    assert_eq!(code, 0, "{stdout}");
    let (code, stdout, _) = gate(&bad, &[])?;
    assert_eq!(code, 7, "{stdout}");
    assert!(stdout.lines().any(|line| line.starts_with("wrong refusals") && line.ends_with("WORSE")), "{stdout}");

    let html = fs::read_to_string(&page)?;
    for foreign in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!html.contains(foreign), "{foreign} in the page");
    }
    let report: Value = serde_json::from_str(&fs::read_to_string(&good)?)?;
    let results = report["results"].as_array().ok_or("no results")?;
    assert_eq!(html.matches("<details id=").count(), results.len());
    assert!(html.matches("<svg").count() > 3 && !html.contains("NaN"));

    taken_up(&data, &good, results)
}

/// A run that broke off after its first question, in the middle of writing the second.
fn taken_up(data: &Path, report: &Path, results: &[Value]) -> Outcome {
    let part = report.with_extension("json.part");
    assert!(!part.exists(), "a run that ended leaves nothing behind");
    let whole: Value = serde_json::from_str(&fs::read_to_string(report)?)?;
    let mut kept = results[0].clone();
    kept["quotes_ms"] = 987_654.into();
    let lines = format!("{}\n{kept}\n{{\"question\": {{\"id", whole["setup"]);
    fs::write(&part, &lines)?;
    let stderr = ask(data, report, &["--resume"])?;
    assert!(stderr.contains("1 questions have been asked before"), "{stderr}");
    let again: Value = serde_json::from_str(&fs::read_to_string(report)?)?;
    assert_eq!(again["results"][0]["quotes_ms"], 987_654);
    assert_eq!(again["results"].as_array().map(Vec::len), Some(results.len()));
    assert_eq!(again["summary"]["ndcg_at_10"], whole["summary"]["ndcg_at_10"]);

    fs::write(&part, &lines)?;
    let mut command = program(data);
    command.args(["eval", "--quotes-only", "--every", "20", "--resume", "--set"]).arg(repository("eval/lotsby"));
    let (code, _, stderr) = run(command.arg("--out").arg(report))?;
    assert_eq!(code, 1);
    assert!(stderr.contains("a run over something else"), "{stderr}");
    Ok(())
}

#[test]
fn the_speed_of_each_stage_of_indexing_is_told_and_nothing_is_left_behind() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = crate::index::three_routines(folder.path())?;
    let mut command = program(&data);
    let (code, stdout, stderr) = run(command.args(["eval", "indexing", "--json", "--source"]).arg(&source))?;
    assert_eq!(code, 0, "{stderr}");
    let printed: Value = serde_json::from_str(&stdout)?;
    assert_eq!((&printed["documents"], &printed["pages"], &printed["left_out"]), (&3.into(), &3.into(), &0.into()));
    let stages = printed["stages"].as_array().ok_or("no stages")?;
    let names: Vec<&str> = stages.iter().filter_map(|stage| stage["name"].as_str()).collect();
    assert_eq!(names, ["read", "passages", "embed", "index"]);
    for stage in stages {
        let (seconds, speed) =
            (stage["seconds"].as_f64().unwrap_or(0.0), stage["pages_per_second"].as_f64().unwrap_or(0.0));
        assert!(stage["pages"] == 3 && seconds > 0.0 && (speed * seconds - 3.0).abs() < 1e-6, "{stage}");
    }
    assert!(!data.exists(), "the data folder was touched");
    let (code, stdout, _) = run(program(&data).args(["eval", "indexing", "--source"]).arg(&source))?;
    assert!(code == 0 && stdout.contains("pages/s") && stdout.contains("embed"), "{stdout}");
    Ok(())
}
