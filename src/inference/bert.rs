//! How does a BERT encoder read text?
//!
//! Tokens to hidden states, for the models that are built on it: the embedding model and the reranker. Texts of a batch
//! are laid end to end, so that no padding is computed; attention runs per text.

use candle_core::quantized::QMatMul;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::layer_norm;

use super::InferenceError;
use super::attention::Attention;
use super::gguf::Gguf;
use super::projection::{Activation, Projection};
use super::unigram::{CharacterMap, Unigram};

struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn load(gguf: &mut Gguf, name: &str) -> std::result::Result<Self, InferenceError> {
        Ok(Self { weight: gguf.dense(&format!("{name}.weight"))?, bias: gguf.dense(&format!("{name}.bias"))? })
    }

    fn forward(&self, input: &Tensor, epsilon: f32) -> Result<Tensor> {
        layer_norm(input, &self.weight, &self.bias, epsilon)
    }
}

struct Layer {
    /// Queries, keys and values at once.
    projected: Projection,
    attention_out: Projection,
    attention_norm: Norm,
    up: Projection,
    down: Projection,
    output_norm: Norm,
}

/// An encoder and its tokenizer.
pub(crate) struct Bert {
    tokenizer: Unigram,
    begin: u32,
    end: u32,
    words: QMatMul,
    positions: Tensor,
    token_type: Tensor,
    embedding_norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    dimensions: usize,
    context: usize,
    epsilon: f32,
    device: Device,
}

impl Bert {
    /// Reads a BERT-architecture GGUF with a unigram tokenizer.
    pub(crate) fn load(gguf: &mut Gguf) -> std::result::Result<Self, InferenceError> {
        let architecture = gguf.text("general.architecture")?;
        if architecture != "bert" {
            return Err(gguf.bad(format!("its architecture must be bert, not {architecture}")));
        }
        let tokenizer = load_tokenizer(gguf)?;
        let begin = gguf.number("tokenizer.ggml.bos_token_id")? as u32;
        let end = gguf.number("tokenizer.ggml.eos_token_id")? as u32;
        let words = QMatMul::QTensor(std::sync::Arc::new(gguf.tensor("token_embd.weight")?));
        let count = gguf.number("bert.block_count")?;
        let layers = (0..count).map(|index| Layer::load(gguf, index)).collect::<std::result::Result<_, _>>()?;
        let token_types = gguf.dense("token_types.weight")?;
        Ok(Self {
            tokenizer,
            begin,
            end,
            words,
            positions: gguf.dense("position_embd.weight")?,
            token_type: token_types.get(0)?,
            embedding_norm: Norm::load(gguf, "token_embd_norm")?,
            layers,
            heads: gguf.number("bert.attention.head_count")?,
            dimensions: gguf.number("bert.embedding_length")?,
            context: gguf.number("bert.context_length")?,
            epsilon: gguf.fraction("bert.attention.layer_norm_epsilon", 1e-12) as f32,
            device: gguf.device().clone(),
        })
    }

    /// Numbers in a hidden state.
    pub(crate) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Most tokens of one sequence.
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// Ids of the marks that begin and end a sequence.
    pub(crate) fn marks(&self) -> (u32, u32) {
        (self.begin, self.end)
    }

    /// The text's token ids without marks.
    pub(crate) fn content(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode(text)
    }

    /// Last hidden states `[all tokens, dimensions]` of sequences laid end to end.
    pub(crate) fn encode(&self, sequences: &[Vec<u32>]) -> Result<Tensor> {
        let ids: Vec<u32> = sequences.iter().flatten().copied().collect();
        let positions: Vec<u32> = sequences.iter().flat_map(|sequence| 0..sequence.len() as u32).collect();
        let words = self.words.embedding(&Tensor::new(ids, &self.device)?)?.to_dtype(DType::F32)?;
        let positions = self.positions.index_select(&Tensor::new(positions, &self.device)?, 0)?;
        let mut hidden = (words + positions)?.broadcast_add(&self.token_type)?;
        hidden = self.embedding_norm.forward(&hidden, self.epsilon)?;
        let attention = Attention { lengths: sequences.iter().map(Vec::len).collect(), heads: self.heads };
        for layer in &self.layers {
            let attended = layer.attention_out.forward(&attention.forward(&layer.projected.forward(&hidden)?)?)?;
            hidden = layer.attention_norm.forward(&(hidden + attended)?, self.epsilon)?;
            let fed = layer.down.forward(&layer.up.forward(&hidden)?)?;
            hidden = layer.output_norm.forward(&(hidden + fed)?, self.epsilon)?;
        }
        Ok(hidden)
    }
}

impl Layer {
    fn load(gguf: &mut Gguf, index: usize) -> std::result::Result<Self, InferenceError> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let mut projection = |parts: &[&str], activation| -> std::result::Result<Projection, InferenceError> {
            let mut stacked = |what: &str| -> std::result::Result<Tensor, InferenceError> {
                let parts = parts.iter().map(|part| gguf.dense(&name(&format!("{part}.{what}"))));
                Ok(Tensor::cat(&parts.collect::<std::result::Result<Vec<_>, _>>()?, 0)?)
            };
            Ok(Projection::new(&stacked("weight")?, stacked("bias")?, activation)?)
        };
        Ok(Self {
            projected: projection(&["attn_q", "attn_k", "attn_v"], Activation::None)?,
            attention_out: projection(&["attn_output"], Activation::None)?,
            up: projection(&["ffn_up"], Activation::Gelu)?,
            down: projection(&["ffn_down"], Activation::None)?,
            attention_norm: Norm::load(gguf, &name("attn_output_norm"))?,
            output_norm: Norm::load(gguf, &name("layer_output_norm"))?,
        })
    }
}

fn load_tokenizer(gguf: &Gguf) -> std::result::Result<Unigram, InferenceError> {
    let tokens = gguf.array("tokenizer.ggml.tokens")?;
    let tokens = tokens.iter().map(|value| value.to_string().map(String::as_str));
    let tokens = tokens.collect::<Result<Vec<&str>>>().map_err(|_| gguf.bad("a token is not text"))?;
    let scores = gguf.array("tokenizer.ggml.scores")?;
    let scores = scores.iter().map(candle_core::quantized::gguf_file::Value::to_f32).collect::<Result<Vec<f32>>>()?;
    let mut entries = Vec::new();
    for value in gguf.array("tokenizer.rutinlots.character_map")? {
        let entry = value.to_string()?;
        let mut characters = entry.chars();
        let from = characters.next().filter(|_| characters.next() == Some('\t'));
        let from = from.ok_or_else(|| gguf.bad("its character map is damaged"))?;
        entries.push((from, characters.collect()));
    }
    let id = |name: &str| gguf.number(&format!("tokenizer.ggml.{name}_token_id")).map(|id| id as u32);
    let unknown = id("unknown")?;
    let mut control = vec![id("bos")?, id("eos")?, id("padding")?];
    control.extend(tokens.iter().position(|token| *token == "<mask>").map(|id| id as u32));
    Ok(Unigram::new(tokens.into_iter(), scores, CharacterMap::new(entries), unknown, &control))
}
