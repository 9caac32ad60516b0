//! `rutinlots doctor`

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Common, exit};
use crate::index::Settings;
use crate::index::check::{Finding, State, check};
use crate::inference::catalogue::{Catalogue, Presence, sha256_of};
use crate::ingest::readers::{find_libreoffice, ocr};

/// Below this much free space a new index may not fit beside the old one.
const LEAST_SPACE: u64 = 2 << 30;
/// What installs the programs for old office files, as the README says it.
const LIBREOFFICE: &str = "apt-get install libreoffice-writer libreoffice-calc libreoffice-impress";

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &DoctorArgs) -> anyhow::Result<u8> {
    let (mut findings, settings) = check(&common.data);
    findings.extend(models(common, settings.as_ref())?);
    findings.push(disk(&common.data));
    findings.extend([ocr_tools(), libreoffice()]);
    let problems = findings.iter().filter(|finding| finding.state == State::Problem).count();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            print_line(finding);
        }
        println!("{} things looked at, {problems} problems", findings.len());
    }
    Ok(if problems > 0 { exit::PROBLEMS } else { 0 })
}

fn print_line(finding: &Finding) {
    let state = match finding.state {
        State::Ok => "ok",
        State::Note => "note",
        State::Problem => "problem",
    };
    println!("{state:8} {}: {}", finding.subject, finding.found);
    if !finding.advice.is_empty() {
        println!("         -> {}", finding.advice);
    }
}

/// Whether the chosen models are here and whole, and the embedding model is the one of the index.
fn models(common: &Common, settings: Option<&Settings>) -> anyhow::Result<Vec<Finding>> {
    let catalogue = common.catalogue()?;
    let mut findings = Vec::new();
    for name in [&common.embedder, &common.reranker, &common.generator] {
        if name != "none" {
            findings.push(model(&catalogue, name));
        }
    }
    if let Some(settings) = settings {
        let made_with = &settings.embedding_model;
        findings.push(if *made_with == common.embedder {
            Finding::ok("embedding model of the index", made_with.as_str())
        } else {
            let found = format!("the index was made with {made_with}, chosen is {}", common.embedder);
            Finding::problem("embedding model of the index", found, "index again, or choose it with --embedder")
        });
    }
    Ok(findings)
}

fn model(catalogue: &Catalogue, name: &str) -> Finding {
    let subject = format!("model {name}");
    let fetch = format!("`rutinlots models fetch {name}` gets it");
    let manifest = match catalogue.get(name) {
        Ok(manifest) => manifest,
        Err(error) => return Finding::problem(&subject, error.to_string(), "choose another"),
    };
    match catalogue.presence(manifest) {
        Presence::Missing => Finding::problem(&subject, "is not on this machine", &fetch),
        Presence::WrongSize { found } => {
            Finding::problem(&subject, format!("has {found} bytes, which is wrong"), &fetch)
        }
        Presence::Present => match (sha256_of(&catalogue.path(manifest), |_| ()), &manifest.file.sha256) {
            (Ok(found), Some(expected)) if found == *expected => Finding::ok(&subject, "is here and whole"),
            (Ok(_), Some(_)) => Finding::problem(&subject, "is damaged: its SHA-256 is another one", &fetch),
            (Ok(found), None) => Finding::note(&subject, format!("SHA-256 {found}"), "put it into the manifest"),
            (Err(error), _) => Finding::problem(&subject, format!("cannot be read: {error}"), &fetch),
        },
    }
}

fn disk(data: &Path) -> Finding {
    let existing: PathBuf = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new(".")).to_owned();
    match fs4::available_space(&existing) {
        Ok(free) if free < LEAST_SPACE => {
            let found = format!("{} MB free for the data folder", free >> 20);
            Finding::problem("disk", found, "a new index is built beside the old one; free some space")
        }
        Ok(free) => Finding::ok("disk", format!("{} GB free for the data folder", free >> 30)),
        Err(error) => Finding::note("disk", format!("the free space cannot be found out: {error}"), ""),
    }
}

/// Whether the readers find what recognises scanned pages, Swedish included.
fn ocr_tools() -> Finding {
    const SUBJECT: &str = "tool tesseract";
    match ocr::ready() {
        Ok(()) => Finding::ok(SUBJECT, "reads Swedish, and poppler-utils is here too"),
        Err(error) => Finding::note(SUBJECT, format!("scanned documents cannot be read: {error}"), ""),
    }
}

/// Whether the readers find LibreOffice, under any of its names.
fn libreoffice() -> Finding {
    const SUBJECT: &str = "tool soffice";
    let Some(path) = find_libreoffice() else {
        let found = "is not installed: old office files (.doc, .rtf, .xls, .ppt) cannot be read";
        return Finding::note(SUBJECT, found, LIBREOFFICE);
    };
    Finding::ok(SUBJECT, path.display().to_string())
}
