//! Which passages share words with a question?
//!
//! A tantivy index with two legs over the same text: stems, and groups of four characters, which find parts of
//! compounds and forgive slips. Texts come analysed from [`crate::language`]; tantivy only counts and scores (BM25).
//! Scores are returned for all passages at once, because fusion needs their mean and spread.

use std::path::Path;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{DocId, Index, IndexReader, Score, SegmentOrdinal, SegmentReader, TantivyDocument, Term};

use super::IndexError;
use super::frozen::FrozenFolder;
use crate::language::{character_grams, content_stems, words};

pub(crate) const FOLDER: &str = "words";
/// Raised when [`terms`] makes other terms of a text (see the test of the same name), so that a word index is never
/// asked for terms that it cannot hold.
pub(crate) const ANALYSER_VERSION: u32 = 1;
const ANALYSER: &str = "rutinlots";
const WRITER_MEMORY: usize = 64 << 20;

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
    grams: [Field; 3],
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer(ANALYSER).set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    let number = builder.add_u64_field("number", FAST | INDEXED);
    let mut field = |name: &str| builder.add_text_field(name, options.clone());
    let stems = [field("title_stems"), field("heading_stems"), field("body_stems")];
    let grams = [field("title_grams"), field("heading_grams"), field("body_grams")];
    (builder.build(), Fields { number, stems, grams })
}

fn register(index: &Index) {
    let analyser = TextAnalyzer::builder(WhitespaceTokenizer::default()).build();
    index.tokenizers().register(ANALYSER, analyser);
}

/// Terms of a text for one leg.
pub(crate) fn terms(leg: LexicalLeg, text: &str) -> Vec<String> {
    match leg {
        LexicalLeg::Stems => content_stems(text),
        LexicalLeg::Grams => words(text)
            .iter()
            .filter(|word| !crate::language::is_stop_word(&word.text))
            .flat_map(|word| character_grams(&word.text))
            .collect(),
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
pub(crate) fn write<'a>(path: &Path, passages: impl Iterator<Item = LexicalPassage<'a>>) -> Result<(), IndexError> {
    std::fs::create_dir_all(path).map_err(IndexError::io(path))?;
    let (schema, fields) = schema();
    let index = Index::create_in_dir(path, schema)?;
    register(&index);
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_MEMORY)?;
    for (number, passage) in passages.enumerate() {
        let mut document = TantivyDocument::new();
        document.add_u64(fields.number, number as u64);
        let texts = [passage.title, passage.headings, passage.body];
        for (leg, leg_fields) in [(LexicalLeg::Stems, fields.stems), (LexicalLeg::Grams, fields.grams)] {
            for (text, field) in texts.into_iter().zip(leg_fields) {
                document.add_text(field, terms(leg, text).join(" "));
            }
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
        let reader = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, fields })
    }

    /// Passages in it.
    pub(crate) fn len(&self) -> usize {
        self.reader.searcher().num_docs() as usize
    }

    /// BM25 of every passage, 0 where nothing matches.
    pub(crate) fn scores(
        &self,
        leg: LexicalLeg,
        terms: &[String],
        weights: FieldWeights,
        count: usize,
    ) -> Result<Vec<f32>, IndexError> {
        let fields = match leg {
            LexicalLeg::Stems => self.fields.stems,
            LexicalLeg::Grams => self.fields.grams,
        };
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (field, weight) in fields.into_iter().zip([weights.title, weights.heading, weights.body]) {
            if weight <= 0.0 {
                continue;
            }
            for term in terms {
                let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(query), weight))));
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

    #[test]
    fn inflections_and_parts_of_compounds_are_found() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let bodies =
            ["Nycklarna kvitteras i nyckelskåpet.", "Genomgång av läkemedel en gång per år.", "Brandlarmet testas."];
        let passages = bodies.iter().map(|body| LexicalPassage { title: "Rutin", headings: "Ansvar", body });
        write(folder.path(), passages)?;
        let lexical = Lexical::open(folder.path())?;
        let weights = FieldWeights { title: 1.0, heading: 1.0, body: 1.0 };
        let best = |leg, question: &str| -> Result<Option<usize>, IndexError> {
            let scores = lexical.scores(leg, &terms(leg, question), weights, 3)?;
            Ok(scores
                .iter()
                .enumerate()
                .filter(|(_, score)| **score > 0.0)
                .max_by(|a, b| a.1.total_cmp(b.1))
                .map(|(i, _)| i))
        };
        assert_eq!(best(LexicalLeg::Stems, "var är nyckeln kvitterad?")?, Some(0));
        assert_eq!(best(LexicalLeg::Grams, "lakemedelsgenomgång")?, Some(1));
        assert_eq!(best(LexicalLeg::Stems, "melodifestivalen")?, None);
        Ok(())
    }

    /// If this fails because the analysis was changed on purpose, raise [`ANALYSER_VERSION`] and take the new terms.
    #[test]
    fn the_analyser_version_stands_for_these_terms() {
        let text = "Sjuksköterskorna dokumenterar avvikelsen enligt 4 kap. 3 § SoL; ring 08-123 45 67 kl. 16.30 (HSL).";
        let stems = terms(LexicalLeg::Stems, text).join(" ");
        let grams = terms(LexicalLeg::Grams, "Delegeringsbeslutet åtgärdas").join(" ");
        assert_eq!(ANALYSER_VERSION, 1);
        assert_eq!(stems, "sjukskötersk dokumenter avvik enl 4 kap 3 § sol ring 08-123 45 67 kl 16.30 hsl");
        assert_eq!(
            grams,
            "dele eleg lege eger geri erin ring ings ngsb gsbe sbes besl eslu slut lute utet atga tgar gard arda rdas"
        );
    }
}
