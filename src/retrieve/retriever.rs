//! From a question to ranked passages.

use std::sync::Arc;

use jiff::civil::Date;

use super::RetrieveError;
use super::confidence::{Confidence, Features, Observed, Reranked, closeness};
use super::fitted::Fitted;
use super::fusion::{Legs, z_scores};
use super::question::{Analysed, Question};
use crate::index::{DocumentHead, Index, LexicalLeg, PassageNumber, PassageRow};
use crate::inference::worker::{EmbedderHandle, RerankerHandle};
use crate::inference::{RerankPassage, TextKind, Verdict};
use crate::ingest::Standing;
use crate::language::Lexicon;

/// Passages that the reranker reads: more cost time (some 60 ms each on two cores) and gain little.
const RERANKED: usize = 10;

/// Passages that are looked through for names of other documents.
const POINTERS: usize = 10;
/// What lifts a passage before the one that points at it, in standard deviations of a leg.
const JUST_BEFORE: f32 = 0.01;

/// What a search is to return.
#[derive(Debug, Clone, Copy)]
pub struct SearchOptions {
    /// Most passages.
    pub limit: usize,
    /// Whether documents that are no longer or not yet in force come too.
    pub all_standings: bool,
    /// The day on which validity is judged.
    pub today: Date,
    /// Whether the reranker, if there is one, reads the best passages. It takes some tenths of a second.
    pub rerank: bool,
}

/// A passage's score in each leg, before they are brought to one scale.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct LegScores {
    /// Cosine.
    pub dense: f32,
    /// Cosine with the nearest unit.
    pub units: f32,
    /// BM25 over stems.
    pub stems: f32,
    /// BM25 over groups of characters.
    pub grams: f32,
}

/// A passage that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The passage.
    pub row: PassageRow,
    /// Its document.
    pub document: DocumentHead,
    /// The document's standing on the day of the search.
    pub standing: Standing,
    /// The fused score; comparable within one search only.
    pub score: f32,
    /// The legs' scores.
    pub legs: LegScores,
    /// Cosine of each of its units with the question.
    pub unit_scores: Vec<f32>,
    /// What the reranker says of it, if it was among those read.
    pub verdict: Option<Verdict>,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The question.
    pub analysed: Analysed,
    /// Passages, best first.
    pub hits: Vec<Hit>,
    /// Probability that the best of them answer.
    pub confidence: Confidence,
    /// Whether that is too little to answer.
    pub refused: bool,
    /// What it was computed from.
    pub features: Features,
}

/// Searches one generation of an index.
#[derive(Debug, Clone)]
pub struct Retriever {
    index: Arc<Index>,
    embedder: EmbedderHandle,
    reranker: Option<RerankerHandle>,
    fitted: Fitted,
    lexicon: Arc<Lexicon>,
}

impl Retriever {
    /// A retriever over an open index.
    pub fn new(index: Arc<Index>, embedder: EmbedderHandle, fitted: Fitted) -> Self {
        Self { index, embedder, reranker: None, fitted, lexicon: Arc::new(Lexicon::built_in().clone()) }
    }

    /// The same retriever with a reranker, or without one.
    #[must_use]
    pub fn with_reranker(self, reranker: Option<RerankerHandle>) -> Self {
        Self { reranker, ..self }
    }

    /// The same retriever with other fitted numbers.
    #[must_use]
    pub fn with_fitted(self, fitted: Fitted) -> Self {
        Self { fitted, ..self }
    }

