//! Which models are there, how do they get here, and how do they run?
//!
//! The ground floor for everything that needs a model: the catalogue of manifests and the fetching of files
//! ([`catalogue`], [`fetch`]), tokenizers, the embedding model ([`Embedder`]), the reranker ([`Reranker`]) and generative
//! models ([`Generator`]), and the threads that run them ([`worker`]). It knows nothing of documents, prompts' wording or answers.

mod attention;
mod bert;
pub mod catalogue;
mod decoder;
mod decoder_config;
mod e5_file;
mod embedder;
pub mod fetch;
mod generator;
mod gguf;
mod kv_cache;
mod linear;
mod projection;
pub mod prompt_format;
mod reranker;
mod sentencepiece;
mod tokenizer;
mod unigram;
pub mod worker;

use candle_core::Device;

pub use e5_file::convert as convert_e5;
pub use embedder::{EMBEDDING_DIMENSIONS, Embedder, TextKind};
pub use generator::{Generation, GenerationRequest, Generator, Step, StopReason};
pub use reranker::{RerankPassage, Reranker, Verdict};
pub use tokenizer::TextTokenizer;
pub use unigram::Unigram;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// A file could not be opened or read.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a model that can run here.
    #[error("{path} is not a usable model: {reason}")]
    BadModel {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The manifest or file names an architecture that has no code here.
    #[error("the architecture {0:?} is not supported; supported are gemma3, llama, phi3, qwen2 and qwen3")]
    UnknownArchitecture(String),
    /// The question and its sources do not fit in the model's context.
    #[error("the prompt has {tokens} tokens, the model takes {limit}")]
    PromptTooLong {
        /// Tokens in the prompt.
        tokens: usize,
        /// Tokens that fit.
        limit: usize,
    },
    /// The queue before the model is full.
    #[error("the model's queue is full")]
    Overloaded,
    /// The model's thread has ended.
    #[error("the model's thread has stopped")]
    Stopped,
    /// The tensor library failed.
    #[error("inference failed: {0}")]
    Candle(#[from] candle_core::Error),
}

/// The device that models run on: the first GPU if the program was built with `--features cuda` and one is there,
/// else the CPU.
pub fn device() -> Device {
    match Device::cuda_if_available(0) {
        Ok(device) => device,
        Err(error) => {
            tracing::warn!(%error, "no usable GPU, running on the CPU");
            Device::Cpu
        }
    }
}
