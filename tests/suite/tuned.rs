//! Do our own models compute in the program what they computed where they were trained?
//!
//! Held against `PyTorch` in 32 bits with the whole vocabulary; `models/training/reference.py` wrote the values. What the
//! models are worth is not asked here but in the evaluation.

use candle_core::Device;
use serde::Deserialize;

use rutinlots::inference::{Embedder, RerankPassage, Reranker, TextKind};

use crate::support::{EMBEDDER, Failure, Outcome, RERANKER, model, repository, turn};

#[derive(Deserialize)]
struct Reference {
    vectors: Vec<TextVector>,
    verdicts: Vec<Verdict>,
}

#[derive(Deserialize)]
struct TextVector {
    prefix: String,
    text: String,
    pieces: Vec<String>,
    vector: Vec<f32>,
}

#[derive(Deserialize)]
struct Verdict {
    question: String,
    head: String,
    units: Vec<String>,
    passage_logit: f32,
    unit_logits: Vec<f32>,
}

fn reference() -> Result<Reference, Failure> {
    let text = std::fs::read_to_string(repository("tests/reference/rutinlots-models.json"))?;
    Ok(serde_json::from_str(&text)?)
}

#[test]
fn the_tuned_vectors_are_those_of_the_training() -> Outcome {
    let _turn = turn();
    let embedder = Embedder::load(&model(EMBEDDER)?, &Device::Cpu)?;
    for TextVector { prefix, text, pieces, vector } in reference()?.vectors {
        let kind = if prefix == "query: " { TextKind::Query } else { TextKind::Passage };
        // Ids differ, because pieces of other languages were left out; how Swedish is divided must not.
        assert_eq!(embedder.token_ids(&format!("{prefix}{text}")).len(), pieces.len(), "{text}");
        let ours = embedder.embed(&[&text], kind)?.remove(0);
        let cosine: f32 = ours.iter().zip(&vector).map(|(a, b)| a * b).sum();
        // 8-bit weights and activations cost up to 0.0022, most on a misspelt question.
        assert!(cosine > 0.997, "cosine {cosine} for {text:?}");
    }
    Ok(())
}

#[test]
fn the_rerankers_verdicts_are_those_of_the_training() -> Outcome {
    let _turn = turn();
    let reranker = Reranker::load(&model(RERANKER)?, &Device::Cpu)?;
    for expected in reference()?.verdicts {
        let Verdict { question, head, units, passage_logit, unit_logits } = expected;
        let verdict = reranker.judge(&question, &[RerankPassage { head, units }])?.remove(0);
        assert!((verdict.passage - passage_logit).abs() < 0.35, "{question}: {} for {passage_logit}", verdict.passage);
        for (ours, expected) in verdict.units.iter().zip(&unit_logits) {
            let ours = ours.ok_or("a unit was not read")?;
            assert!((ours - expected).abs() < 0.35, "{question}: {ours} for {expected}");
        }
    }
    Ok(())
}

#[test]
fn a_verdict_does_not_depend_on_the_other_passages() -> Outcome {
    let _turn = turn();
    let reranker = Reranker::load(&model(RERANKER)?, &Device::Cpu)?;
    let passages: Vec<RerankPassage> =
        reference()?.verdicts.into_iter().map(|case| RerankPassage { head: case.head, units: case.units }).collect();
    let question = "vem ringer jag om jag tappat nyckeln?";
    let together = reranker.judge(question, &passages)?;
    for (passage, verdict) in passages.into_iter().zip(together) {
        let alone = reranker.judge(question, &[passage])?.remove(0);
        assert!((alone.passage - verdict.passage).abs() < 1e-3);
    }
    Ok(())
}

#[test]
fn a_passage_longer_than_the_reranker_reads_is_cut_and_says_so() -> Outcome {
    let _turn = turn();
    let reranker = Reranker::load(&model(RERANKER)?, &Device::Cpu)?;
    let units = vec!["Ring sjuksköterskan när någon har fallit och har ont.".to_owned(); 60];
    let passage = RerankPassage { head: "Rutin vid fall".to_owned(), units };
    let verdict = reranker.judge("hon ramlade, vem ringer jag?", &[passage])?.remove(0);
    assert_eq!(verdict.units.len(), 60);
    assert!(verdict.units[0].is_some() && verdict.units[59].is_none());
    assert!(reranker.judge("?", &[])?.is_empty());
    Ok(())
}