    /// The same retriever with a site's own words.
    #[must_use]
    pub fn with_lexicon(self, lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon, ..self }
    }

    /// The same retriever over another generation of the index.
    #[must_use]
    pub fn over(&self, index: Arc<Index>) -> Self {
        Self { index, ..self.clone() }
    }

    /// What staff's words and abbreviations mean here.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The index.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The embedding model.
    pub fn embedder(&self) -> &EmbedderHandle {
        &self.embedder
    }

    /// The fitted numbers in use.
    pub fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// Whether a passage has anything to do with what was searched for: a word or a part of one, or its meaning. Without
    /// this a search for a word that no routine has would list what lies least far from it.
    pub fn is_related(&self, hit: &Hit) -> bool {
        let least = self.fitted.unranked.off_topic.map_or(f32::NEG_INFINITY, |off_topic| off_topic.closeness);
        hit.legs.stems > 0.0 || hit.legs.grams > 0.0 || closeness(hit.legs.dense) >= least
    }

    /// Embeds a question and finds its words.
    pub fn analyse(&self, question: Question) -> Result<Analysed, RetrieveError> {
        let question = match self.index.as_meant(question.as_str(), |word| self.lexicon.knows(word)) {
            Some(meant) => question.spelled(meant),
            None => question,
        };
        let vectors = self.embedder.embed(vec![question.as_str().to_owned()], TextKind::Query)?;
        let vector = vectors.into_iter().next().unwrap_or_default();
        Ok(Analysed::new(question, vector, &self.lexicon, self.index.analyser()))
    }

    /// Ranks passages for a question. Must not be called from an async task: it waits for the embedding model.
    pub fn search(&self, question: Question, options: SearchOptions) -> Result<Ranked, RetrieveError> {
        let analysed = self.analyse(question)?;
        self.rank(analysed, options)
    }

    /// Ranks passages for an analysed question.
    pub fn rank(&self, analysed: Analysed, options: SearchOptions) -> Result<Ranked, RetrieveError> {
        let legs = self.legs(&analysed)?;
        self.rank_legs(analysed, &legs, options)
    }

    /// Scores of every passage in each leg.
    pub fn legs(&self, analysed: &Analysed) -> Result<Legs, RetrieveError> {
        let weights = self.fitted.field_weights();
        let lexical = |leg| self.index.lexical_scores(leg, analysed.terms(leg), weights);
        Ok(Legs {
            dense: self.index.dense_scores(&analysed.vector),
            units: self.index.best_unit_scores(&analysed.vector),
            stems: lexical(LexicalLeg::Stems)?,
            grams: lexical(LexicalLeg::Grams)?,
        })
    }

    /// Ranks passages by legs that have been computed.
    pub fn rank_legs(&self, analysed: Analysed, legs: &Legs, options: SearchOptions) -> Result<Ranked, RetrieveError> {
        let mut fused = self.fitted.fusion.fuse(legs, self.index.documents_of_passages());
        self.follow_names(&analysed, &mut fused)?;
        let order = best_first(&fused);
        let mut hits = Vec::with_capacity(options.limit);
        for number in order {
            if hits.len() >= options.limit {
                break;
            }
            let Some(row) = self.index.passage(PassageNumber(number as u32))? else { continue };
            let Some(document) = self.index.document_by_number(row.document) else { continue };
            let standing = document.metadata.validity.standing(options.today);
            if !options.all_standings && !standing.may_answer() {
                continue;
            }
            let legs = LegScores {
                dense: legs.dense[number],
                units: legs.units[number],
                stems: legs.stems[number],
                grams: legs.grams[number],
            };
            let unit_scores = self.index.unit_scores(&analysed.vector, &row);
            let (document, score) = (document.clone(), fused[number]);
            hits.push(Hit { document, row, standing, score, legs, unit_scores, verdict: None });
        }
        let reranked = options.rerank && self.rerank(&analysed.question, &mut hits)?;
        let features = self.features(&analysed, &hits, &legs.dense)?;
        let refusing = self.fitted.refusing(reranked);
        let confidence = refusing.confidence.probability(&features);
        Ok(Ranked { refused: refusing.refuses(confidence, &features), analysed, hits, confidence, features })
    }

    /// Brings what a passage near the top only points at ("Då gäller Rutin när kunden inte öppnar dörren.") before it: the
    /// best passage of the document that its nearest unit names.
    fn follow_names(&self, analysed: &Analysed, fused: &mut [f32]) -> Result<(), RetrieveError> {
        let documents = self.index.documents_of_passages();
        for number in best_first(fused).into_iter().take(POINTERS) {
            let Some(row) = self.index.passage(PassageNumber(number as u32))? else { continue };
            let scores = self.index.unit_scores(&analysed.vector, &row);
            let nearest = row.passage.units.iter().zip(&scores).max_by(|a, b| a.1.total_cmp(b.1));
            let Some((nearest, _)) = nearest else { continue };
            for named in self.index.documents_named_in(row.passage.text_of(nearest)) {
                let own = (0..fused.len()).filter(|passage| documents[*passage] == named);
                let Some(best) = own.max_by(|a, b| fused[*a].total_cmp(&fused[*b])) else { continue };
                if named != row.document {
                    fused[best] = fused[best].max(fused[number] + JUST_BEFORE);
                }
            }
        }
        Ok(())
    }

    /// Lets the reranker read the best hits and orders them anew; false if there is no reranker.
    fn rerank(&self, question: &Question, hits: &mut [Hit]) -> Result<bool, RetrieveError> {
        let Some(reranker) = &self.reranker else { return Ok(false) };
        let count = hits.len().min(RERANKED);
        let best = &mut hits[..count];
        let verdicts = reranker.judge(question.as_str().to_owned(), best.iter().map(rerank_passage).collect())?;
        for (hit, verdict) in best.iter_mut().zip(verdicts) {
            hit.score += self.fitted.rerank_weight * verdict.passage;
            hit.verdict = Some(verdict);
        }
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(true)
    }

    fn features(&self, analysed: &Analysed, hits: &[Hit], dense: &[f32]) -> Result<Features, RetrieveError> {
        let best = &hits[..hits.len().min(3)];
        let texts: Vec<String> = best
            .iter()
            .map(|hit| {
                format!("{}\n{}\n{}", hit.document.title, hit.row.passage.heading_path.join("\n"), hit.row.passage.text)
            })
            .collect();
        let highest = |scores: &mut dyn Iterator<Item = f32>| scores.fold(0f32, f32::max);
        let best_cosine = highest(&mut best.iter().map(|hit| hit.legs.dense));
        let z = z_scores(dense);
        let best_z = highest(&mut best.iter().filter_map(|hit| z.get(hit.row.number.0 as usize).copied()));
        let units: Vec<String> = hits
            .iter()
            .take(5)
            .flat_map(|hit| {
                let passage = &hit.row.passage;
                let heading = passage.heading_path.last().map_or("", String::as_str);
                passage.units.iter().map(move |unit| format!("{heading} {}", passage.text_of(unit)))
            })
            .collect();
        let five = &hits[..hits.len().min(5)];
        let agreeing = five.iter().filter(|hit| Some(hit.row.document) == five.first().map(|first| first.row.document));
        let ten = &hits[..hits.len().min(10)];
        let mean = ten.iter().map(|hit| hit.score).sum::<f32>() / ten.len().max(1) as f32;
        let observed = Observed {
            best_cosine,
            best_unit_cosine: highest(&mut best.iter().flat_map(|hit| hit.unit_scores.iter().copied())),
            best_z,
            texts: &texts,
            units: &units,
            agreement: agreeing.count() as f32 / five.len().max(1) as f32,
            lead: (ten.first().map_or(0.0, |hit| hit.score) - mean) / 4.0,
            frequencies: &self.index.passage_frequencies(&analysed.stems)?,
            passages: self.index.passage_count(),
            reranker: reranked(hits),
        };
        Ok(Features::of(analysed, &observed))
    }
}

