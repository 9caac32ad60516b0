//! `rutinlots serve`

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;

use super::Common;
use crate::answer::Assistant;
use crate::server::{AppState, ServerConfig, serve};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
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
}

pub(super) fn run(common: &Common, args: &ServeArgs) -> anyhow::Result<u8> {
    let assistant = Assistant::new(common.open_retriever()?, common.open_generator()?);
    run_server(common, &args.server, assistant)
}

/// Serves until the process is told to stop.
pub(super) fn run_server(common: &Common, args: &ServerArgs, assistant: Assistant) -> anyhow::Result<u8> {
    let config = ServerConfig {
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
