//! `rutinlots feedback`

use anyhow::Context;
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Common;
use crate::server::feedback::{Feedback, Kept, Verdict};

/// Arguments of `feedback`.
#[derive(Debug, Args)]
pub(super) struct FeedbackArgs {
    /// Only reports of answers that did not help.
    #[arg(long)]
    disputed: bool,
    /// Print the reports as JSON: `id`, `at`, `question`, `shown`, `verdict`, `reasons`, `comment` and `generation`.
    #[arg(long)]
    json: bool,
    /// Delete the reports that came before this day instead of showing any.
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["disputed", "json"])]
    delete_before: Option<Date>,
}

pub(super) fn run(common: &Common, args: &FeedbackArgs) -> anyhow::Result<u8> {
    let feedback = Feedback::beside(&common.data);
    let place = || format!("the reports in {}", common.data.display());
    if let Some(day) = args.delete_before {
        let midnight = day.to_zoned(TimeZone::system())?.timestamp();
        let deleted = feedback.delete_before(midnight).with_context(place)?;
        println!("{deleted} reports deleted");
        return Ok(0);
    }
    let mut kept = feedback.all().with_context(place)?;
    kept.retain(|kept| !args.disputed || kept.report.verdict != Verdict::Helped);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&kept)?);
    } else if kept.is_empty() {
        println!("no reports in {}", common.data.display());
    } else {
        for kept in &kept {
            print(kept);
        }
    }
    Ok(0)
}

fn print(kept: &Kept) {
    let at = kept.at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
    let verdict = match &kept.report.verdict {
        Verdict::Helped => "hjälpte".to_owned(),
        Verdict::DidNotHelp(reasons) if reasons.is_empty() => "hjälpte inte".to_owned(),
        Verdict::DidNotHelp(reasons) => {
            format!("hjälpte inte: {}", reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(", "))
        }
    };
    println!("{}  {at}  {verdict}  ({})\n{}", kept.id, kept.report.generation, kept.report.question);
    if !kept.report.comment.is_empty() {
        println!("  Kommentar: {}", kept.report.comment.replace('\n', "\n  "));
    }
    println!("  Svaret som det visades:\n    {}\n", kept.report.shown.replace('\n', "\n    "));
}
