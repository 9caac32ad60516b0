//! Do the models compute what they computed when they were trained?
//!
//! Held against llama.cpp (generative models) and against an f32 implementation (the embedding model); see the scripts
//! in `tests/reference` for how the values were made.
//!
//! Both engines round activations to 8 bits before they multiply them with quantised weights, but over blocks of
//! different lengths (llama.cpp 32 values for 8-bit and 4-bit blocks, candle 256), so that neither is nearer to the
//! truth. The measure is therefore `exact`: llama.cpp's logits for the same weights in f32.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use rutinlots::inference::prompt_format::Segment;
use rutinlots::inference::{
    Embedder, GenerationRequest, Generator, InferenceError, StopReason, TextKind, TextTokenizer,
};

use crate::support::{Failure, GENERATOR, Outcome, UNTUNED_EMBEDDER, model, model_if_there, repository, turn};

fn reference<T: DeserializeOwned>(name: &str) -> Result<T, Failure> {
    let path = repository("tests/reference").join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

// ---------------------------------------------------------------------------------------------------------------------
// The embedding model
// ---------------------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct E5Reference {
    ids: Vec<Vec<u32>>,
    query_ids: Vec<LineIds>,
    texts: Vec<TextIds>,
    vectors: Vec<LineVector>,
}

