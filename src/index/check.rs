//! Is the index in a data folder whole, and if not, what is wrong and what is to be done?
//!
//! Looks at everything, the checksums of all files included, and changes nothing. For `rutinlots doctor`; opening an
//! index looks at much less.

use std::path::Path;

use serde::Serialize;

use super::catalogue::{self, Catalogue, FORMAT_VERSION, READING_VERSION};
use super::generation::DataFolder;
use super::lexical::Lexical;
use super::manifest::Manifest;
use super::vectors::{self, PassageVectors, UnitVectors};
use super::{DocumentHead, IndexError, Settings, check_sealed, lexical, lock};
use crate::inference::catalogue::sha256_of;
use crate::ingest::source::{SiteLimits, source};

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; everything works.
    Note,
    /// Something does not work, or may give wrong results.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it, empty if nothing.
    pub advice: String,
}

impl Finding {
    /// All is well.
    pub fn ok(subject: &str, found: impl Into<String>) -> Self {
        Self::new(subject, State::Ok, found, "")
    }

    /// Worth knowing.
    pub fn note(subject: &str, found: impl Into<String>, advice: &str) -> Self {
        Self::new(subject, State::Note, found, advice)
    }

    /// Not well.
    pub fn problem(subject: &str, found: impl Into<String>, advice: &str) -> Self {
        Self::new(subject, State::Problem, found, advice)
    }

    fn new(subject: &str, state: State, found: impl Into<String>, advice: &str) -> Self {
        Self { subject: subject.to_owned(), state, found: found.into(), advice: advice.to_owned() }
    }
}

const MAKE_ANEW: &str = "make the index anew with `rutinlots index`; what is damaged is not taken over";
const INDEX_AGAIN: &str = "run `rutinlots index`";

/// Looks at the index in a data folder; also returns what it was made with, as far as that can be read.
pub fn check(data: &Path) -> (Vec<Finding>, Option<Settings>) {
    let mut findings = Vec::new();
    if !data.is_dir() {
        let found = format!("{} does not exist", data.display());
        findings.push(Finding::problem("data folder", found, "name it with --data, or make an index"));
        return (findings, None);
    }
    findings.push(writable(data));
    let folder = DataFolder::new(data);
    let (name, path) = match folder.current() {
        Ok(Some(current)) => current,
        Ok(None) => {
            findings.push(Finding::problem("index in use", "there is none", INDEX_AGAIN));
            return (findings, None);
        }
        Err(error) => {
            findings.push(Finding::problem("index in use", error.to_string(), MAKE_ANEW));
            return (findings, None);
        }
    };
    findings.push(Finding::ok("index in use", name.as_str()));
    let manifest = Manifest::read(&path);
    findings.extend(checksums(&path, &manifest));
    let settings = match look_inside(&path, manifest.ok().flatten().as_ref(), &mut findings) {
        Ok(settings) => Some(settings),
        Err(error) => {
            findings.push(Finding::problem("contents", error.to_string(), MAKE_ANEW));
            None
        }
    };
    let holder = lock::holder(data);
    findings.push(leftovers(&folder, holder.is_some()));
    if let Some(holder) = holder {
        findings.push(Finding::note("build", format!("process {holder} is building an index just now"), ""));
    }
    (findings, settings)
}

fn writable(data: &Path) -> Finding {
    match tempfile::tempfile_in(data) {
        Ok(_) => Finding::ok("data folder", format!("{} can be written", data.display())),
        Err(error) => {
            let found = format!("{} cannot be written: {error}", data.display());
            Finding::note("data folder", found, "searching works; to index, give the user that indexes write access")
        }
    }
}

fn checksums(path: &Path, manifest: &Result<Option<Manifest>, IndexError>) -> Vec<Finding> {
    const SUBJECT: &str = "checksums";
    match manifest {
        Err(error) => vec![Finding::problem(SUBJECT, error.to_string(), MAKE_ANEW)],
        Ok(None) => {
            let found = "there are none, as in an index of format 1";
            vec![Finding::note(SUBJECT, found, "`rutinlots index` writes it in the present format")]
        }
        Ok(Some(manifest)) => {
            let damaged = manifest.damaged(path);
            if damaged.is_empty() {
                return vec![Finding::ok(SUBJECT, format!("{} files are as they were written", manifest.files.len()))];
            }
            let finding = |(path, reason): (std::path::PathBuf, String)| {
                Finding::problem(SUBJECT, format!("{} is damaged: {reason}", path.display()), MAKE_ANEW)
            };
            damaged.into_iter().map(finding).collect()
        }
    }
}

