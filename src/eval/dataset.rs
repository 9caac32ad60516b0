//! Which questions are asked, and what is a right answer?
//!
//! One JSON object per line. Gold passages are named by document and quoted sentence, not by passage, so that they
//! survive another way of cutting documents.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::index::{Index, PassageRow};
use crate::retrieve::Hit;

/// Which half a question belongs to; documents, not questions, are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// For fitting and for looking at.
    Dev,
    /// For reports only.
    Test,
}

/// A place that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gold {
    /// Stable name of the document.
    pub document: String,
    /// Words of one sentence, list item or table cell of it.
    pub quote: String,
    /// Index of an earlier gold place that says the same, so that either is enough: another routine that repeats the
    /// rule. Places without it are needed each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<usize>,
}

/// A question of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalQuestion {
    /// Name within the set.
    pub id: String,
    /// Half.
    pub split: Split,
    /// Who asks.
    pub role: String,
    /// The question.
    pub question: String,
    /// Whether the routines answer it.
    pub answerable: bool,
    /// Every place that answers. The needs of the question are those that stand for themselves
    /// ([`Gold::instead_of`]); a need is met by its place or by one instead of it.
    pub gold: Vec<Gold>,
    /// What a right answer states: each fact as a list of acceptable wordings.
    #[serde(default)]
    pub facts: Vec<Vec<String>>,
    /// What only a wrong answer states.
    #[serde(default)]
    pub forbidden: Vec<Vec<String>>,
    /// Kinds of difficulty.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl EvalQuestion {
    /// How many gold places, or others instead of them, a full answer rests on.
    pub fn needs(&self) -> usize {
        self.gold.iter().filter(|gold| gold.instead_of.is_none()).count()
    }

    /// Which needs a passage meets, each once, counted from 0.
    pub fn needs_met(&self, document: &str, passage: &PassageRow) -> Vec<usize> {
        let mut met: Vec<usize> = Vec::new();
        for (place, gold) in self.gold.iter().enumerate().filter(|(_, gold)| is_gold(gold, document, passage)) {
            let stands_for = gold.instead_of.unwrap_or(place);
            let need = self.gold.iter().take(stands_for).filter(|gold| gold.instead_of.is_none()).count();
            if !met.contains(&need) {
                met.push(need);
            }
        }
        met
    }

    /// An alternative must point back at a place that stands for itself.
    fn alternatives_are_sound(&self) -> bool {
        self.gold.iter().enumerate().all(|(place, gold)| match gold.instead_of {
            None => true,
            Some(other) => other < place && self.gold.get(other).is_some_and(|other| other.instead_of.is_none()),
        })
    }
}

/// What can be wrong with a set.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not a question.
    #[error("{path}, line {line}: {reason}")]
    BadLine {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// What is asked for can be one of several things, or none.
    #[error("{path}: {reason}")]
    Choice {
        /// Where.
        path: PathBuf,
        /// Which there are.
        reason: String,
    },
    /// A gold quote is not in the index.
    #[error("the quote {quote:?} of question {id} is in no passage of {document}")]
    LostGold {
        /// Question.
        id: String,
        /// Document.
        document: String,
        /// Quote.
        quote: String,
    },
}

/// Reads a set: a file, or every `.jsonl` file of a folder.
pub fn load(path: &Path) -> Result<Vec<EvalQuestion>, DatasetError> {
    let io = |source| DatasetError::Io { path: path.to_owned(), source };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(io)? {
            files.push(entry.map_err(io)?.path());
        }
        files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut questions: Vec<EvalQuestion> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|source| DatasetError::Io { path: file.clone(), source })?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let bad = |reason: String| DatasetError::BadLine { path: file.clone(), line: index + 1, reason };
            let question: EvalQuestion = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
            if question.answerable == question.gold.is_empty() {
                return Err(bad("an answerable question has gold passages, another one has none".to_owned()));
            }
            if !question.alternatives_are_sound() {
                return Err(bad("`instead_of` names no earlier gold place that stands for itself".to_owned()));
            }
            if questions.iter().any(|other| other.id == question.id) {
                return Err(bad(format!("the name {} stands twice", question.id)));
            }
            questions.push(question);
        }
    }
    Ok(questions)
}

/// Letters and digits alone: a quote must match whatever a reader made of spaces, marks and table borders.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a passage of `document` holds the quoted words.
pub fn is_gold(gold: &Gold, document: &str, passage: &PassageRow) -> bool {
    gold.document == document && letters(&passage.passage.text).contains(&letters(&gold.quote))
}

/// Which needs each hit meets, in the order of the hits.
pub(super) fn needs_met(question: &EvalQuestion, hits: &[Hit]) -> Vec<Vec<usize>> {
    hits.iter().map(|hit| question.needs_met(hit.document.id.as_str(), &hit.row)).collect()
}

/// Gold quotes that are in no passage, because documents changed or were read wrongly.
pub fn lost_gold(questions: &[EvalQuestion], index: &Index) -> Result<Vec<DatasetError>, crate::index::IndexError> {
    let mut lost = Vec::new();
    for question in questions {
        for gold in &question.gold {
            let found = match index.document(&gold.document) {
                Some(head) => index.passages_of(head.number)?.iter().any(|row| is_gold(gold, head.id.as_str(), row)),
                None => false,
            };
            if !found {
                lost.push(DatasetError::LostGold {
                    id: question.id.clone(),
                    document: gold.document.clone(),
                    quote: gold.quote.clone(),
                });
            }
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{DocumentNumber, PassageNumber};
    use crate::ingest::Span;
    use crate::ingest::passages::{Passage, PassageId};

    fn passage(text: &str) -> PassageRow {
        let passage = Passage {
            id: PassageId::new("s1"),
            heading_path: Vec::new(),
            page: None,
            span: Span { start: 0, end: text.len() },
            text: text.to_owned(),
            units: Vec::new(),
        };
        let (number, document) = (PassageNumber(0), DocumentNumber(0));
        PassageRow { number, document, passage, first_unit: 0, embedding_key: String::new() }
    }

    #[test]
    fn a_place_instead_of_another_meets_the_same_need() -> Result<(), serde_json::Error> {
        let line = r#"{"id": "x", "split": "dev", "role": "r", "question": "q", "answerable": true, "gold": [
            {"document": "a", "quote": "Ring jouren."}, {"document": "b", "quote": "Jouren rings.", "instead_of": 0},
            {"document": "a", "quote": "Skriv i Fyren."}]}"#;
        let question: EvalQuestion = serde_json::from_str(line)?;
        assert!(question.alternatives_are_sound());
        assert_eq!(question.needs(), 2);
        assert_eq!(question.needs_met("b", &passage("Då ska jouren ringas.")), Vec::<usize>::new());
        assert_eq!(question.needs_met("b", &passage("• Jouren  rings!")), [0]);
        assert_eq!(question.needs_met("a", &passage("Skriv i Fyren. Ring jouren.")), [0, 1]);
        let chained = EvalQuestion { gold: vec![Gold { instead_of: Some(0), ..question.gold[0].clone() }], ..question };
        assert!(!chained.alternatives_are_sound());
        Ok(())
    }
}
