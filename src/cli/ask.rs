//! `rutinlots ask`

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use clap::Args;

use super::{Common, danger_text, exit, path, today};
use crate::answer::{AskOptions, Assistant, Event, Outcome};
use crate::index::Index;
use crate::retrieve::Question;
use crate::server::views::RECOGNISED;

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// The question, in everyday Swedish.
    question: String,
    /// Only quotes, no composed answer.
    #[arg(long)]
    quotes_only: bool,
    /// Print the whole answer as JSON when it is done: `question`, `outcome`, `danger`, `confidence`, `evidence`,
    /// `disagreements`, `overview`, `refusal`, `composed`, `notice` and `timings`.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &AskArgs) -> anyhow::Result<u8> {
    let question = Question::parse(&args.question)?;
    let lists = common.site_lists()?;
    // Before any model is opened, which takes a while.
    if let Some(danger) = lists.dangers.look(question.as_str()).filter(|_| !args.json) {
        println!("{}", danger_text(&danger));
    }
    let generator = if args.quotes_only { None } else { common.open_generator()? };
    let assistant = Assistant::new(common.open_retriever()?, generator).with_lists(lists);
    let options = AskOptions { quotes_only: args.quotes_only, today: today() };
    let index = Arc::clone(assistant.retriever().index());
    let mut out = std::io::stdout();
    let answer = assistant.ask(question, options, |event| {
        if !args.json && print(&mut out, &event, &index).is_err() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        println!();
        if let Some(notice) = &answer.notice {
            println!("{notice}");
        }
    }
    Ok(if answer.outcome == Outcome::Refused { exit::REFUSED } else { 0 })
}

fn print(out: &mut impl Write, event: &Event<'_>, index: &Index) -> std::io::Result<()> {
    match event {
        Event::Quotes { answer, composing } => {
            if let Some(refusal) = &answer.refusal {
                writeln!(out, "{}\n{}", refusal.message, refusal.detail)?;
                if !refusal.looked_for.is_empty() {
                    writeln!(out, "Jag letade efter: {}", refusal.looked_for.join(", "))?;
                }
                if let Some(contact) = &refusal.contact {
                    writeln!(out, "Fråga: {contact}")?;
                }
                for near in &refusal.nearest {
                    writeln!(out, "  Närmast: {}: {}", near.document.title, near.text)?;
                }
            }
            if let Some(overview) = &answer.overview {
                writeln!(out, "Vad vill du veta om {}? Skriv en hel fråga, eller läs:", overview.subject)?;
                for entry in &overview.documents {
                    writeln!(out, "  {}", entry.document.title)?;
                    for section in &entry.sections {
                        writeln!(out, "    {}", section.heading)?;
                    }
                }
            }
            for told in &answer.disagreements {
                writeln!(out, "Rutinerna säger olika. {}", told.explanation)?;
            }
            for quote in &answer.evidence.quotes {
                let page = quote.page.map(|page| format!(", s. {page}")).unwrap_or_default();
                writeln!(out, "[{}] {}{page}", quote.number, path(&quote.document.title, &quote.heading_path))?;
                for line in quote.before.lines().chain(quote.text.lines()) {
                    writeln!(out, "    {line}")?;
                }
                let head = index.document(&quote.document.id);
                let scanned = head.map_or(Ok(None), |head| index.ocr_confidence(head, quote.span));
                if scanned.map_err(std::io::Error::other)?.is_some() {
                    writeln!(out, "    ({RECOGNISED})")?;
                }
            }
            if *composing {
                writeln!(out, "\nSammanfattning (skriven av AI, kontrollera mot rutinen):")?;
            }
        }
        // Printed before the models were opened.
        Event::Danger(_) | Event::Writing => {}
        Event::Sentence(sentence) => {
            write!(out, "{} ", sentence.text)?;
            for number in &sentence.citations {
                write!(out, "[{number}]")?;
            }
            write!(out, " ")?;
        }
    }
    out.flush()
}
