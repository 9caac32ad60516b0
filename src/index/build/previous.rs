//! What can be taken over from the generation before?
//!
//! Blocks by the file's hash, vectors by the hash of the embedded texts; and whether anything has to be done at all.
//! Nothing is taken over from a generation that is damaged, that another model made, or that this program cannot read.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::index::catalogue::{self, Catalogue, FORMAT_VERSION, READING_VERSION};
use crate::index::generation::DataFolder;
use crate::index::manifest::Manifest;
use crate::index::rows::{DocumentRow, FileProblem};
use crate::index::{IndexError, open_catalogue, probe, vectors};
use crate::inference::worker::EmbedderHandle;
use crate::ingest::walk::Found;

/// What the generation before holds.
#[derive(Default)]
pub(super) struct Previous {
    /// Its name, if there is one.
    pub(super) name: Option<String>,
    /// By the file's hash.
    pub(super) documents: HashMap<String, DocumentRow>,
    problems: HashMap<String, FileProblem>,
    /// Vectors of a passage and its units by embedding key.
    pub(super) vectors: HashMap<String, (Vec<f32>, Vec<Vec<f32>>)>,
    /// Where its documents lay, also where nothing else of it can be taken over.
    paths: Vec<PathBuf>,
    /// Place and hash of every file.
    places: Vec<(String, String)>,
    sources: Vec<String>,
    /// Whether a build of the same files would make the same index.
    is_current: bool,
}

impl Previous {
    /// Reads what can be taken over; an index that cannot be used is as good as none.
    pub(super) fn load(data: &Path, embedder: &EmbedderHandle) -> Result<Self, IndexError> {
        let anew = |error: &IndexError| {
            tracing::warn!(%error, "nothing can be taken over from the index before; it is made anew");
        };
        let (name, path) = match DataFolder::new(data).current() {
            Ok(None) => return Ok(Self::default()),
            Ok(Some(current)) => current,
            Err(error) => {
                anew(&error);
                return Ok(Self::default());
            }
        };
        let paths = paths_of(&path);
        match Self::load_generation(name.clone(), &path, embedder) {
            Ok(previous) => Ok(Self { paths, ..previous }),
            // The model is needed for what follows anyway.
            Err(error @ IndexError::Inference(_)) => Err(error),
            Err(error) => {
                anew(&error);
                // Its name is kept so that it stays on disk until the new one is in use.
                Ok(Self { name: Some(name), paths, ..Self::default() })
            }
        }
    }

    /// Whether it is what a build of this one source would make again. For sources whose name says all of what is in
    /// them.
    pub(super) fn is_of(&self, source: &str) -> bool {
        self.is_current && self.sources == [source]
    }

    fn load_generation(name: String, path: &Path, embedder: &EmbedderHandle) -> Result<Self, IndexError> {
        let (catalogue, settings) = open_catalogue(path, Manifest::check_sums)?;
        settings.check_model(embedder.name(), &probe(embedder)?)?;
        let mut previous = Self { name: Some(name), sources: settings.sources.clone(), ..Self::default() };
        previous.load_vectors(&catalogue, path)?;
        if settings.reading_version != READING_VERSION {
            // Vectors of unchanged texts still hold; everything else is read again.
            return Ok(previous);
        }
        for head in catalogue.heads()? {
            previous.places.push((head.place.clone(), head.hash.clone()));
            previous.places.extend(head.other_places.iter().map(|place| (place.clone(), head.hash.clone())));
            let (blocks, links) = (catalogue.blocks(head.number)?, catalogue.links(head.number)?);
            previous.documents.insert(head.hash.clone(), DocumentRow { head, blocks, links });
        }
        for problem in catalogue.problems()? {
            if !problem.hash.is_empty() {
                previous.places.push((problem.place.clone(), problem.hash.clone()));
            }
            previous.problems.insert(problem.place.clone(), problem);
        }
        previous.places.sort();
        previous.is_current = settings.format_version == FORMAT_VERSION && settings.check_analyser().is_ok();
        Ok(previous)
    }

    fn load_vectors(&mut self, catalogue: &Catalogue, path: &Path) -> Result<(), IndexError> {
        let (dimensions, passages) = vectors::read(&path.join(vectors::PASSAGES_FILE))?;
        let (_, units) = vectors::read(&path.join(vectors::UNITS_FILE))?;
        let nth =
            |all: &[f32], number: usize| all.get(number * dimensions..(number + 1) * dimensions).map(<[f32]>::to_vec);
        for row in catalogue.passages()? {
            let vector = nth(&passages, row.number.0 as usize);
            let unit_vectors: Option<Vec<_>> =
                (0..row.passage.units.len()).map(|offset| nth(&units, row.first_unit + offset)).collect();
            if let (Some(vector), Some(unit_vectors)) = (vector, unit_vectors) {
                self.vectors.insert(row.embedding_key, (vector, unit_vectors));
            }
        }
        Ok(())
    }

    /// An error if one of the folders held documents and now holds no file at all.
    pub(super) fn check_none_is_empty(&self, folders: &[PathBuf], found: &Found) -> Result<(), IndexError> {
        for folder in folders {
            let place = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            let held = |path: &Path| path.starts_with(&place);
            let documents = self.paths.iter().filter(|path| held(path)).count();
            if documents > 0 && !found.files.iter().any(|file| held(&file.path)) {
                return Err(IndexError::SourceEmpty { place: folder.clone(), documents });
            }
        }
        Ok(())
    }

    /// Passes off files that are being written as what they were before, and leaves out those that are new.
    pub(super) fn calm(&self, found: &mut Found, restless: &HashSet<PathBuf>) {
        found.files.retain_mut(|file| {
            if !restless.contains(&file.path) {
                return true;
            }
            // By its path first: two sources may each have a file at this place.
            let path = file.path.display().to_string();
            let by_path = self.documents.values().find(|row| row.head.path == path).map(|row| &row.head.hash);
            let by_place = || self.places.iter().find(|(place, _)| *place == file.place).map(|(_, hash)| hash);
            let known = by_path.or_else(by_place).filter(|hash| self.documents.contains_key(*hash));
            let Some(hash) = known else { return false };
            file.hash.clone_from(hash);
            true
        });
    }

    /// Whether a build would come to the same index.
    pub(super) fn is_same(&self, found: &Found, sources: &[String]) -> bool {
        let mut now: Vec<(String, String)> =
            found.files.iter().map(|file| (file.place.clone(), file.hash.clone())).collect();
        now.sort();
        // What could not be looked at has no hash; it must be the same as before too.
        let before = self.problems.values().filter(|problem| problem.hash.is_empty());
        let before: HashSet<&str> = before.map(|problem| problem.place.as_str()).collect();
        let same_skipped = before == found.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
        // The same files in a folder that was moved: the originals must be found where they are now.
        let paths: HashSet<String> = found.files.iter().map(|file| file.path.display().to_string()).collect();
        let same_paths = self.documents.values().all(|document| paths.contains(&document.head.path));
        self.is_current && now == self.places && same_skipped && same_paths && self.sources == sources
    }
}

/// Where the documents of a generation lay, as far as its catalogue can still be read.
fn paths_of(generation: &Path) -> Vec<PathBuf> {
    let heads = Catalogue::open(&generation.join(catalogue::FILE)).and_then(|catalogue| catalogue.heads());
    heads.map(|heads| heads.into_iter().map(|head| head.path.into()).collect()).unwrap_or_default()
}
