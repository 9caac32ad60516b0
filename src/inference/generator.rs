//! How does a generative model write?
//!
//! Greedy decoding, so that the same question over the same sources gives the same answer. What a prompt shares with
//! the previous one stays in the key-value cache; the prompt is read in pieces, so that a cancelled request stops
//! within one piece.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::Device;
use serde::Serialize;

use super::InferenceError;
use super::decoder::Decoder;
use super::gguf::Gguf;
use super::prompt_format::Segment;
use super::tokenizer::TextTokenizer;

/// Tokens read in one forward pass.
const PREFILL_PIECE: usize = 64;
/// A run of this many tokens that comes back a second time right away is a loop.
const LOOP_LENGTH: usize = 12;

/// What to write and how much.
#[derive(Debug, Clone)]
pub struct GenerationRequest {
    /// The prompt.
    pub prompt: Vec<Segment>,
    /// Most tokens to write.
    pub max_tokens: usize,
    /// Texts that end the answer; they are not part of it.
    pub stops: Vec<String>,
}

/// What happens while the model writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// The prompt has been read this far.
    Read {
        /// Tokens read.
        done: usize,
        /// Tokens in the prompt.
        total: usize,
    },
    /// A token was written; the text that it completed, which may be empty.
    Text(&'a str),
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It said that it was done, or wrote a stop text.
    End,
    /// The token limit.
    Length,
    /// It repeated itself.
    Loop,
    /// The caller asked it to.
    Cancelled,
}

/// What came out, and how quickly.
#[derive(Debug, Clone, Serialize)]
pub struct Generation {
    /// The text.
    pub text: String,
    /// Token ids written.
    #[serde(skip)]
    pub tokens: Vec<u32>,
    /// Why it ended.
    pub stop: StopReason,
    /// Tokens in the prompt.
    pub prompt_tokens: usize,
    /// Tokens of the prompt that were still in the cache.
    pub reused_tokens: usize,
    /// Time for reading the rest of the prompt.
    pub prefill: Duration,
    /// Time for writing.
    pub decode: Duration,
}

impl Generation {
    /// Prompt tokens read per second.
    pub fn prefill_speed(&self) -> f64 {
        (self.prompt_tokens - self.reused_tokens) as f64 / self.prefill.as_secs_f64().max(1e-9)
    }

    /// Tokens written per second.
    pub fn decode_speed(&self) -> f64 {
        self.tokens.len() as f64 / self.decode.as_secs_f64().max(1e-9)
    }
}

/// A generative model, its tokenizer and what it has read last.
#[derive(Debug)]
pub struct Generator {
    decoder: Decoder,
    tokenizer: TextTokenizer,
    held: Vec<u32>,
}

impl Generator {
    /// Loads a GGUF file of a supported architecture.
    pub fn load(path: &Path, device: &Device) -> Result<Self, InferenceError> {
        let mut gguf = Gguf::open(path, device)?;
        let tokenizer = TextTokenizer::from_gguf(&mut gguf)?;
        let decoder = Decoder::load(&mut gguf)?;
        Ok(Self { decoder, tokenizer, held: Vec::new() })
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// Token ids of a prompt.
    pub fn prompt_ids(&self, prompt: &[Segment]) -> Result<Vec<u32>, InferenceError> {
        let mut ids: Vec<u32> = self.tokenizer.begin().into_iter().collect();
        for segment in prompt {
            match segment {
                Segment::Text(text) => ids.extend(self.tokenizer.encode(text)?),
                Segment::Control(name) => match self.tokenizer.special(name) {
                    Some(id) => ids.push(id),
                    None => ids.extend(self.tokenizer.encode(name)?),
                },
            }
        }
        Ok(ids)
    }

    /// Reads a few tokens, so that the first question does not pay for laying out the weights.
    pub fn warm_up(&mut self) -> Result<(), InferenceError> {
        let ids = self.tokenizer.encode("Rutin för hemtjänst och särskilt boende.")?;
        self.logits(&ids)?;
        self.greedy(&ids, 1)?;
        self.forget();
        Ok(())
    }

    /// Logits after the given tokens, for comparison with other engines. Empties the cache first.
    pub fn logits(&mut self, ids: &[u32]) -> Result<Vec<f32>, InferenceError> {
        self.forget();
        let logits = self.read(ids, &mut |_| ControlFlow::Continue(()))?;
        Ok(logits.unwrap_or_default())
    }

    /// The `count` most probable tokens one after the other, for comparison with other engines.
    pub fn greedy(&mut self, ids: &[u32], count: usize) -> Result<Vec<u32>, InferenceError> {
        let mut logits = self.logits(ids)?;
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            let next = highest(&logits);
            out.push(next);
            logits = self.decoder.forward(&[next])?.to_vec1()?;
        }
        Ok(out)
    }

