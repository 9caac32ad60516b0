//! What does the product answer to real questions, over the sample routines and with the real models?

use std::ops::ControlFlow;

use jiff::civil::Date;

use rutinlots::answer::{Answer, AskOptions, Assistant, Event, Outcome as AnswerOutcome};
use rutinlots::ingest::passages::Canonical;
use rutinlots::retrieve::Question;

use crate::support::{Failure, Outcome, assistant, generator, lotsby, turn};

const MEDICINE: &str = "Brukaren vägrar ta sin medicin, vad gör jag?";
/// Documents of the sample that are no longer in force.
const EXPIRED: [&str; 2] = ["nyckelhantering-2022", "besoksrutin-sommar-2023"];

/// A day on which the sample's documents are in force, so that the tests do not age.
const TODAY: Date = jiff::civil::date(2026, 10, 1);

fn ask(assistant: &Assistant, question: &str) -> Result<Answer, Failure> {
    let options = AskOptions { quotes_only: false, today: TODAY };
    Ok(assistant.ask(Question::parse(question)?, options, |_| ControlFlow::Continue(()))?)
}

/// Every quote must stand in its document, exactly where it says.
fn assert_verbatim(assistant: &Assistant, answer: &Answer) -> Outcome {
    let index = assistant.retriever().index();
    for quote in &answer.evidence.quotes {
        let head = index.document(&quote.document.id).ok_or("a quote from an unknown document")?;
        let canonical = Canonical::of(&index.blocks(head.number)?);
        assert_eq!(canonical.slice(quote.span), quote.text, "{}", quote.url);
        assert!(!quote.text.trim().is_empty());
    }
    Ok(())
}

fn assert_cited(answer: &Answer) {
    for sentence in answer.composed.iter().flat_map(|composed| &composed.sentences) {
        assert!(!sentence.citations.is_empty(), "{:?} cites nothing", sentence.text);
        for number in &sentence.citations {
            assert!(
                answer.evidence.quotes.iter().any(|quote| quote.number == *number),
                "{:?} cites [{number}], which was not given",
                sentence.text
            );
        }
    }
}

#[test]
fn the_question_about_medicine_is_answered_from_the_instruction_about_it() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, Some(generator()?))?;
    let mut events = Vec::new();
    let options = AskOptions { quotes_only: false, today: TODAY };
    let answer = assistant.ask(Question::parse(MEDICINE)?, options, |event| {
        match event {
            Event::Quotes { answer, composing } => {
                assert!(composing);
                assert!(!answer.evidence.quotes.is_empty());
                events.push("quotes");
            }
            Event::Danger(_) => events.push("danger"),
            Event::Writing => {}
            Event::Sentence(_) => events.push("sentence"),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(answer.outcome, AnswerOutcome::Answered);
    let first = answer.evidence.quotes.first().ok_or("no quote")?;
    assert_eq!(first.document.id, "vagrar-lakemedel");
    assert_verbatim(&assistant, &answer)?;
    let composed = answer.composed.as_ref().ok_or("no composed answer")?;
    assert_eq!(events.first(), Some(&"quotes"), "quotes come first");
    assert_eq!(events.len(), 1 + composed.sentences.len(), "each sentence is told once: {events:?}");
    assert!(!composed.sentences.is_empty());
    assert_cited(&answer);
    Ok(())
}

#[test]
fn composed_answers_cite_what_was_quoted() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, Some(generator()?))?;
    for question in [
        "Hur ofta ska nycklarna inventeras?",
        "Hur länge ska jag vara hemma efter magsjuka?",
        "Vad gör jag om någon har ramlat?",
        "Kunden öppnar inte dörren",
    ] {
        let answer = ask(&assistant, question)?;
        assert_eq!(answer.outcome, AnswerOutcome::Answered, "{question}");
        assert_verbatim(&assistant, &answer)?;
        assert_cited(&answer);
        assert!(answer.composed.is_some_and(|composed| !composed.sentences.is_empty()), "{question}");
    }
    Ok(())
}

#[test]
fn what_the_routines_do_not_say_is_refused_with_the_nearest_routines() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, Some(generator()?))?;
    for question in ["Vad blir det för väder i morgon?", "Vem vann melodifestivalen?"] {
        let answer = ask(&assistant, question)?;
        assert_eq!(answer.outcome, AnswerOutcome::Refused, "{question}: confidence {:?}", answer.confidence);
        assert!(answer.evidence.quotes.is_empty());
        assert!(answer.composed.is_none());
        let refusal = answer.refusal.ok_or("no refusal")?;
        assert!(refusal.message.contains("rutinerna"), "{}", refusal.message);
        assert!(!refusal.nearest.is_empty());
        for near in &refusal.nearest {
            assert!(assistant.retriever().index().document(&near.document.id).is_some());
            assert!(!EXPIRED.contains(&near.document.id.as_str()), "{question}");
        }
    }
    Ok(())
}

#[test]
fn routines_that_are_no_longer_in_force_are_never_quoted() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, None)?;
    // The first ones are worded like the expired documents and have no better match.
    for question in [
        "Får jag ta med nyckeln hem efter ett kvällspass?",
        "Hur många nycklar tar vi emot per kund?",
        "Hur ofta byts koden till nyckelskåpet?",
        "Vad skriver jag på listan på insidan av skåpsdörren?",
        "Vad gör jag om en nyckel försvinner?",
        "Var förvaras kundernas nycklar?",
        "Hur ofta ska nycklarna inventeras?",
        "Hur många besökare åt gången får en boende ha under utbrottet?",
        "Vilken besökstid gäller på avdelningar med pågående utbrott?",
        "Ska besökare ha munskydd vid covid-19?",
        "Får man ta emot besök i matsalen under ett utbrott?",
    ] {
        let answer = ask(&assistant, question)?;
        for quote in &answer.evidence.quotes {
            assert!(!EXPIRED.contains(&quote.document.id.as_str()), "{question} is answered from {}", quote.url);
        }
        for near in answer.refusal.iter().flat_map(|refusal| &refusal.nearest) {
            assert!(!EXPIRED.contains(&near.document.id.as_str()), "{question} is refused with {}", near.url);
        }
        assert_verbatim(&assistant, &answer)?;
    }
    Ok(())
}

#[test]
fn without_a_generator_there_are_quotes_alone() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, None)?;
    let answer = ask(&assistant, MEDICINE)?;
    assert_eq!(answer.outcome, AnswerOutcome::QuotesOnly);
    assert!(answer.composed.is_none());
    assert!(!answer.evidence.quotes.is_empty());
    Ok(())
}

#[test]
fn the_same_question_twice_gives_the_same_answer() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, Some(generator()?))?;
    let first = ask(&assistant, MEDICINE)?;
    // Something else in between: what the model has read before must not matter.
    ask(&assistant, "Vem ringer jag när trygghetslarmet inte fungerar?")?;
    let second = ask(&assistant, MEDICINE)?;
    assert_eq!(first.evidence, second.evidence);
    assert_eq!(first.composed, second.composed);
    assert!((first.confidence.0 - second.confidence.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn one_who_leaves_after_the_quotes_gets_no_answer_and_costs_none() -> Outcome {
    let _turn = turn();
    let assistant = assistant(&lotsby()?, Some(generator()?))?;
    let options = AskOptions { quotes_only: false, today: TODAY };
    let mut events = 0;
    let outcome = assistant.ask(Question::parse(MEDICINE)?, options, |_| {
        events += 1;
        ControlFlow::Break(())
    });
    assert!(outcome.is_err());
    assert_eq!(events, 1);
    Ok(())
}
