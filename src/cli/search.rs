//! `rutinlots search`

use clap::Args;

use super::{Common, danger_text, path, today};
use crate::retrieve::{Question, SearchOptions};

/// Arguments of `search`.
#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What to look for.
    query: String,
    /// Most passages.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Also documents that are not in force.
    #[arg(long)]
    all: bool,
    /// Print JSON: a list of objects with `document`, `title`, `heading_path`, `page`, `passage`, `standing`,
    /// `superseded_by`, `score`, `legs` and `text`.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &SearchArgs) -> anyhow::Result<u8> {
    let query = Question::parse(&args.query)?;
    // On the error stream, so that `--json` stays what it says.
    if let Some(danger) = common.site_lists()?.dangers.look(query.as_str()) {
        eprintln!("{}", danger_text(&danger));
    }
    let retriever = common.open_retriever()?;
    let options = SearchOptions { limit: args.limit, all_standings: args.all, today: today(), rerank: false };
    let mut ranked = retriever.search(query, options)?;
    ranked.hits.retain(|hit| retriever.is_related(hit));
    if args.json {
        let hits: Vec<_> = ranked
            .hits
            .iter()
            .map(|hit| {
                let passage = &hit.row.passage;
                let newer = hit.document.versions.superseded(options.today);
                let newer = newer.and_then(|newer| retriever.index().document_by_number(newer.by));
                serde_json::json!({
                    "document": hit.document.id, "title": hit.document.title, "heading_path": passage.heading_path,
                    "page": passage.page, "passage": passage.id, "standing": hit.standing,
                    "superseded_by": newer.map(|newer| &newer.id), "score": hit.score, "legs": hit.legs, "text": passage.text,
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&hits)?);
        return Ok(0);
    }
    if ranked.hits.is_empty() {
        println!("Inga träffar.");
    }
    for (index, hit) in ranked.hits.iter().enumerate() {
        let passage = &hit.row.passage;
        let page = passage.page.map(|page| format!(", s. {page}")).unwrap_or_default();
        println!("{}. {}{page}", index + 1, path(&hit.document.title, &passage.heading_path));
        for line in passage.text.lines().take(4) {
            println!("   {line}");
        }
    }
    Ok(0)
}
