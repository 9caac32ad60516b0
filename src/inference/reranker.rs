//! Does this passage answer this question, and where in it?
//!
//! A small cross-encoder: question and passage are read together (Nogueira & Cho 2019, "Passage re-ranking with BERT"),
//! which tells a passage that answers from one that is only about the same thing far better than two vectors can. It
//! also says for every unit of the passage whether the answer stands in it. How it was trained: `models/training`.

use std::ops::Range;
use std::path::Path;

use candle_core::Device;

use super::InferenceError;
use super::bert::Bert;
use super::gguf::Gguf;

/// Tokens of a question with its passage, as in training; what exceeds it is not read.
const LONGEST: usize = 320;
/// Tokens of the question.
const LONGEST_QUESTION: usize = 64;

/// A passage as the reranker reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RerankPassage {
    /// Title and headings in one line.
    pub head: String,
    /// Its units in order.
    pub units: Vec<String>,
}

/// What the reranker says of a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Logit of "it answers": above 0 is more likely than not, for questions like those of the training.
    pub passage: f32,
    /// For each unit the logit of "the answer stands here"; `None` for units that lie beyond what is read.
    pub units: Vec<Option<f32>>,
}

/// A linear reading of a hidden state, plus the cosine between what is read and the question.
struct Head {
    weight: Vec<f32>,
    bias: f32,
    scale: f32,
}

impl Head {
    fn load(gguf: &mut Gguf, name: &str) -> Result<Self, InferenceError> {
        let mut vector = |part: &str| -> Result<Vec<f32>, InferenceError> {
            Ok(gguf.dense(&format!("{name}.{part}"))?.flatten_all()?.to_vec1::<f32>()?)
        };
        let first = |values: Vec<f32>| values.first().copied().unwrap_or_default();
        Ok(Self { weight: vector("weight")?, bias: first(vector("bias")?), scale: first(vector("scale")?) })
    }

    fn logit(&self, state: &[f32], cosine: f32) -> f32 {
        dot(&self.weight, state) + self.bias + self.scale * cosine
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

/// Mean of hidden states; all 0 if there are none.
fn mean(states: &[Vec<f32>], dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0; dimensions];
    for state in states {
        sum.iter_mut().zip(state).for_each(|(sum, value)| *sum += value);
    }
    let count = states.len().max(1) as f32;
    sum.iter().map(|sum| sum / count).collect()
}

/// A question laid out with a passage.
struct Row {
    ids: Vec<u32>,
    /// Tokens of the question with its marks.
    asked: usize,
    /// Each unit's tokens.
    units: Vec<Range<usize>>,
}

/// The reranking model.
pub struct Reranker {
    bert: Bert,
    passage: Head,
    unit: Head,
}

impl Reranker {
    /// Loads a BERT-architecture GGUF that has the two heads.
    pub fn load(path: &Path, device: &Device) -> Result<Self, InferenceError> {
        let mut gguf = Gguf::open(path, device)?;
        let bert = Bert::load(&mut gguf)?;
        let passage = Head::load(&mut gguf, "rerank.passage")?;
        let unit = Head::load(&mut gguf, "rerank.unit")?;
        Ok(Self { bert, passage, unit })
    }

    /// One verdict per passage, in their order.
    pub fn judge(&self, question: &str, passages: &[RerankPassage]) -> Result<Vec<Verdict>, InferenceError> {
        if passages.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = passages.iter().map(|passage| self.lay_out(question, passage)).collect();
        let sequences: Vec<Vec<u32>> = rows.iter().map(|row| row.ids.clone()).collect();
        let hidden = self.bert.encode(&sequences)?.to_vec2::<f32>()?;
        let mut verdicts = Vec::with_capacity(passages.len());
        let mut rest = hidden.as_slice();
        for row in &rows {
            let (states, later) = rest.split_at(row.ids.len());
            rest = later;
            verdicts.push(self.verdict(row, states));
        }
        Ok(verdicts)
    }

    fn verdict(&self, row: &Row, states: &[Vec<f32>]) -> Verdict {
        let dimensions = self.bert.dimensions();
        let (asked, read) = states.split_at(row.asked);
        let question = mean(asked, dimensions);
        let passage = self.passage.logit(&states[0], cosine(&question, &mean(read, dimensions)));
        let unit = |range: &Range<usize>| {
            let state = mean(states.get(range.clone())?, dimensions);
            (!range.is_empty()).then(|| self.unit.logit(&state, cosine(&question, &state)))
        };
        Verdict { passage, units: row.units.iter().map(unit).collect() }
    }

    fn lay_out(&self, question: &str, passage: &RerankPassage) -> Row {
        let (begin, end) = self.bert.marks();
        let mut ids = vec![begin];
        ids.extend(self.bert.content(question).into_iter().take(LONGEST_QUESTION));
        ids.extend([end, end]);
        let asked = ids.len();
        ids.extend(self.bert.content(&passage.head));
        let mut units = Vec::with_capacity(passage.units.len());
        for unit in &passage.units {
            let start = ids.len();
            ids.extend(self.bert.content(unit));
            units.push(start.min(LONGEST - 1)..ids.len().min(LONGEST - 1));
        }
        ids.truncate(LONGEST - 1);
        ids.push(end);
        Row { ids, asked, units }
    }
}