    /// Writes an answer. `on_step` sees the text as it comes and may break off.
    pub fn generate(
        &mut self,
        request: &GenerationRequest,
        mut on_step: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Generation, InferenceError> {
        let ids = self.prompt_ids(&request.prompt)?;
        let limit = self.decoder.context().saturating_sub(request.max_tokens);
        if ids.len() > limit || ids.is_empty() {
            return Err(InferenceError::PromptTooLong { tokens: ids.len(), limit });
        }
        let started = Instant::now();
        let shared = self.held.iter().zip(&ids).take_while(|(held, new)| held == new).count();
        // Whole pieces only: then every prompt is read in the same pieces, and rounding, which depends on them, cannot make
        // the same question's answer depend on the question before it.
        let reused = shared.min(ids.len() - 1) / PREFILL_PIECE * PREFILL_PIECE;
        self.decoder.truncate(reused);
        self.held.truncate(reused);
        let logits = self.read(&ids[reused..], &mut on_step);
        let logits = logits.inspect_err(|_| self.forget())?;
        let mut generation = Generation {
            text: String::new(),
            tokens: Vec::new(),
            stop: StopReason::Cancelled,
            prompt_tokens: ids.len(),
            reused_tokens: reused,
            prefill: started.elapsed(),
            decode: Duration::ZERO,
        };
        let Some(logits) = logits else { return Ok(generation) };
        let decoding = Instant::now();
        let outcome = self.write(logits, request, &mut generation, &mut on_step);
        generation.decode = decoding.elapsed();
        generation.stop = outcome.inspect_err(|_| self.forget())?;
        Ok(generation)
    }

    fn forget(&mut self) {
        self.decoder.truncate(0);
        self.held.clear();
    }

    /// Reads tokens in pieces; `None` if the caller broke off.
    fn read(
        &mut self,
        ids: &[u32],
        on_step: &mut impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let mut logits = None;
        let mut done = 0;
        for piece in ids.chunks(PREFILL_PIECE) {
            if on_step(Step::Read { done, total: ids.len() }).is_break() {
                return Ok(None);
            }
            logits = Some(self.decoder.forward(piece)?);
            self.held.extend_from_slice(piece);
            done += piece.len();
        }
        match logits {
            Some(logits) => Ok(Some(logits.to_vec1()?)),
            None => Ok(None),
        }
    }

    fn write(
        &mut self,
        mut logits: Vec<f32>,
        request: &GenerationRequest,
        generation: &mut Generation,
        on_step: &mut impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<StopReason, InferenceError> {
        let mut text = StreamedText::new(&request.stops);
        let reason = loop {
            let next = highest(&logits);
            if self.tokenizer.is_end(next) {
                break StopReason::End;
            }
            generation.tokens.push(next);
            let stopped = text.push(&self.tokenizer.bytes_of(next));
            let piece = text.take_ready();
            // Also called without new text: it is the caller's chance to break off or to let others compute.
            if on_step(Step::Text(&piece)).is_break() {
                break StopReason::Cancelled;
            }
            if stopped {
                break StopReason::End;
            }
            if generation.tokens.len() >= request.max_tokens {
                break StopReason::Length;
            }
            if is_loop(&generation.tokens) {
                break StopReason::Loop;
            }
            logits = self.decoder.forward(&[next])?.to_vec1()?;
            self.held.push(next);
        };
        let rest = text.finish();
        if !rest.is_empty() && reason != StopReason::Cancelled {
            let _ = on_step(Step::Text(&rest));
        }
        generation.text = text.all;
        Ok(reason)
    }
}

/// Index of the highest logit; a NaN never wins.
fn highest(logits: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, logit) in logits.iter().enumerate() {
        if *logit > best.1 {
            best = (index, *logit);
        }
    }
    best.0 as u32
}

/// Whether the last [`LOOP_LENGTH`] tokens stand twice in a row.
fn is_loop(tokens: &[u32]) -> bool {
    (2..=LOOP_LENGTH).any(|length| {
        // Short runs must come back more often before they count: "nej, nej" is language.
        let times = if length < 5 { 4 } else { 2 };
        tokens.len() >= length * times && {
            let tail = &tokens[tokens.len() - length * times..];
            tail.chunks_exact(length).all(|chunk| chunk == &tail[..length])
        }
    })
}

/// Bytes that become text: characters may be cut by tokens, and stop texts must not be shown.
struct StreamedText<'a> {
    stops: &'a [String],
    pending: Vec<u8>,
    all: String,
    shown: usize,
    stopped: bool,
}

