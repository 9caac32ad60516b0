//! Which passages share words with a question?
//!
//! A tantivy index with two legs over the same text: stems, with those of compounds' parts counting less, and groups of
//! four characters, which forgive slips. Texts come analysed from [`crate::language`]; tantivy only counts and scores (BM25).
//! Scores are returned for all passages at once, because fusion needs their mean and spread.

use std::collections::HashMap;
use std::path::Path;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{DocId, Index, IndexReader, Score, SegmentOrdinal, SegmentReader, TantivyDocument, Term};

use super::IndexError;
use super::frozen::FrozenFolder;
use crate::language::Analyser;

pub(crate) const FOLDER: &str = "words";
/// Raised when the analysis makes other terms of a text (see the test of the same name), so that a word index is never
/// asked for terms that it cannot hold.
pub(crate) const ANALYSER_VERSION: u32 = 2;
const ANALYSER: &str = "rutinlots";
const WRITER_MEMORY: usize = 64 << 20;
/// How much a compound counts for its part, and a part for its compound, against the word itself.
const PART: f32 = 0.5;

/// What two texts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexicalLeg {
    /// Stems of words.
    Stems,
    /// Groups of four characters.
    Grams,
}

/// How much a term counts by where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldWeights {
    /// In the document's title, type or case number.
    pub title: f32,
    /// In a heading above the passage.
    pub heading: f32,
    /// In the passage itself.
    pub body: f32,
}

#[derive(Debug, Clone, Copy)]
struct Fields {
    number: Field,
    stems: [Field; 3],
    parts: [Field; 3],
    grams: [Field; 3],
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer(ANALYSER).set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    let number = builder.add_u64_field("number", FAST | INDEXED);
    let mut field = |name: &str| builder.add_text_field(name, options.clone());
    let stems = [field("title_stems"), field("heading_stems"), field("body_stems")];
    let parts = [field("title_parts"), field("heading_parts"), field("body_parts")];
    let grams = [field("title_grams"), field("heading_grams"), field("body_grams")];
    (builder.build(), Fields { number, stems, parts, grams })
}

fn register(index: &Index) {
    let analyser = TextAnalyzer::builder(WhitespaceTokenizer::default()).build();
    index.tokenizers().register(ANALYSER, analyser);
}

/// What is looked for, and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchTerm {
    /// A stem or a group of characters.
    pub text: String,
    /// 1 for what was asked for.
    pub weight: f32,
}

impl SearchTerm {
    /// What was asked for itself.
    pub fn whole(text: String) -> Self {
        Self { text, weight: 1.0 }
    }

    /// A part of a compound that was asked for.
    pub fn part(text: String) -> Self {
        Self { text, weight: PART }
    }
}

/// What is indexed of a passage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LexicalPassage<'a> {
    pub(crate) title: &'a str,
    pub(crate) headings: &'a str,
    pub(crate) body: &'a str,
}

/// Writes a new index in one segment, so that scores do not depend on how the writing was divided.
pub(crate) fn write<'a>(
    path: &Path,
    passages: impl Iterator<Item = LexicalPassage<'a>>,
    analyser: &Analyser,
) -> Result<(), IndexError> {
    std::fs::create_dir_all(path).map_err(IndexError::io(path))?;
    let (schema, fields) = schema();
    fill(&Index::create_in_dir(path, schema)?, fields, passages, analyser)
}

fn fill<'a>(
    index: &Index,
    fields: Fields,
    passages: impl Iterator<Item = LexicalPassage<'a>>,
    analyser: &Analyser,
) -> Result<(), IndexError> {
    register(index);
    let mut split = HashMap::new();
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_MEMORY)?;
    for (number, passage) in passages.enumerate() {
        let mut document = TantivyDocument::new();
        document.add_u64(fields.number, number as u64);
        for (place, text) in [passage.title, passage.headings, passage.body].into_iter().enumerate() {
            document.add_text(fields.stems[place], analyser.stems(text).join(" "));
            document.add_text(fields.parts[place], analyser.parts(text, &mut split).join(" "));
            document.add_text(fields.grams[place], analyser.grams(text).join(" "));
        }
        writer.add_document(document)?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.wait_merging_threads()?;
    Ok(())
}