/// Looks at versions, the catalogue, counts, originals and sources.
fn look_inside(path: &Path, manifest: Option<&Manifest>, findings: &mut Vec<Finding>) -> Result<Settings, IndexError> {
    if let Some(manifest) = manifest {
        catalogue::check_format(manifest.format_version)?;
    }
    let catalogue = Catalogue::open(&path.join(catalogue::FILE))?;
    let settings = catalogue.settings()?;
    findings.push(versions(&settings));
    let faults = catalogue.integrity()?;
    findings.push(if faults.is_empty() {
        Finding::ok("catalogue", "SQLite finds it whole")
    } else {
        Finding::problem("catalogue", format!("SQLite finds: {}", faults.join("; ")), MAKE_ANEW)
    });
    catalogue::check_format(settings.format_version)?;
    check_sealed(path, manifest, &settings)?;
    let heads = catalogue.heads()?;
    let rows = catalogue.passages()?;
    let units: usize = rows.iter().map(|row| row.passage.units.len()).sum();
    let mut counts = vec![
        ("passages in the word index", Lexical::open(&path.join(lexical::FOLDER))?.len(), rows.len()),
        ("passage vectors", PassageVectors::open(&path.join(vectors::PASSAGES_FILE))?.len(), rows.len()),
        ("unit vectors", UnitVectors::open(&path.join(vectors::UNITS_FILE))?.len(), units),
    ];
    if let Some(manifest) = manifest {
        counts.push(("documents", heads.len(), manifest.documents));
        counts.push(("passages", rows.len(), manifest.passages));
        counts.push(("units", units, manifest.units));
    }
    let wrong: Vec<String> = counts
        .iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(what, found, expected)| format!("{found} {what} instead of {expected}"))
        .collect();
    findings.push(if wrong.is_empty() {
        let problems = catalogue.problems()?.len();
        Finding::ok("counts", format!("{} documents, {} passages, {problems} files left out", heads.len(), rows.len()))
    } else {
        Finding::problem("counts", wrong.join("; "), MAKE_ANEW)
    });
    findings.push(originals(&heads));
    findings.extend(settings.sources.iter().map(|address| reachable(address)));
    Ok(settings)
}

fn versions(settings: &Settings) -> Finding {
    const SUBJECT: &str = "versions";
    if let Err(error) = catalogue::check_format(settings.format_version).and_then(|()| settings.check_analyser()) {
        return Finding::problem(SUBJECT, error.to_string(), INDEX_AGAIN);
    }
    let found = format!(
        "format {}, reading {}, analyser {}, embedding model {}, built {}",
        settings.format_version,
        settings.reading_version,
        settings.analyser_version,
        settings.embedding_model,
        settings.built
    );
    if settings.format_version != FORMAT_VERSION || settings.reading_version != READING_VERSION {
        return Finding::note(SUBJECT, found, "this program reads files better; `rutinlots index` reads them again");
    }
    Finding::ok(SUBJECT, found)
}

/// Whether the files that were indexed are still there and the same.
fn originals(heads: &[DocumentHead]) -> Finding {
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    for head in heads {
        match sha256_of(Path::new(&head.path), |_| ()) {
            Ok(hash) if hash == head.contents_hash() => {}
            Ok(_) => changed.push(head.place.as_str()),
            Err(_) => gone.push(head.place.as_str()),
        }
    }
    if gone.is_empty() && changed.is_empty() {
        return Finding::ok("originals", format!("all {} are as they were indexed", heads.len()));
    }
    let list = |places: &[&str]| {
        let shown: Vec<&str> = places.iter().take(5).copied().collect();
        format!("{} ({}{})", places.len(), shown.join(", "), if places.len() > shown.len() { ", ..." } else { "" })
    };
    let mut parts = Vec::new();
    if !gone.is_empty() {
        parts.push(format!("cannot be read: {}", list(&gone)));
    }
    if !changed.is_empty() {
        parts.push(format!("have changed: {}", list(&changed)));
    }
    let advice = "run `rutinlots index`; users see the text as it was indexed, but cannot open these originals";
    Finding::problem("originals", parts.join("; "), advice)
}

fn reachable(address: &str) -> Finding {
    let subject = format!("source {address}");
    // Nothing is brought, so it does not matter where to.
    match source(address, Path::new("."), &SiteLimits::default()).and_then(|source| source.reach()) {
        Ok(()) => Finding::ok(&subject, "can be reached"),
        Err(error) => Finding::problem(&subject, error.to_string(), "connect it, or index without it"),
    }
}

/// What builds that were killed left; the next build removes it. What comes after the index in use while another
/// process builds is that one's.
fn leftovers(folder: &DataFolder, is_building: bool) -> Finding {
    const SUBJECT: &str = "leftovers";
    let (names, unfinished) = match folder.names().and_then(|names| Ok((names, folder.unfinished()?))) {
        Ok(names) => names,
        Err(error) => return Finding::problem(SUBJECT, error.to_string(), ""),
    };
    if is_building || unfinished.is_empty() {
        return Finding::ok(SUBJECT, format!("none; {} generations are kept", names.len()));
    }
    Finding::note(SUBJECT, format!("unfinished: {}", unfinished.join(", ")), "the next `rutinlots index` removes them")
}
