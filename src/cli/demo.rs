//! `rutinlots demo`

use std::path::{Path, PathBuf};

use clap::Args;

use super::Common;
use super::index::{build_options, build_with_progress, folder};
use super::models::fetch_defaults;
use super::serve::{ServerArgs, run_server};

/// The sample list of routines at hand.
const AT_HAND: &str = "nara-till-hands.txt";

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder with the sample routines.
    #[arg(long, default_value = "corpus", value_name = "DIR")]
    source: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(common: &Common, args: &DemoArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        args.source.is_dir(),
        "the sample routines are not in {}; run this in the repository's folder or name them with --source",
        args.source.display()
    );
    fetch_defaults(common)?;
    let common = &with_sample_lists(common, &args.source);
    let generator = common.open_generator()?;
    let options = build_options()?;
    build_with_progress(&folder(&args.source), &common.data, &common.open_embedder()?, &options)?;
    let mut server = args.server.clone();
    if server.organisation.is_empty() {
        "Lotsby kommun".clone_into(&mut server.organisation);
    }
    let list = args.source.join(AT_HAND);
    if server.at_hand.is_none() && list.is_file() {
        server.at_hand = Some(list);
    }
    run_server(common, &server, common.assistant(common.open_retriever()?, generator)?)
}

/// The lists that lie beside the sample routines stand in for a site's own.
fn with_sample_lists(common: &Common, source: &Path) -> Common {
    let beside = |name: &str| Some(source.join(name)).filter(|file| file.is_file());
    Common {
        danger: common.danger.clone().or_else(|| beside("fara.txt")),
        contacts: common.contacts.clone().or_else(|| beside("kontakter.txt")),
        ..common.clone()
    }
}
