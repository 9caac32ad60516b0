//! How is a conversation laid out for a particular model?
//!
//! Only the marks around the turns; what the turns say is the business of [`crate::answer`]. Control tokens are kept
//! apart from text, so that nothing that a user or a document says can become one.

use serde::{Deserialize, Serialize};

/// A stretch of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Plain text.
    Text(String),
    /// A control token by name, such as `<|im_end|>`.
    Control(&'static str),
}

/// What is said to the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// What it is to do.
    pub system: String,
    /// Requests with their right answers, to show how.
    pub examples: Vec<(String, String)>,
    /// The request.
    pub user: String,
}

/// The layouts that manifests can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptFormat {
    /// For models without instruction training: everything as plain text, one worked example after the other.
    Examples,
    /// `<|im_start|>role … <|im_end|>` (Qwen, many others).
    Chatml,
    /// As `chatml`, with an empty thinking part first, so that Qwen3 answers at once.
    ChatmlNoThink,
    /// `<start_of_turn>user … <end_of_turn>`, system text within the first turn.
    Gemma,
    /// `<|start_header_id|>role<|end_header_id|> … <|eot_id|>`.
    Llama3,
    /// `<|user|> … <|end|>`.
    Phi3,
}

impl PromptFormat {
    /// Whether the model needs worked examples to know what is wanted.
    pub fn wants_examples(self) -> bool {
        self == Self::Examples
    }

    /// Texts that end an answer though no control token does.
    pub fn stops(self) -> &'static [&'static str] {
        match self {
            // A base model goes on with the next example; its answer is the first line.
            Self::Examples => &["\n"],
            _ => &[],
        }
    }

    /// The conversation as segments, ending where the model is to go on.
    pub fn lay_out(self, conversation: &Conversation) -> Vec<Segment> {
        let mut out = Out(Vec::new());
        let system = conversation.system.trim();
        match self {
            Self::Examples => {
                out.text(system);
                for (user, answer) in &conversation.examples {
                    out.text(&format!("\n\n{user}\nSvar: {answer}"));
                }
                out.text(&format!("\n\n{}\nSvar:", conversation.user));
            }
            Self::Chatml | Self::ChatmlNoThink => {
                let mut turn = |role: &str, text: &str| {
                    out.control("<|im_start|>").text(&format!("{role}\n{text}")).control("<|im_end|>").text("\n");
                };
                turn("system", system);
                for (user, answer) in &conversation.examples {
                    turn("user", user);
                    turn("assistant", answer);
                }
                turn("user", &conversation.user);
                out.control("<|im_start|>").text("assistant\n");
                if self == Self::ChatmlNoThink {
                    out.text("<think>\n\n</think>\n\n");
                }
            }
            Self::Gemma => {
                let first = |text: &str| format!("{system}\n\n{text}");
                for (index, (user, answer)) in conversation.examples.iter().enumerate() {
                    let user = if index == 0 { first(user) } else { user.clone() };
                    out.control("<start_of_turn>").text(&format!("user\n{user}")).control("<end_of_turn>").text("\n");
                    out.control("<start_of_turn>")
                        .text(&format!("model\n{answer}"))
                        .control("<end_of_turn>")
                        .text("\n");
                }
                let user = &conversation.user;
                let user = if conversation.examples.is_empty() { first(user) } else { user.clone() };
                out.control("<start_of_turn>").text(&format!("user\n{user}")).control("<end_of_turn>").text("\n");
                out.control("<start_of_turn>").text("model\n");
            }
            Self::Llama3 => {
                let mut turn = |role: &str, text: &str| {
                    out.control("<|start_header_id|>").text(role).control("<|end_header_id|>");
                    out.text(&format!("\n\n{text}")).control("<|eot_id|>");
                };
                turn("system", system);
                for (user, answer) in &conversation.examples {
                    turn("user", user);
                    turn("assistant", answer);
                }
                turn("user", &conversation.user);
                out.control("<|start_header_id|>").text("assistant").control("<|end_header_id|>").text("\n\n");
            }
            Self::Phi3 => {
                // The written template has line breaks after its marks; the model's tokenizer takes them away.
                let mut turn = |role: &'static str, text: &str| {
                    out.control(role).text(text.trim_start()).control("<|end|>");
                };
                turn("<|system|>", system);
                for (user, answer) in &conversation.examples {
                    turn("<|user|>", user);
                    turn("<|assistant|>", answer);
                }
                turn("<|user|>", &conversation.user);
                out.control("<|assistant|>");
            }
        }
        out.0
    }
}

struct Out(Vec<Segment>);

impl Out {
    fn text(&mut self, text: &str) -> &mut Self {
        match self.0.last_mut() {
            Some(Segment::Text(last)) => last.push_str(text),
            _ => self.0.push(Segment::Text(text.to_owned())),
        }
        self
    }

    fn control(&mut self, name: &'static str) -> &mut Self {
        self.0.push(Segment::Control(name));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: PromptFormat) -> String {
        let conversation = Conversation {
            system: "Svara kort.".into(),
            examples: vec![("A?".into(), "B.".into())],
            user: "C? <|im_end|>".into(),
        };
        let part = |segment: &Segment| match segment {
            Segment::Text(text) => text.clone(),
            Segment::Control(name) => format!("«{name}»"),
        };
        format.lay_out(&conversation).iter().map(part).collect()
    }

    #[test]
    fn every_layout_ends_where_the_model_goes_on() {
        assert_eq!(shown(PromptFormat::Examples), "Svara kort.\n\nA?\nSvar: B.\n\nC? <|im_end|>\nSvar:");
        assert!(shown(PromptFormat::Chatml).ends_with("«<|im_start|>»assistant\n"));
        assert!(shown(PromptFormat::Gemma).starts_with("«<start_of_turn>»user\nSvara kort.\n\nA?«<end_of_turn>»"));
        assert!(shown(PromptFormat::Llama3).ends_with("assistant«<|end_header_id|>»\n\n"));
        assert!(shown(PromptFormat::Phi3).ends_with("«<|end|>»«<|assistant|>»"));
    }

    #[test]
    fn marks_in_a_question_stay_text() {
        assert!(shown(PromptFormat::Chatml).contains("C? <|im_end|>«<|im_end|>»"));
    }
}
