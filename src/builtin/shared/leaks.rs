//! How rules report secrets that stand in clear: never a byte of one, but where else it stands.

use std::collections::BTreeMap;

use crate::{
    lint::{At, Findings, Severity, Subject},
    plan::Tri,
};

/// How many other places of a secret are named.
const SHOWN: usize = 3;

/// A place where secrets stand in clear.
pub(crate) struct Leak {
    /// Whose they are.
    pub(crate) subject: Subject,
    /// Where they stand.
    pub(crate) at: At,
    /// Whether they are there.
    pub(crate) tri: Tri,
    /// The secrets; empty where they are not known yet.
    pub(crate) secrets: Vec<String>,
    /// What else must not be shown: the address around a password, a digest of a script.
    pub(crate) hidden: Vec<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
    /// How bad it is, where that is not as the rule says.
    pub(crate) level: Option<Severity>,
    /// Other places, and what they have to do with it.
    pub(crate) related: Vec<(Subject, At, String)>,
    /// The edit that makes it, where that is another place.
    pub(crate) cause: Option<(Subject, At)>,
}

impl Leak {
    /// One of which no more is known.
    pub(crate) fn new(subject: impl Into<Subject>, at: impl Into<At>, tri: Tri) -> Leak {
        Leak {
            subject: subject.into(),
            at: at.into(),
            tri,
            secrets: Vec::new(),
            hidden: Vec::new(),
            message: String::new(),
            help: String::new(),
            level: None,
            related: Vec::new(),
            cause: None,
        }
    }

    /// Its secrets.
    pub(crate) fn with<S: Into<String>>(mut self, secrets: impl IntoIterator<Item = S>) -> Leak {
        self.secrets.extend(secrets.into_iter().map(Into::into));
        self
    }

    /// What it is, and what to do.
    pub(crate) fn saying(mut self, message: impl Into<String>, help: impl Into<String>) -> Leak {
        self.message = message.into();
        self.help = help.into();
        self
    }

    /// Names the place in which the secret is written, where that is another one.
    pub(crate) fn caused(self, subject: impl Into<Subject>, at: impl Into<At>) -> Leak {
        let (subject, at) = (subject.into(), at.into());
        let cause = Some((subject.clone(), at.clone()));
        Leak { cause, ..self.related(subject, at, "has it as its default") }
    }

    /// Another place, and what it has to do with it.
    pub(crate) fn related(
        mut self,
        subject: impl Into<Subject>,
        at: impl Into<At>,
        label: &str,
    ) -> Leak {
        self.related.push((subject.into(), at.into(), label.to_owned()));
        self
    }
}

/// Takes a further place: where what it holds stands in a resource too, the two are one finding, of the
/// resource.
pub(crate) fn join(leaks: &mut Vec<Leak>, leak: Leak) {
    let is_same = |it: &&mut Leak| leak.secrets.iter().all(|text| it.secrets.contains(text));
    match leaks.iter_mut().find(is_same) {
        Some(known) => known.related.push((leak.subject, leak.at, "has the same value".to_owned())),
        None => leaks.push(leak),
    }
}

/// `a secret of 20 characters`, `2 secrets`; `a secret that is known after apply`.
pub(crate) fn counted(secrets: &[String]) -> String {
    match secrets {
        [] => "what is known after apply".to_owned(),
        [only] => format!("a secret of {} characters", only.chars().count()),
        all => format!("{} secrets", all.len()),
    }
}

/// Reports them: what is secret is kept out of every output, and places of one secret name each
/// other.
pub(crate) fn report(mut leaks: Vec<Leak>, out: &mut Findings<'_>) {
    let place = |leak: &Leak| (leak.subject.place.clone(), leak.at.lasting());
    leaks.sort_by_cached_key(place);
    let mut by_text: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, leak) in leaks.iter().enumerate().filter(|(_, leak)| leak.tri != Tri::No) {
        for text in &leak.secrets {
            let places = by_text.entry(text).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    let others: Vec<Vec<usize>> =
        leaks.iter().enumerate().map(|(at, leak)| others(at, leak, &by_text)).collect();
    let mut ordinals: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (leak, others) in leaks.iter().zip(others) {
        if leak.tri == Tri::No {
            out.deny(Tri::No, leak.subject.clone(), (), String::new);
            continue;
        }
        leak.secrets.iter().chain(&leak.hidden).for_each(|text| out.secret(text));
        let address = leak.subject.place.address.clone();
        let ordinal = ordinals.entry((address, leak.at.lasting())).or_default();
        *ordinal += 1;
        let mut draft = out
            .deny(leak.tri, leak.subject.clone(), leak.at.clone(), || leak.message.clone())
            .help(|| leak.help.clone())
            .key(&if *ordinal > 1 { ordinal.to_string() } else { String::new() });
        if let Some(level) = leak.level {
            draft = draft.at(level);
        }
        if let Some((subject, at)) = &leak.cause {
            draft = draft.cause(subject.clone(), at.clone());
        }
        for (subject, at, label) in &leak.related {
            draft = draft.related_at(subject.clone(), at.clone(), || label.clone());
        }
        for other in others {
            let other = &leaks[other];
            let label = || "holds the same value".to_owned();
            draft = draft.related_at(other.subject.clone(), other.at.clone(), label);
        }
    }
}

/// The first places that hold a secret of this one.
fn others(at: usize, leak: &Leak, by_text: &BTreeMap<&str, Vec<usize>>) -> Vec<usize> {
    let places = leak.secrets.iter().filter_map(|text| by_text.get(text.as_str())).flatten();
    let mut others: Vec<usize> = places.copied().filter(|other| *other != at).take(SHOWN).collect();
    others.sort_unstable();
    others.dedup();
    others
}
