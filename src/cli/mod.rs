//! What can be asked of the program on the command line?
//!
//! One file per command. Commands open what they need and print what came out; the work is done in the other rooms.

mod ask;
mod demo;
mod doctor;
mod eval;
mod feedback;
mod index;
mod models;
mod progress;
mod read_file;
mod search;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::answer::{Assistant, Contacts, Danger, Dangers, SiteLists};
use crate::index::Index;
use crate::inference::catalogue::{Catalogue, Presence, Task};
use crate::inference::worker::{EmbedderHandle, GeneratorHandle, RerankerHandle};
use crate::language::Lexicon;
use crate::retrieve::{Fitted, Retriever};

/// Requests that may wait for the generative model.
const GENERATOR_QUEUE: usize = 8;

/// Exit codes: 0 done, 1 error, 2 wrong use, 3 the routines do not answer, 4 done but something was left out, 5 a model
/// is missing or damaged, 6 `doctor` found a problem, 7 `eval gate` found a metric that has fallen.
mod exit {
    pub(super) const REFUSED: u8 = 3;
    pub(super) const LEFT_OUT: u8 = 4;
    pub(super) const MODEL: u8 = 5;
    pub(super) const PROBLEMS: u8 = 6;
    pub(super) const WORSE: u8 = 7;
}

/// On-premise assistant for the internal routines of a municipality's social services.
///
/// Begin with `rutinlots demo`: it fetches the models, indexes the sample routines and serves them on
/// `http://127.0.0.1:8080`. For your own routines: `rutinlots index --source FOLDER`, then `rutinlots serve`.
///
/// Exit codes: 0 done; 1 error; 2 wrong use; 3 the routines do not answer; 4 done, but files were left out; 5 a model
/// is missing or damaged; 6 `doctor` found a problem; 7 `eval gate` found something worse.
#[derive(Debug, Parser)]
#[command(name = "rutinlots", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
struct Common {
    /// Folder that holds the index.
    #[arg(long, global = true, env = "RUTINLOTS_DATA", default_value = "data", value_name = "DIR")]
    data: PathBuf,
    /// Folder that holds model files and a site's own manifests.
    #[arg(long, global = true, env = "RUTINLOTS_MODELS", value_name = "DIR", default_value_os_t = default_models())]
    models: PathBuf,
    /// Embedding model. An index must be made anew when it changes.
    #[arg(long, global = true, env = "RUTINLOTS_EMBEDDER", default_value = "rutinlots-e5", value_name = "NAME")]
    embedder: String,
    /// Model that reads the best passages again together with the question, or `none`.
    #[arg(long, global = true, env = "RUTINLOTS_RERANKER", default_value = "rutinlots-reranker", value_name = "NAME")]
    reranker: String,
    /// Refuse questions that the routines answer with a smaller probability than this (0 to 1) instead of the fitted
    /// one; `rutinlots eval` shows what a value does.
    #[arg(long, global = true, env = "RUTINLOTS_REFUSE_BELOW", value_name = "P")]
    refuse_below: Option<f32>,
    /// Your own words of staff beside the built-in ones, a line per meaning: `staff's words = routine words`.
    #[arg(long, global = true, env = "RUTINLOTS_STAFF_WORDS", value_name = "FILE")]
    staff_words: Option<PathBuf>,
    /// Your own abbreviations beside the built-in ones, one per line: `ABBREVIATION = written out`.
    #[arg(long, global = true, env = "RUTINLOTS_ABBREVIATIONS", value_name = "FILE")]
    abbreviations: Option<PathBuf>,
    /// Your own signs of danger to life and numbers to call beside the built-in ones; see the README.
    #[arg(long, global = true, env = "RUTINLOTS_DANGER", value_name = "FILE")]
    danger: Option<PathBuf>,
    /// Whom staff can ask, a line per subject: `words = whom to ask`.
    #[arg(long, global = true, env = "RUTINLOTS_CONTACTS", value_name = "FILE")]
    contacts: Option<PathBuf>,
    /// Generative model, or `none` for search and quotes alone.
    #[arg(long, global = true, env = "RUTINLOTS_GENERATOR", default_value = DEFAULT_GENERATOR, value_name = "NAME")]
    generator: String,
}

