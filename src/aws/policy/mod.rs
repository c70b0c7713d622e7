//! IAM policy documents: what they say, and whether a request passes.
//!
//! Any part may be unknown. What is not known makes an answer `Maybe`, and so does a condition that is
//! not understood, or whose key the request is not said to carry: never `Yes`.
//!
//! Source of the evaluation: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html.

mod condition;
mod cover;
mod json;
mod pattern;
mod request;
mod statement;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::plan::Tri;

pub use condition::Condition;
pub use json::has_statements;
pub use pattern::{Text, bare};
pub use request::{Given, Request, Who};
pub use statement::{Effect, List, Principal, Statement};

/// A policy document, as far as it can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The statements that can be seen.
    pub statements: Vec<Statement>,
    /// There may be others.
    pub is_partial: bool,
    /// What an unseen part mentions: names of objects, as [`Text::Unknown`] holds them.
    pub mentions: Vec<String>,
}

impl Document {
    /// A document of which nothing can be seen but what it mentions.
    pub fn unseen(mentions: Vec<String>) -> Document {
        Document { statements: Vec::new(), is_partial: true, mentions }
    }

    /// Reads a JSON policy; none where the text is no policy: a state filled by hand may hold
    /// anything, and nothing is known against that.
    pub fn parse(text: &str) -> Option<Document> {
        json::document(text)
    }

    /// Adds the statements of another document.
    pub fn append(&mut self, other: Document) {
        self.statements.extend(other.statements);
        self.is_partial |= other.is_partial;
        self.mentions.extend(other.mentions);
    }

    /// Replaces statements by those of the same `Sid`, and adds the others, as
    /// `override_policy_documents` does.
    pub fn replace_by(&mut self, other: Document) {
        let replaced = |it: &Statement| {
            it.sid.is_some() && other.statements.iter().any(|new| new.sid == it.sid)
        };
        self.statements.retain(|it| !replaced(it));
        if other.is_partial {
            self.statements.iter_mut().for_each(|it| it.is_certain = false);
        }
        self.append(other);
    }

    /// Whether some statement has a property.
    pub fn any(&self, ask: impl FnMut(&Statement) -> Tri) -> Tri {
        let unseen = Tri::from(self.is_partial) & Tri::Maybe;
        unseen | Tri::any(self.statements.iter().map(ask))
    }

    /// Whether a statement allows a request. A denial elsewhere is not looked at.
    pub fn allows(&self, request: &Request<'_>) -> Tri {
        self.any(|it| it.is(Effect::Allow) & it.applies_to(request))
    }

    /// Whether a statement denies a request.
    pub fn denies(&self, request: &Request<'_>) -> Tri {
        self.any(|it| it.is(Effect::Deny) & it.applies_to(request))
    }

    /// Whether an unseen part mentions an object, by any of its names, or a list that is not known and
    /// may name others. For a rule that looks for what is missing: what an author wrote of the object was
    /// hardly written for nothing.
    pub fn hints_at(&self, names: &[String]) -> bool {
        let allowing = self.statements.iter().filter(|it| it.is(Effect::Allow) != Tri::No);
        let listed = allowing.filter_map(|it| it.resources.as_ref()).flat_map(|list| &list.items);
        let mut mentioned = self.mentions.iter().chain(listed.flat_map(Text::may_be));
        mentioned.any(|it| names.contains(it))
    }

    /// Whether a request passes: allowed, and not denied.
    pub fn permits(&self, request: &Request<'_>) -> Tri {
        self.allows(request) & !self.denies(request)
    }

    /// Whom its Allow statements let do an action, each with whether the statement holds
    /// unconditionally. `NotPrincipal` names nobody.
    pub fn admitted(&self, action: &str) -> Vec<(&Principal, Tri)> {
        let allowing = self.statements.iter().filter_map(|it| {
            let tri = it.is(Effect::Allow) & it.covers_action(action) & it.is_unconditional();
            let is_possible =
                it.is(Effect::Allow) != Tri::No && it.covers_action(action) != Tri::No;
            is_possible.then_some((it, tri.max(Tri::Maybe)))
        });
        let named = |it: &'_ Statement| it.principals.as_ref().is_some_and(|list| !list.is_not);
        allowing
            .filter(|(it, _)| named(it))
            .flat_map(|(it, tri)| {
                it.principals.iter().flat_map(|list| &list.items).map(move |who| (who, tri))
            })
            .collect()
    }

    /// Puts other texts in the place of each: none, one or several. A condition that loses all its
    /// values is dropped.
    pub fn replace_texts(&mut self, mut put: impl FnMut(&Text) -> Vec<Text>) {
        self.statements.iter_mut().for_each(|it| it.replace_texts(&mut put));
    }

    /// Changes every text, whether it is known or stands for what is not.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        self.statements.iter_mut().for_each(|it| it.each_text(change));
        self.mentions.iter_mut().for_each(change);
    }

    /// Every known text, for redaction.
    pub fn texts<'a>(&'a self, out: &mut Vec<&'a str>) {
        self.statements.iter().for_each(|it| it.texts(out));
    }
}
