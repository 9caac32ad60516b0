//! `rutinlots serve`

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::Common;
use super::index::{SourceArgs, build_options, build_with_progress};
use crate::answer::Assistant;
use crate::index::Index;
use crate::index::build::{Options, build};
use crate::inference::worker::EmbedderHandle;
use crate::ingest::source::{Alarm, Source, Watch};
use crate::server::at_hand::{self, AtHand};
use crate::server::{AppState, ServerConfig, serve};

/// Characters that go to the embedding model at once while questions are answered: a question waits for one batch.
const SMALL_BATCH: usize = 800;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// Keep an index of this source (as for `index`) up to date while serving. Can be given several times; without it
    /// the index is served that is there.
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    #[command(flatten)]
    more: SourceArgs,
}

/// Options of everything that serves.
#[derive(Debug, Clone, Args)]
pub(super) struct ServerArgs {
    /// Address to listen on. There is no login yet: put a proxy that has one before any other address than this
    /// machine's own.
    #[arg(long, env = "RUTINLOTS_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Name of the municipality or unit, shown beside the product's name.
    #[arg(long, env = "RUTINLOTS_ORGANISATION", default_value = "", value_name = "TEXT")]
    pub(super) organisation: String,
    /// Whom users ask about the service, shown on the page about it.
    #[arg(long, env = "RUTINLOTS_CONTACT", value_name = "TEXT")]
    contact: Option<String>,
    /// List of routines that stand on the ask page and are kept on phones, so that they can be read without coverage: a
    /// line per routine, `document = label`.
    #[arg(long, env = "RUTINLOTS_AT_HAND", value_name = "FILE")]
    pub(super) at_hand: Option<PathBuf>,
    /// Hours after which a phone forgets the questions, answers and routines that it has kept.
    #[arg(long, env = "RUTINLOTS_SHIFT_HOURS", default_value_t = 8, value_name = "HOURS",
        value_parser = clap::value_parser!(u32).range(1..=72))]
    shift_hours: u32,
}

pub(super) fn run(common: &Common, args: &ServeArgs) -> anyhow::Result<u8> {
    if args.source.is_empty() {
        let assistant = common.assistant(common.open_retriever()?, common.open_generator()?)?;
        return run_server(common, &args.server, assistant);
    }
    let sources = args.more.sources(&args.source, &common.data)?;
    let watch = args.more.watch(&sources);
    let options = Options { batch_characters: SMALL_BATCH, ..build_options()? };
    let is_usable = Index::open(&common.data).is_ok_and(|index| index.settings().embedding_model == common.embedder);
    if !is_usable {
        build_with_progress(&sources, &common.data, &common.open_embedder()?, &options)?;
    }
    let retriever = common.open_retriever()?;
    let keeper = Keeper { sources, data: common.data.clone(), embedder: retriever.embedder().clone(), watch, options };
    std::thread::Builder::new().name("keeper".into()).spawn(move || keeper.keep(is_usable))?;
    run_server(common, &args.server, common.assistant(retriever, common.open_generator()?)?)
}

/// Keeps the index up to date while it is served. It ends with the process, at any moment: a build that is cut short
/// harms nothing.
struct Keeper {
    sources: Vec<Box<dyn Source>>,
    data: PathBuf,
    embedder: EmbedderHandle,
    watch: Watch,
    options: Options,
}

impl Keeper {
    fn keep(mut self, build_now: bool) {
        let has_sites = self.sources.iter().any(|source| source.watched().is_none());
        if build_now {
            self.build(HashSet::new());
        }
        loop {
            match self.watch.wait() {
                Alarm::Ended => return,
                Alarm::Look if !has_sites => {}
                alarm => self.build(alarm.restless()),
            }
        }
    }

    /// Builds beside the index that is served, which moves over by itself; an error leaves it where it is.
    fn build(&mut self, restless: HashSet<PathBuf>) {
        let options = Options { restless, ..self.options.clone() };
        let outcome = build(&self.sources, &self.data, &self.embedder, &options, &mut |_| ());
        self.watch.done(outcome.is_ok());
        match outcome {
            Ok(report) if report.changed => tracing::info!(
                documents = report.documents,
                read = report.documents_read,
                left_out = report.problems.len(),
                seconds = report.total().as_secs_f32(),
                "indexed what has changed"
            ),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the index could not be brought up to date; the old one is served"),
        }
    }
}

/// The site's list of routines at hand; names that no document has are told, since they may be misspelt.
fn read_at_hand(file: &Path, assistant: &Assistant) -> anyhow::Result<Vec<AtHand>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let list = at_hand::parse(&text);
    let index = assistant.retriever().index();
    for entry in list.iter().filter(|entry| index.document(&entry.id).is_none()) {
        tracing::warn!(document = entry.id, list = %file.display(), "no document has this name; it is left out");
    }
    Ok(list)
}

/// Serves until the process is told to stop.
pub(super) fn run_server(common: &Common, args: &ServerArgs, assistant: Assistant) -> anyhow::Result<u8> {
    let at_hand = args.at_hand.as_deref().map(|file| read_at_hand(file, &assistant)).transpose()?.unwrap_or_default();
    let config = ServerConfig {
        at_hand,
        shift_hours: args.shift_hours,
        data: common.data.clone(),
        organisation: args.organisation.clone(),
        contact: args.contact.clone(),
    };
    let state = AppState::new(assistant, config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(state, args.listen, |address| eprintln!("serving on http://{address}")));
    // A model in mid-sentence must not keep the process alive.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    served.with_context(|| format!("cannot serve on {}", args.listen))?;
    Ok(0)
}