fn best_first(fused: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..fused.len()).collect();
    order.sort_unstable_by(|a, b| fused[*b].total_cmp(&fused[*a]).then(a.cmp(b)));
    order
}

fn rerank_passage(hit: &Hit) -> RerankPassage {
    let passage = &hit.row.passage;
    let headings = passage.heading_path.iter().filter(|heading| **heading != hit.document.title);
    let head: Vec<&str> = std::iter::once(&hit.document.title).chain(headings).map(String::as_str).collect();
    RerankPassage {
        head: head.join(" – "),
        units: passage.units.iter().map(|unit| passage.text_of(unit).to_owned()).collect(),
    }
}

/// The highest of the reranker's logits; `None` if it was not asked.
fn reranked(hits: &[Hit]) -> Option<Reranked> {
    let verdicts: Vec<&Verdict> = hits.iter().filter_map(|hit| hit.verdict.as_ref()).collect();
    let mut passages: Vec<f32> = verdicts.iter().map(|verdict| verdict.passage).collect();
    passages.sort_by(|a, b| b.total_cmp(a));
    let best = *passages.first()?;
    let units = verdicts.iter().flat_map(|verdict| verdict.units.iter().flatten().copied());
    Some(Reranked {
        best,
        best_unit: units.fold(f32::NEG_INFINITY, f32::max).max(-20.0),
        second: passages.get(1).copied().unwrap_or(best),
    })
}
