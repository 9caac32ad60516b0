//! How does text become a generative model's tokens, and back?
//!
//! Both kinds that GGUF files carry: byte-level BPE (`gpt2`), through the `tokenizers` crate, and `SentencePiece`
//! (`llama`). Text from users and documents can never produce a control token; those are named one by one.

use candle_core::quantized::gguf_file::Value;
use candle_core::quantized::tokenizer::TokenizerFromGguf;

use super::InferenceError;
use super::gguf::Gguf;
use super::sentencepiece::{PieceKind, SentencePiece};

enum Kind {
    Bpe(Box<tokenizers::Tokenizer>),
    SentencePiece(Box<SentencePiece>),
}

/// The tokenizer of a generative model.
pub struct TextTokenizer {
    kind: Kind,
    begin: Option<u32>,
    end: Vec<u32>,
}

impl std::fmt::Debug for TextTokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextTokenizer").field("begin", &self.begin).field("end", &self.end).finish_non_exhaustive()
    }
}

impl TextTokenizer {
    /// Reads the tokenizer out of a model file.
    pub(crate) fn from_gguf(gguf: &mut Gguf) -> Result<Self, InferenceError> {
        let model = gguf.text("tokenizer.ggml.model")?;
        let kind = match model.as_str() {
            "gpt2" => {
                prepare_bpe(gguf)?;
                let mut tokenizer = tokenizers::Tokenizer::from_gguf(gguf.content())?;
                // Control tokens in user text are text.
                tokenizer.set_encode_special_tokens(true);
                Kind::Bpe(Box::new(tokenizer))
            }
            "llama" => Kind::SentencePiece(Box::new(sentencepiece(gguf)?)),
            other => return Err(gguf.bad(format!("its tokenizer is of the unknown kind {other}"))),
        };
        let id =
            |key: &str| gguf.number_or(&format!("tokenizer.ggml.{key}_token_id")).ok().flatten().map(|id| id as u32);
        let begin = id("bos").filter(|_| gguf.flag("tokenizer.ggml.add_bos_token", model == "llama"));
        let mut this = Self { kind, begin, end: Vec::new() };
        let turns =
            ["<|im_end|>", "<end_of_turn>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "</s>"];
        // Marks that models for code put between files.
        let files = ["<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"];
        let named = turns.into_iter().chain(files);
        this.end = [id("eos"), id("eot")].into_iter().chain(named.map(|name| this.special(name))).flatten().collect();
        this.end.sort_unstable();
        this.end.dedup();
        Ok(this)
    }

    /// Id of the token that begins every prompt, if the model wants one.
    pub fn begin(&self) -> Option<u32> {
        self.begin
    }

    /// Whether the model says that it is done.
    pub fn is_end(&self, id: u32) -> bool {
        self.end.contains(&id)
    }

    /// Id of a control token such as `<|im_start|>`.
    pub fn special(&self, text: &str) -> Option<u32> {
        match &self.kind {
            Kind::Bpe(tokenizer) => tokenizer.token_to_id(text),
            Kind::SentencePiece(model) => model.special(text),
        }
    }

    /// Tokens of plain text, without begin and end marks.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, InferenceError> {
        match &self.kind {
            Kind::Bpe(tokenizer) => {
                let encoding = tokenizer.encode(text, false).map_err(|error| InferenceError::BadModel {
                    path: "tokenizer".to_owned(),
                    reason: error.to_string(),
                })?;
                Ok(encoding.get_ids().to_vec())
            }
            Kind::SentencePiece(model) => Ok(model.encode(text)),
        }
    }

    /// The bytes that a token stands for; a character may be spread over several tokens, control tokens are nothing.
    pub fn bytes_of(&self, id: u32) -> Vec<u8> {
        match &self.kind {
            Kind::Bpe(tokenizer) => {
                let special = tokenizer.get_added_tokens_decoder().get(&id).is_some_and(|token| token.special);
                match tokenizer.id_to_token(id) {
                    Some(token) if !special => token.chars().filter_map(byte_of).collect(),
                    _ => Vec::new(),
                }
            }
            Kind::SentencePiece(model) => model.bytes_of(id),
        }
    }
}

/// candle knows some ways of splitting text before merging and silently takes GPT-2's for all others, which gives wrong
/// tokens: names that it does not know are translated or refused.
fn prepare_bpe(gguf: &mut Gguf) -> Result<(), InferenceError> {
    const KEY: &str = "tokenizer.ggml.pre";
    match gguf.text(KEY).as_deref() {
        Ok("qwen2" | "llama3" | "smaug-bpe" | "lfm2" | "gpt-2" | "gpt2") | Err(_) => Ok(()),
        Ok("llama-bpe") => {
            gguf.set(KEY, Value::String("llama3".to_owned()));
            // In this family a whole word of the vocabulary wins over its merges.
            gguf.set("tokenizer.ggml.ignore_merges", Value::Bool(true));
            Ok(())
        }
        Ok(other) => Err(gguf.bad(format!("its tokenizer splits text in the way {other:?}, which is not supported"))),
    }
}

/// Undoes GPT-2's mapping of bytes to printable characters.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u8::try_from(code).ok(),
        0x100..=0x120 => u8::try_from(code - 0x100).ok(),
        0x121..=0x142 => u8::try_from(code - 0x121 + 0x7f).ok(),
        0x143 => Some(0xad),
        _ => None,
    }
}

fn sentencepiece(gguf: &Gguf) -> Result<SentencePiece, InferenceError> {
    let text = |value: &Value| value.to_string().cloned().map_err(|_| gguf.bad("a token is not text"));
    let pieces = gguf.array("tokenizer.ggml.tokens")?.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let scores = match gguf.array("tokenizer.ggml.scores") {
        Ok(scores) => scores.iter().map(|value| value.to_f32().unwrap_or(0.0)).collect(),
        Err(_) => vec![0.0; pieces.len()],
    };
    let kinds: Vec<PieceKind> = gguf
        .array("tokenizer.ggml.token_type")
        .map(|kinds| {
            let number = |value: &Value| value.to_i32().map(i64::from).or_else(|_| value.to_u32().map(i64::from));
            kinds.iter().map(|value| PieceKind::from_number(number(value).unwrap_or(1))).collect()
        })
        .unwrap_or_default();
    let unknown = gguf.number_or("tokenizer.ggml.unknown_token_id")?.unwrap_or(0) as u32;
    let add_space_prefix = gguf.flag("tokenizer.ggml.add_space_prefix", true);
    Ok(SentencePiece::new(pieces, scores, &kinds, unknown, add_space_prefix))
}

#[cfg(test)]
mod tests {
    use super::byte_of;

    #[test]
    fn every_byte_has_exactly_one_character() {
        let mut seen = [false; 256];
        for code in 0u32..0x200 {
            if let Some(byte) = char::from_u32(code).and_then(byte_of) {
                assert!(!seen[usize::from(byte)], "byte {byte} twice");
                seen[usize::from(byte)] = true;
            }
        }
        assert!(seen.iter().all(|seen| *seen));
    }
}