impl<'a> StreamedText<'a> {
    fn new(stops: &'a [String]) -> Self {
        Self { stops, pending: Vec::new(), all: String::new(), shown: 0, stopped: false }
    }

    /// Adds bytes; true when a stop text is complete.
    fn push(&mut self, bytes: &[u8]) -> bool {
        self.pending.extend_from_slice(bytes);
        let valid = match std::str::from_utf8(&self.pending) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_some() => self.pending.len(),
            Err(error) => error.valid_up_to(),
        };
        let ready: Vec<u8> = self.pending.drain(..valid).collect();
        self.all.push_str(&String::from_utf8_lossy(&ready));
        // Leading whitespace is never part of an answer, and a stop text before any word would end it at once.
        if self.shown == 0 {
            let trimmed = self.all.trim_start().len();
            self.all.drain(..self.all.len() - trimmed);
        }
        let cut = self.stops.iter().filter_map(|stop| self.all.find(stop.as_str())).min();
        if let Some(cut) = cut {
            self.all.truncate(cut);
            self.stopped = true;
        }
        self.stopped
    }

    /// Text that can be shown: all of it, less what might become a stop text.
    fn take_ready(&mut self) -> String {
        let mut end = self.all.len();
        if !self.stopped {
            for stop in self.stops {
                let longest = (1..stop.len()).rev().filter(|length| stop.is_char_boundary(*length));
                let held = longest.filter(|length| self.all.ends_with(&stop[..*length])).max().unwrap_or(0);
                end = end.min(self.all.len() - held);
            }
        }
        let end = end.max(self.shown);
        let ready = self.all[self.shown..end].to_owned();
        self.shown = end;
        ready
    }

    fn finish(&mut self) -> String {
        self.stopped = true;
        self.take_ready()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_texts_are_not_shown_even_when_they_come_in_parts() {
        let stops = vec!["\nFråga:".to_owned()];
        let mut text = StreamedText::new(&stops);
        let mut shown = String::new();
        let pieces: [&[u8]; 5] = [b" Ring \xc3", b"\xa4ven", b"\nFr", "åga".as_bytes(), b": mer"];
        for piece in pieces {
            text.push(piece);
            shown.push_str(&text.take_ready());
        }
        shown.push_str(&text.finish());
        assert_eq!(shown, "Ring även");
        assert_eq!(text.all, "Ring även");
    }

    #[test]
    fn loops_are_seen_and_language_is_not() {
        assert!(is_loop(&[1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]));
        assert!(is_loop(&[9, 7, 8, 7, 8, 7, 8, 7, 8]));
        assert!(!is_loop(&[5, 6, 5, 6]));
    }

    #[test]
    fn nan_never_wins() {
        assert_eq!(highest(&[f32::NAN, 1.0, 3.0, f32::NAN]), 2);
    }
}
