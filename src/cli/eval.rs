//! stub
use super::Common;
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {}
pub(super) fn run(_: &Common, _: &EvalArgs) -> anyhow::Result<u8> {
    Ok(0)
}