/// The better of those that can be had, on the first eval set within the time targets; see the README.
const DEFAULT_GENERATOR: &str = "gemma-3-270m";

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch the default models, index the sample routines and serve them.
    Demo(demo::DemoArgs),
    /// Index folders, zip files and websites; only what has changed is read again.
    Index(index::IndexArgs),
    /// Check index, models, sources, disk and tools, and say what to do.
    Doctor(doctor::DoctorArgs),
    /// Search for passages.
    Search(search::SearchArgs),
    /// Ask a question.
    Ask(ask::AskArgs),
    /// Serve the pages and the API.
    Serve(serve::ServeArgs),
    /// Show what users have reported about answers, or delete old reports.
    Feedback(feedback::FeedbackArgs),
    /// Measure retrieval and answers on a question set.
    Eval(eval::EvalArgs),
    /// List, fetch, check and import models.
    Models(models::ModelsArgs),
    /// Read one file and print what is in it as JSON; `index` starts this for every file.
    #[command(hide = true, name = crate::ingest::isolated::COMMAND)]
    ReadFile(read_file::ReadFileArgs),
}

fn default_models() -> PathBuf {
    let home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
    home.unwrap_or_else(|| PathBuf::from(".")).join("rutinlots").join("models")
}

/// Runs the program's command line.
pub fn run() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RUTINLOTS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,rutinlots=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Cli { common, command } = Cli::parse();
    let outcome = match command {
        Command::Demo(args) => demo::run(&common, &args),
        Command::Index(args) => index::run(&common, &args),
        Command::Doctor(args) => doctor::run(&common, &args),
        Command::Search(args) => search::run(&common, &args),
        Command::Ask(args) => ask::run(&common, &args),
        Command::Serve(args) => serve::run(&common, &args),
        Command::Feedback(args) => feedback::run(&common, &args),
        Command::Eval(args) => eval::run(&common, &args),
        Command::Models(args) => models::run(&common, &args),
        Command::ReadFile(args) => read_file::run(&args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

impl Common {
    fn catalogue(&self) -> anyhow::Result<Catalogue> {
        Ok(Catalogue::load(&self.models)?)
    }

    fn open_embedder(&self) -> anyhow::Result<EmbedderHandle> {
        let catalogue = self.catalogue()?;
        let manifest = catalogue.get(&self.embedder)?;
        anyhow::ensure!(manifest.task == Task::Embed, "{} is not an embedding model", manifest.name);
        require(&catalogue, &self.embedder)?;
        EmbedderHandle::spawn(&manifest.name, &catalogue.path(manifest))
            .with_context(|| format!("the embedding model {} cannot be loaded", manifest.name))
    }

    /// Starts the reranker unless it is switched off.
    fn open_reranker(&self) -> anyhow::Result<Option<RerankerHandle>> {
        if self.reranker == "none" {
            return Ok(None);
        }
        let catalogue = self.catalogue()?;
        let manifest = catalogue.get(&self.reranker)?;
        anyhow::ensure!(manifest.task == Task::Rerank, "{} is not a reranker", manifest.name);
        require(&catalogue, &self.reranker)?;
        let handle = RerankerHandle::spawn(&manifest.name, &catalogue.path(manifest));
        handle.map(Some).with_context(|| format!("the reranker {} cannot be loaded", manifest.name))
    }

    /// Starts the generative model unless it is switched off or missing; without one the product still searches.
    fn open_generator(&self) -> anyhow::Result<Option<GeneratorHandle>> {
        if self.generator == "none" {
            return Ok(None);
        }
        let catalogue = self.catalogue()?;
        let manifest = catalogue.get(&self.generator)?;
        let Some(format) = manifest.prompt.filter(|_| manifest.task == Task::Generate) else {
            anyhow::bail!("{} is not a generative model", manifest.name);
        };
        if catalogue.presence(manifest) != Presence::Present {
            tracing::warn!(
                model = manifest.name,
                "the generative model is missing: answers are quotes alone; `rutinlots models fetch` gets it"
            );
            return Ok(None);
        }
        Ok(Some(GeneratorHandle::spawn(&manifest.name, catalogue.path(manifest), format, GENERATOR_QUEUE)?))
    }

    /// The lists that the site owns. What cannot be read stops the program: a number that is missing where it is needed
    /// would not be noticed.
    fn site_lists(&self) -> anyhow::Result<Arc<SiteLists>> {
        let mut lists = SiteLists::default();
        if let Some(text) = read(self.danger.as_ref())? {
            lists.dangers = Dangers::with(&text).context("the list of --danger cannot be read")?;
        }
        if let Some(text) = read(self.contacts.as_ref())? {
            lists.contacts = Contacts::parse(&text).context("the list of --contacts cannot be read")?;
        }
        Ok(Arc::new(lists))
    }

    /// Answers over a retriever, with the site's lists.
    fn assistant(&self, retriever: Retriever, generator: Option<GeneratorHandle>) -> anyhow::Result<Assistant> {
        Ok(Assistant::new(retriever, generator).with_lists(self.site_lists()?))
    }

    fn open_retriever(&self) -> anyhow::Result<Retriever> {
        let index = Index::open(&self.data)?;
        let made_with = &index.settings().embedding_model;
        anyhow::ensure!(
            *made_with == self.embedder,
            "the index was made with the embedding model {made_with}, not {}; index again or choose --embedder \
             {made_with}",
            self.embedder
        );
        let embedder = self.open_embedder()?;
        self.retriever_over(index, embedder)
    }

    /// A retriever over an index that need not be that of the data folder.
    fn retriever_over(&self, index: Index, embedder: EmbedderHandle) -> anyhow::Result<Retriever> {
        index.check_embedder(&embedder)?;
        let mut fitted = Fitted::built_in();
        if let Some(threshold) = self.refuse_below {
            anyhow::ensure!((0.0..=1.0).contains(&threshold), "--refuse-below takes a number from 0 to 1");
            (fitted.reranked.threshold, fitted.unranked.threshold) = (threshold, threshold);
        }
        if fitted.embedder != self.embedder {
            tracing::warn!(
                fitted_with = fitted.embedder,
                embedder = self.embedder,
                "weights and refusals were fitted with another embedding model; `rutinlots eval fit` fits them anew"
            );
        }
        let lexicon =
            Lexicon::with(read(self.staff_words.as_ref())?.as_deref(), read(self.abbreviations.as_ref())?.as_deref());
        let retriever = Retriever::new(Arc::new(index), embedder, fitted).with_lexicon(Arc::new(lexicon));
        Ok(retriever.with_reranker(self.open_reranker()?))
    }
}

fn read(file: Option<&PathBuf>) -> anyhow::Result<Option<String>> {
    let text = |file: &PathBuf| std::fs::read_to_string(file).with_context(|| file.display().to_string());
    file.map(text).transpose()
}

fn require(catalogue: &Catalogue, name: &str) -> anyhow::Result<()> {
    let manifest = catalogue.get(name)?;
    match catalogue.presence(manifest) {
        // What the answers are like was fitted to the file that came with the program.
        Presence::Present if manifest.is_built_in() && !catalogue.is_whole(manifest) => anyhow::bail!(
            "the file of the model {name} is not the one that belongs to this version of the program; \
             `rutinlots models fetch {name}` gets it"
        ),
        Presence::Present => Ok(()),
        Presence::Missing => {
            anyhow::bail!("the model {name} is not on this machine; `rutinlots models fetch {name}` gets it")
        }
        Presence::WrongSize { found } => anyhow::bail!(
            "the file of the model {name} has {found} bytes, which is wrong; `rutinlots models fetch {name}` gets it \
             anew"
        ),
    }
}

/// A document's title and the headings below it, the title once.
fn path(title: &str, headings: &[String]) -> String {
    let headings = headings.iter().map(String::as_str).filter(|heading| *heading != title);
    std::iter::once(title).chain(headings).collect::<Vec<&str>>().join(" › ")
}

/// What stands above everything when a question tells of danger to life.
fn danger_text(danger: &Danger) -> String {
    let numbers: Vec<String> =
        danger.numbers.iter().map(|number| format!("  {}  {}\n", number.number, number.label)).collect();
    format!("{}\n{}{}\n", danger.message, numbers.concat(), danger.detail)
}

fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