/// An open word index.
pub(crate) struct Lexical {
    reader: IndexReader,
    fields: Fields,
}

impl std::fmt::Debug for Lexical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexical").finish_non_exhaustive()
    }
}

impl Lexical {
    pub(crate) fn open(path: &Path) -> Result<Self, IndexError> {
        let index = Index::open(FrozenFolder::open(path)?)?;
        register(&index);
        let (expected, fields) = schema();
        if index.schema() != expected {
            return Err(IndexError::Mismatch("the word index has other fields".to_owned()));
        }
        Self::read(&index, fields)
    }

    /// An index of the same passages in memory, analysed otherwise.
    pub(crate) fn in_memory<'a>(
        passages: impl Iterator<Item = LexicalPassage<'a>>,
        analyser: &Analyser,
    ) -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        let index = Index::create_in_ram(schema);
        fill(&index, fields, passages, analyser)?;
        Self::read(&index, fields)
    }

    fn read(index: &Index, fields: Fields) -> Result<Self, IndexError> {
        let reader = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, fields })
    }

    /// Passages in it.
    pub(crate) fn len(&self) -> usize {
        self.reader.searcher().num_docs() as usize
    }

    /// BM25 of every passage, 0 where nothing matches. A stem that is a part of a compound there counts less.
    pub(crate) fn scores(
        &self,
        leg: LexicalLeg,
        terms: &[SearchTerm],
        weights: FieldWeights,
        count: usize,
    ) -> Result<Vec<f32>, IndexError> {
        let whole_and_part = match leg {
            LexicalLeg::Stems => vec![(self.fields.stems, 1.0), (self.fields.parts, PART)],
            LexicalLeg::Grams => vec![(self.fields.grams, 1.0)],
        };
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (fields, factor) in whole_and_part {
            for (field, weight) in fields.into_iter().zip([weights.title, weights.heading, weights.body]) {
                if weight <= 0.0 {
                    continue;
                }
                for SearchTerm { text, weight: own } in terms {
                    let query = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
                    clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(query), weight * factor * own))));
                }
            }
        }
        let collector = AllScores { count };
        Ok(self.reader.searcher().search(&BooleanQuery::new(clauses), &collector)?)
    }

    /// In how many passages each stem stands, body or heading, whichever is more.
    pub(crate) fn frequencies(&self, stems: &[String]) -> Result<Vec<u64>, IndexError> {
        let searcher = self.reader.searcher();
        stems
            .iter()
            .map(|stem| {
                let mut most = 0;
                for field in self.fields.stems {
                    most = most.max(searcher.doc_freq(&Term::from_field_text(field, stem))?);
                }
                Ok(most)
            })
            .collect()
    }
}

/// Collects every passage's score into a list by passage number.
struct AllScores {
    count: usize,
}

struct SegmentScores {
    numbers: Column<u64>,
    scores: Vec<(u64, Score)>,
}

impl Collector for AllScores {
    type Fruit = Vec<f32>;
    type Child = SegmentScores;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        Ok(SegmentScores { numbers: segment.fast_fields().u64("number")?, scores: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Vec<(u64, Score)>>) -> tantivy::Result<Self::Fruit> {
        let mut out = vec![0.0; self.count];
        for (number, score) in segments.into_iter().flatten() {
            if let Some(slot) = out.get_mut(number as usize) {
                *slot = score;
            }
        }
        Ok(out)
    }
}

impl SegmentCollector for SegmentScores {
    type Fruit = Vec<(u64, Score)>;

    fn collect(&mut self, document: DocId, score: Score) {
        if let Some(number) = self.numbers.first(document) {
            self.scores.push((number, score));
        }
    }

