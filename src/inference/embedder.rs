//! How does text become a vector?
//!
//! A BERT encoder with mean pooling and L2 normalisation, as the E5 family uses it (Wang et al. 2024, "Multilingual E5
//! Text Embeddings").

use std::path::Path;

use candle_core::Device;

use super::InferenceError;
use super::bert::Bert;
use super::gguf::Gguf;

/// Numbers in a vector of the default model.
pub const EMBEDDING_DIMENSIONS: usize = 384;

/// E5 wants to be told which side of the search a text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A question.
    Query,
    /// Something that may answer one.
    Passage,
}

impl TextKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Query => "query: ",
            Self::Passage => "passage: ",
        }
    }
}

/// The embedding model and its tokenizer.
pub struct Embedder {
    bert: Bert,
}

impl Embedder {
    /// Loads a BERT-architecture GGUF with a unigram tokenizer.
    pub fn load(path: &Path, device: &Device) -> Result<Self, InferenceError> {
        Ok(Self { bert: Bert::load(&mut Gguf::open(path, device)?)? })
    }

    /// Numbers in a vector.
    pub fn dimensions(&self) -> usize {
        self.bert.dimensions()
    }

    /// The text's token ids with begin and end marks, without a prefix; what exceeds the context is cut.
    pub fn token_ids(&self, text: &str) -> Vec<u32> {
        let (begin, end) = self.bert.marks();
        let mut ids = vec![begin];
        ids.extend(self.bert.content(text));
        ids.truncate(self.bert.context() - 1);
        ids.push(end);
        ids
    }

    /// One unit vector of [`Embedder::dimensions`] numbers per text, in the order of `texts`.
    pub fn embed(&self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, InferenceError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let sequences: Vec<Vec<u32>> =
            texts.iter().map(|text| self.token_ids(&format!("{}{text}", kind.prefix()))).collect();
        let hidden = self.bert.encode(&sequences)?;
        let mut vectors = Vec::with_capacity(texts.len());
        let mut start = 0;
        for sequence in &sequences {
            let mean = hidden.narrow(0, start, sequence.len())?.mean(0)?.to_vec1::<f32>()?;
            start += sequence.len();
            let norm = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            vectors.push(mean.into_iter().map(|value| value / norm).collect());
        }
        Ok(vectors)
    }
}
