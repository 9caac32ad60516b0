//! `rutinlots models`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::progress::{Meter, Unit};
use super::{Common, exit};
use crate::inference::catalogue::{Catalogue, Manifest, Presence, sha256_of};
use crate::inference::fetch::{self, Progress};

/// Arguments of `models`.
#[derive(Debug, Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show every model of the catalogue: task, architecture, size, licence, and whether it is here.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model, or the default ones if none is named. Goes on where an interrupted fetch was.
    Fetch {
        /// Names of models.
        names: Vec<String>,
    },
    /// Compare the files that are here with the sizes and SHA-256 of their manifests.
    Verify,
    /// Take models and manifests from a file or folder, such as a USB stick.
    Import {
        /// File or folder.
        path: PathBuf,
    },
}

pub(super) fn run(common: &Common, args: &ModelsArgs) -> anyhow::Result<u8> {
    let catalogue = common.catalogue()?;
    match &args.action {
        Action::List { json } => list(&catalogue, *json),
        Action::Fetch { names } if names.is_empty() => fetch_defaults(common).map(|()| 0),
        Action::Fetch { names } => {
            for name in names {
                fetch_one(&catalogue, catalogue.get(name)?)?;
            }
            Ok(0)
        }
        Action::Verify => verify(&catalogue),
        Action::Import { path } => {
            let mut meter = Meter::new("copying", Unit::Bytes);
            let names = fetch::import(&catalogue, path, &mut |progress| show(&mut meter, &progress))?;
            meter.finish(&format!("imported {}", names.join(", ")));
            Ok(0)
        }
    }
}

fn list(catalogue: &Catalogue, json: bool) -> anyhow::Result<u8> {
    if json {
        let entry =
            |manifest: &Manifest| serde_json::json!({ "manifest": manifest, "presence": catalogue.presence(manifest) });
        println!("{}", serde_json::to_string_pretty(&catalogue.iter().map(entry).collect::<Vec<_>>())?);
        return Ok(0);
    }
    println!("{:32} {:9} {:8} {:>9}  {:9} licence", "name", "task", "arch", "size", "here");
    for manifest in catalogue.iter() {
        let here = match catalogue.presence(manifest) {
            Presence::Present => "yes",
            Presence::Missing => "no",
            Presence::WrongSize { .. } => "damaged",
        };
        let size = manifest.file.size.map_or_else(|| "?".to_owned(), |size| format!("{:.0} MB", size as f64 / 1e6));
        let task = format!("{:?}", manifest.task).to_lowercase();
        println!("{:32} {task:9} {:8} {size:>9}  {here:9} {}", manifest.name, manifest.architecture, manifest.license);
    }
    println!("\nfolder: {}", catalogue.folder().display());
    Ok(0)
}

/// Makes sure that the chosen models are here.
pub(super) fn fetch_defaults(common: &Common) -> anyhow::Result<()> {
    let catalogue = common.catalogue()?;
    for name in [&common.embedder, &common.reranker, &common.generator] {
        if name != "none" {
            fetch_one(&catalogue, catalogue.get(name)?)?;
        }
    }
    Ok(())
}

fn fetch_one(catalogue: &Catalogue, manifest: &Manifest) -> anyhow::Result<()> {
    if catalogue.is_whole(manifest) {
        return Ok(());
    }
    let mut meter = Meter::new(&format!("fetching {}", manifest.name), Unit::Bytes);
    let path = fetch::fetch(catalogue, manifest, &mut |progress| show(&mut meter, &progress))?;
    meter.finish(&format!("{} is in {}", manifest.name, path.display()));
    Ok(())
}

fn show(meter: &mut Meter, progress: &Progress) {
    match progress {
        Progress::Trying { source } => eprintln!("from the {source}"),
        Progress::Downloaded { done, total } => meter.set(*done, *total),
        Progress::SourceFailed { source, reason } => eprintln!("the {source} did not work: {reason}"),
        Progress::Checking => {}
    }
}

fn verify(catalogue: &Catalogue) -> anyhow::Result<u8> {
    let mut damaged = 0;
    let mut checked = 0;
    for manifest in catalogue.iter() {
        let path = catalogue.path(manifest);
        if !path.exists() {
            continue;
        }
        checked += 1;
        let found = sha256_of(&path, |_| ())?;
        match &manifest.file.sha256 {
            Some(expected) if *expected == found => println!("ok       {}", manifest.name),
            Some(expected) => {
                damaged += 1;
                println!("damaged  {}: SHA-256 {found}, expected {expected}", manifest.name);
            }
            None => println!("unpinned {}: SHA-256 {found}; put it into the manifest", manifest.name),
        }
    }
    println!("{checked} files checked, {damaged} damaged");
    Ok(if damaged > 0 { exit::MODEL } else { 0 })
}