    fn harvest(self) -> Self::Fruit {
        self.scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Compounds;

    const BODIES: [&str; 6] = [
        "Nycklarna kvitteras i nyckelskåpet.",
        "Genomgång av läkemedel en gång per år.",
        "Läkemedelsgenomgången skrivs i journalen.",
        "Brandlarmet testas. Se 12 § LVU och 14 § LVU.",
        "Beslutet gäller enligt 13 § LVU i sex månader, därefter prövas det på nytt.",
        "LVU och 13 andra lagar har minst en §.",
    ];

    fn analyser() -> Analyser {
        let words = ["nyckel", "skåp", "genomgång", "läkemedel", "brand", "larmet"];
        Analyser::new(Compounds::from_counts(words.map(|word| (word, 1))))
    }

    /// Passages that have something of a question, best first.
    fn found(leg: LexicalLeg, question: &str) -> Result<Vec<usize>, IndexError> {
        let analyser = analyser();
        let passages = BODIES.iter().map(|body| LexicalPassage { title: "Rutin", headings: "Ansvar", body });
        let lexical = Lexical::in_memory(passages, &analyser)?;
        let weights = FieldWeights { title: 1.0, heading: 1.0, body: 1.0 };
        let mut terms: Vec<SearchTerm> = match leg {
            LexicalLeg::Stems => analyser.stems(question),
            LexicalLeg::Grams => analyser.grams(question),
        }
        .into_iter()
        .map(SearchTerm::whole)
        .collect();
        if leg == LexicalLeg::Stems {
            terms.extend(analyser.parts(question, &mut HashMap::new()).into_iter().map(SearchTerm::part));
        }
        let scores = lexical.scores(leg, &terms, weights, BODIES.len())?;
        let mut order: Vec<usize> = (0..BODIES.len()).filter(|passage| scores[*passage] > 0.0).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        Ok(order)
    }

    #[test]
    fn inflections_slips_and_compounds_are_found() -> Result<(), IndexError> {
        assert_eq!(found(LexicalLeg::Stems, "var är nyckeln kvitterad?")?, [0]);
        assert_eq!(found(LexicalLeg::Grams, "lakemedelsgenomgång")?[..2], [2, 1]);
        assert!(found(LexicalLeg::Stems, "melodifestivalen")?.is_empty());
        Ok(())
    }

    #[test]
    fn compounds_are_found_by_their_parts_and_parts_by_compounds() -> Result<(), IndexError> {
        assert_eq!(found(LexicalLeg::Stems, "läkemedelsgenomgång")?, [2, 1]);
        assert_eq!(found(LexicalLeg::Stems, "genomgång av läkemedel")?, [1, 2]);
        Ok(())
    }

    #[test]
    fn a_paragraph_is_found_exactly() -> Result<(), IndexError> {
        for question in ["LVU 13 §", "13 § LVU", "LVU 13§"] {
            assert_eq!(found(LexicalLeg::Stems, question)?[0], 4, "{question}");
        }
        Ok(())
    }

    /// If this fails because the analysis was changed on purpose, raise [`ANALYSER_VERSION`] and take the new terms.
    #[test]
    fn the_analyser_version_stands_for_these_terms() {
        let text = "Sjuksköterskorna dokumenterar avvikelsen enligt 4 kap. 3 § SoL; ring 08-123 45 67 kl. 16.30 (HSL).";
        let stems = analyser().stems(text).join(" ");
        let parts = analyser().parts("Nyckelskåpet", &mut HashMap::new()).join(" ");
        let grams = analyser().grams("Delegeringsbeslutet åtgärdas").join(" ");
        assert_eq!(ANALYSER_VERSION, 2);
        assert_eq!(
            stems,
            "sjukskötersk dokumenter avvik enl 4 kap 3 § sol ring 08-123 45 67 kl 16.30 hsl \
             3§ 4kap3§ sol3§ tel081234567 kl16.30"
        );
        assert_eq!(parts, "nyckl skåp");
        assert_eq!(
            grams,
            "dele eleg lege eger geri erin ring ings ngsb gsbe sbes besl eslu slut lute utet atga tgar gard arda rdas"
        );
    }
}