#[derive(Deserialize)]
struct LineIds {
    line: usize,
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct TextIds {
    text: String,
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct LineVector {
    line: usize,
    prefix: String,
    reference: Vec<f32>,
}

/// The id of `▁` alone.
const SPACE_MARK: u32 = 6;

fn sentences() -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(repository("tests/reference/e5-sentences.txt"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let norm = |v: &[f32]| v.iter().map(|value| value * value).sum::<f32>().sqrt();
    dot / (norm(a) * norm(b))
}

#[test]
fn the_embedding_models_tokens_are_those_of_its_training() -> Outcome {
    let _turn = turn();
    let embedder = Embedder::load(&model(UNTUNED_EMBEDDER)?, &Device::Cpu)?;
    let reference: E5Reference = reference("e5-reference.json")?;
    let lines = sentences()?;
    assert_eq!(lines.len(), reference.ids.len());
    let mut equal = 0;
    for (line, expected) in lines.iter().zip(&reference.ids) {
        let ids = embedder.token_ids(line);
        if ids == *expected {
            equal += 1;
        } else {
            println!("tokens differ: {line:?}\n  ours      {ids:?}\n  reference {expected:?}");
        }
    }
    println!("{equal} of {} sentences have equal tokens", lines.len());
    assert!(equal * 1000 >= lines.len() * 995, "only {equal} of {}", lines.len());
    for LineIds { line, ids } in &reference.query_ids {
        assert_eq!(embedder.token_ids(&format!("query: {}", lines[*line])), *ids, "query: {}", lines[*line]);
    }
    // What looks like a control token in a text is text.
    for TextIds { text, ids } in &reference.texts {
        let mut expected = ids.clone();
        // The reference leaves a lone space mark at the end of a text that ends in spaces; SentencePiece itself, and we,
        // drop it. No text that is embedded ends so.
        if text.ends_with(char::is_whitespace) {
            expected.retain(|id| *id != SPACE_MARK);
        }
        assert_eq!(embedder.token_ids(text), expected, "{text:?}");
    }
    Ok(())
}

#[test]
fn vectors_point_where_the_unquantised_model_points() -> Outcome {
    let _turn = turn();
    let embedder = Embedder::load(&model(UNTUNED_EMBEDDER)?, &Device::Cpu)?;
    let reference: E5Reference = reference("e5-reference.json")?;
    let lines = sentences()?;
    let mut lowest = 1f32;
    for LineVector { line, prefix, reference } in &reference.vectors {
        let kind = if prefix == "query: " { TextKind::Query } else { TextKind::Passage };
        let vectors = embedder.embed(&[&lines[*line]], kind)?;
        let cosine = cosine(&vectors[0], reference);
        lowest = lowest.min(cosine);
        assert!(cosine >= 0.999, "cosine {cosine} for {:?}", lines[*line]);
    }
    println!("lowest cosine with the reference of {} texts: {lowest:.5}", reference.vectors.len());
    Ok(())
}

#[test]
fn a_texts_vector_does_not_depend_on_its_neighbours_in_the_batch() -> Outcome {
    let _turn = turn();
    let embedder = Embedder::load(&model(UNTUNED_EMBEDDER)?, &Device::Cpu)?;
    let lines = sentences()?;
    let texts: Vec<&str> = lines.iter().take(12).map(String::as_str).collect();
    let together = embedder.embed(&texts, TextKind::Passage)?;
    for (text, vector) in texts.iter().zip(&together) {
        let alone = embedder.embed(&[text], TextKind::Passage)?;
        let cosine = cosine(&alone[0], vector);
        assert!(cosine > 0.9999, "cosine {cosine} for {text:?}");
    }
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// What generative models are held against
// ---------------------------------------------------------------------------------------------------------------------

const CONTROLS: [&str; 13] = [
    "<|im_start|>",
    "<|im_end|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<|user|>",
    "<|assistant|>",
    "<|end|>",
    "<|endoftext|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<s>",
    "</s>",
];

/// A prompt in which llama.cpp was told to see control tokens, as segments.
fn segments(tokenizer: &TextTokenizer, prompt: &str) -> Vec<Segment> {
    let mut out = Vec::new();
    let mut rest = prompt;
    let next = |text: &str| {
        CONTROLS
            .iter()
            .filter(|name| tokenizer.special(name).is_some())
            .filter_map(|name| Some((text.find(name)?, *name)))
            .min_by_key(|(at, _)| *at)
    };
    while let Some((at, name)) = next(rest) {
        if at > 0 {
            out.push(Segment::Text(rest[..at].to_owned()));
        }
        out.push(Segment::Control(name));
        rest = &rest[at + name.len()..];
        // Phi-3's marks swallow the white space after them; the layout of its prompts writes none.
        if tokenizer.special("<|assistant|>").is_some() {
            rest = rest.trim_start();
        }
    }
    if !rest.is_empty() {
        out.push(Segment::Text(rest.to_owned()));
    }
    out
}

fn highest(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(id, _)| id as u32)
}

/// Holds a greedy continuation against the reference's. Where another token wins, its margin in the reference must have
/// been at most `near_tie`; the comparison then goes on along the reference's path. Returns the near-ties.
fn follow(
    generator: &mut Generator,
    prompt: &[u32],
    expected: &[u32],
    margins: &[f32],
    near_tie: f32,
) -> Result<Vec<(usize, f32)>, Failure> {
    let mut ties = Vec::new();
    let mut done = 0;
    while done < expected.len() {
        let path = [prompt, &expected[..done]].concat();
        let ours = generator.greedy(&path, expected.len() - done)?;
        let equal = ours.iter().zip(&expected[done..]).take_while(|(ours, theirs)| ours == theirs).count();
        done += equal;
        if done < expected.len() {
            let margin = margins.get(done).copied().unwrap_or(f32::INFINITY);
            if margin > near_tie {
                return Err(format!(
                    "token {done} is {} in place of {}, which was {margin} ahead of the next one",
                    ours[equal], expected[done]
                )
                .into());
            }
            ties.push((done, margin));
            done += 1;
        }
    }
    Ok(ties)
}

// ---------------------------------------------------------------------------------------------------------------------
// Every architecture, on small random weights
// ---------------------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct TinyReference {
    prompt_ids: Vec<u32>,
    greedy_ids: Vec<u32>,
    largest_difference_of_logits: f32,
    logits_exact: Vec<f32>,
    end_ids: Vec<u32>,
    texts: Vec<TinyText>,
}

#[derive(Deserialize)]
struct TinyText {
    text: String,
    plain: Vec<u32>,
    special: Vec<u32>,
}

fn tiny(name: &str) -> PathBuf {
    repository("tests/reference/tiny").join(format!("{name}.gguf"))
}

fn tiny_names() -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(repository("tests/reference/tiny"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "gguf") {
            names.push(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    names.sort();
    assert!(names.len() >= 7, "small models are missing: {names:?}");
    Ok(names)
}

/// How many times llama.cpp's own rounding error ours may be. Measured: 1.4 to 2.1 on the small models, 0.6 to 2.3 on the
/// real ones. That it is more than 1 is to be expected: of 256 values that share a scale the largest is larger than of 32.
const ROUNDING: f32 = 2.5;

#[test]
fn every_architectures_logits_and_greedy_tokens_are_those_of_llama_cpp() -> Outcome {
    let _turn = turn();
    for name in tiny_names()? {
        let reference: TinyReference = reference(&format!("tiny/{name}.json"))?;
        let mut generator = Generator::load(&tiny(&name), &Device::Cpu)?;
        let logits = generator.logits(&reference.prompt_ids)?;
        assert_eq!(logits.len(), reference.logits_exact.len(), "{name}");
        let pairs = logits.iter().zip(&reference.logits_exact);
        let difference = pairs.map(|(ours, exact)| (ours - exact).abs()).fold(0f32, f32::max);
        let theirs = reference.largest_difference_of_logits;
        let cosine = cosine(&logits, &reference.logits_exact);
        println!("{name}: largest difference {difference:.4} (llama.cpp {theirs:.4}), cosine {cosine:.6}");
        assert!(difference <= ROUNDING * theirs, "{name}: {difference} off, llama.cpp is {theirs} off");
        assert!(cosine >= 0.998, "{name}: cosine {cosine}");
        let greedy = generator.greedy(&reference.prompt_ids, reference.greedy_ids.len())?;
        assert_eq!(greedy, reference.greedy_ids, "{name}");
    }
    Ok(())
}

/// Gemma's small model attends to 16 positions in most layers and the sequence has 71, so that masks, windows and
/// positions across pieces all count.
#[test]
fn reading_in_one_go_is_the_same_as_reading_token_by_token() -> Outcome {
    let _turn = turn();
    for name in tiny_names()? {
        let reference: TinyReference = reference(&format!("tiny/{name}.json"))?;
        let mut generator = Generator::load(&tiny(&name), &Device::Cpu)?;
        let written = generator.greedy(&reference.prompt_ids, 40)?;
        for read in 0..written.len() {
            let path = [reference.prompt_ids.as_slice(), &written[..read]].concat();
            assert_eq!(highest(&generator.logits(&path)?), written[read], "{name}: after {} tokens", path.len());
        }
    }
    Ok(())
}

fn request(prompt: &str, max_tokens: usize) -> GenerationRequest {
    GenerationRequest { prompt: vec![Segment::Text(prompt.to_owned())], max_tokens, stops: Vec::new() }
}

/// What a generator that has read nothing yet writes.
fn cold(file: &Path, request: &GenerationRequest) -> Result<Vec<u32>, Failure> {
    Ok(Generator::load(file, &Device::Cpu)?.generate(request, |_| ControlFlow::Continue(()))?.tokens)
}

const SHARED: &str = "Källor:\n[1] Instruktion när en person vägrar ta sin medicin: Gör högst tre försök. Ring \
    sjuksköterskan. Signera dosen som vägrat. [2] Rutin för läkemedelshantering: Läkemedel förvaras inlåsta.\n";

/// Two answers to one request must be the same, or part where the next tokens were as good as equal: a prompt that is
/// read in other pieces is summed in another order, and what is rounded to 8 bits afterwards may fall to the other side.
fn assert_same(file: &Path, request: &GenerationRequest, cold: &[u32], warm: &[u32]) -> Outcome {
    if cold == warm {
        return Ok(());
    }
    let equal = cold.iter().zip(warm).take_while(|(cold, warm)| cold == warm).count();
    let (Some(first), Some(second)) = (cold.get(equal), warm.get(equal)) else {
        return Err(format!("one answer ends early: {cold:?} and {warm:?}").into());
    };
    let mut generator = Generator::load(file, &Device::Cpu)?;
    let path = [generator.prompt_ids(&request.prompt)?.as_slice(), &cold[..equal]].concat();
    let logits = generator.logits(&path)?;
    let margin = (logits[*first as usize] - logits[*second as usize]).abs();
    println!("{}: near-tie after {equal} tokens, margin {margin:.4}", file.display());
    assert!(margin <= NEAR_TIE, "{cold:?} and {warm:?} part by {margin}");
    Ok(())
}

/// Asks twice with a common beginning, and breaks off once in between; the answers must be those of a fresh model.
fn hold_warm_against_cold(file: &Path, max_tokens: usize) -> Outcome {
    let first = request(&format!("{SHARED}Fråga: Hur många försök gör jag?\nSvar:"), max_tokens);
    let second = request(&format!("{SHARED}Fråga: Vem ringer jag när någon vägrar?\nSvar:"), max_tokens);
    let (first_cold, second_cold) = (cold(file, &first)?, cold(file, &second)?);
    let mut generator = Generator::load(file, &Device::Cpu)?;
    let mut answer = |request| generator.generate(request, |_| ControlFlow::Continue(()));
    // The same work gives the same answer to the last bit.
    assert_eq!(answer(&first)?.tokens, first_cold);
    let warm = answer(&second)?;
    assert!(warm.reused_tokens > 20, "only {} tokens were taken over", warm.reused_tokens);
    assert_same(file, &second, &second_cold, &warm.tokens)?;
    let again = answer(&second)?;
    // Whole pieces are taken over, so all is read as it would be by a fresh model.
    assert!(again.prompt_tokens - again.reused_tokens <= 64, "{} of {}", again.reused_tokens, again.prompt_tokens);
    assert_eq!(again.tokens, second_cold);
    let mut steps = 0;
    let broken_off = generator.generate(&first, |_| {
        steps += 1;
        if steps > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    assert_eq!(broken_off.stop, StopReason::Cancelled);
    let after = generator.generate(&first, |_| ControlFlow::Continue(()))?;
    assert_same(file, &first, &first_cold, &after.tokens)
}

#[test]
fn what_was_read_before_changes_no_answer() -> Outcome {
    let _turn = turn();
    for name in ["gemma3", "llama", "phi3", "qwen3"] {
        hold_warm_against_cold(&tiny(name), 20)?;
    }
    hold_warm_against_cold(&model(GENERATOR)?, 12)
}

#[test]
fn a_prompt_that_does_not_fit_is_an_error_and_not_an_answer() -> Outcome {
    let mut generator = Generator::load(&tiny("llama"), &Device::Cpu)?;
    let outcome = generator.generate(&request(&"det ".repeat(2000), 20), |_| ControlFlow::Continue(()));
    assert!(matches!(outcome, Err(InferenceError::PromptTooLong { .. })), "{outcome:?}");
    Ok(())
}

#[test]
fn every_tokenizers_tokens_are_those_of_llama_cpp() -> Outcome {
    for name in tiny_names()? {
        let reference: TinyReference = reference(&format!("tiny/{name}.json"))?;
        let generator = Generator::load(&tiny(&name), &Device::Cpu)?;
        let tokenizer = generator.tokenizer();
        for TinyText { text, plain, special } in &reference.texts {
            if differs_on_purpose(text, &generator) {
                continue;
            }
            assert_eq!(tokenizer.encode(text)?, *plain, "{name}: {text:?} as plain text");
            let ids = generator.prompt_ids(&segments(tokenizer, text))?;
            assert_eq!(ids, *special, "{name}: {text:?} as a prompt");
        }
        for id in &reference.end_ids {
            assert!(tokenizer.is_end(*id), "{name}: {id} ends an answer");
        }
    }
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Real models
// ---------------------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct LlamaReference {
    vocab_size: usize,
    end_ids: Vec<u32>,
    prompts: Vec<PromptReference>,
    plain_texts: Vec<TextIds>,
}

#[derive(Deserialize)]
struct PromptReference {
    name: String,
    prompt: String,
    ids: Vec<u32>,
    top: Vec<(u32, f32)>,
    top_exact: Vec<(u32, f32)>,
    spread: Vec<(u32, f32)>,
    spread_exact: Vec<(u32, f32)>,
    greedy_ids: Vec<u32>,
    greedy_margins: Vec<f32>,
    greedy_exact_ids: Vec<u32>,
    greedy_exact_margins: Vec<f32>,
}

impl PromptReference {
    /// How far each greedy token was ahead of the next one: in the file as it is or, as long as it goes the same way,
    /// with exact weights, whichever is less.
    fn margins(&self) -> Vec<f32> {
        let mut margins = self.greedy_margins.clone();
        let same = self.greedy_ids.iter().zip(&self.greedy_exact_ids).take_while(|(file, exact)| file == exact).count();
        for (margin, exact) in margins.iter_mut().zip(&self.greedy_exact_margins).take(same) {
            *margin = margin.min(*exact);
        }
        margins
    }
}

/// Another token may win only where the reference's winner was this little ahead. Measured: 0.182 (gemma), 0.013 to
/// 0.194 (qwen), where the rounding of either engine moves logits by 0.3 and more. On two of these prompts llama.cpp
/// itself writes something else with weights in f32.
const NEAR_TIE: f32 = 0.25;
/// So many times in 30 tokens.
const MOST_TIES: usize = 2;

/// The largest difference of logits that stand in both lists.
fn apart(pairs: &[(u32, f32)], logit: impl Fn(u32) -> Option<f32>) -> f32 {
    pairs.iter().filter_map(|(id, value)| Some((logit(*id)? - value).abs())).fold(0f32, f32::max)
}

/// Whether two engines may split the text differently, and ours as it does.
fn differs_on_purpose(text: &str, generator: &Generator) -> bool {
    let byte_level = generator.tokenizer().special("<|im_start|>").is_some();
    // Qwen was trained on composed characters, so we compose; llama.cpp does not.
    let decomposed = unicode_normalization::UnicodeNormalization::nfc(text).ne(text.chars());
    // Marks of tool calls in a document or question stay text with us.
    byte_level && (decomposed || text.contains("<tool_call>"))
}

fn hold_against_llama_cpp(file: &Path, reference_file: &str) -> Outcome {
    let reference: LlamaReference = reference(reference_file)?;
    let mut generator = Generator::load(file, &Device::Cpu)?;
    for TextIds { text, ids } in &reference.plain_texts {
        if !differs_on_purpose(text, &generator) {
            assert_eq!(generator.tokenizer().encode(text)?, *ids, "{reference_file}: {text:?}");
        }
    }
    for id in &reference.end_ids {
        assert!(generator.tokenizer().is_end(*id), "{reference_file}: {id} ends an answer");
    }
    for prompt in &reference.prompts {
        let name = format!("{reference_file}, {}", prompt.name);
        let ids = generator.prompt_ids(&segments(generator.tokenizer(), &prompt.prompt))?;
        assert_eq!(ids, prompt.ids, "tokens of {name}");
        let logits = generator.logits(&ids)?;
        assert_eq!(logits.len(), reference.vocab_size, "{name}");
        let margins = prompt.margins();
        let first_is_equal = prompt.greedy_ids.first() == Some(&highest(&logits));
        assert!(first_is_equal || margins.first().is_some_and(|margin| *margin <= NEAR_TIE), "first token of {name}");
        let of = |pairs: &[(u32, f32)], id: u32| pairs.iter().find(|(other, _)| *other == id).map(|(_, logit)| *logit);
        let theirs = apart(&prompt.top_exact, |id| of(&prompt.top, id))
            .max(apart(&prompt.spread_exact, |id| of(&prompt.spread, id)));
        let ours = |pairs| apart(pairs, |id| logits.get(id as usize).copied());
        let difference = ours(&prompt.top_exact).max(ours(&prompt.spread_exact));
        println!("{name}: largest difference from exact logits {difference:.3} (llama.cpp {theirs:.3})");
        assert!(difference <= ROUNDING * theirs, "{name}: {difference} off, llama.cpp is {theirs} off");
        let ties = follow(&mut generator, &ids, &prompt.greedy_ids, &margins, NEAR_TIE)
            .map_err(|error| format!("{name}: {error}"))?;
        println!("{name}: {} greedy tokens, near-ties decided otherwise: {ties:?}", prompt.greedy_ids.len());
        assert!(ties.len() <= MOST_TIES, "{name}: {ties:?}");
    }
    Ok(())
}

#[test]
fn gemma_computes_what_llama_cpp_computes() -> Outcome {
    let _turn = turn();
    hold_against_llama_cpp(&model(GENERATOR)?, "llama-gemma3-270m.json")
}

fn hold_if_there(name: &str, reference_file: &str) -> Outcome {
    let _turn = turn();
    let Some(file) = model_if_there(name)? else {
        println!("SKIPPED: {name} is not here; `cargo run --release -- models fetch {name}` gets it");
        return Ok(());
    };
    hold_against_llama_cpp(&file, reference_file)
}

#[test]
fn the_larger_qwen_computes_what_llama_cpp_computes() -> Outcome {
    hold_if_there("qwen2.5-coder-1.5b-instruct", "llama-qwen2.5-1.5b.json")
}

#[test]
fn the_smaller_qwen_computes_what_llama_cpp_computes() -> Outcome {
    hold_if_there("qwen2.5-coder-0.5b-instruct", "llama-qwen2.5-0.5b.json")
}
