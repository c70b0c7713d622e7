//! Where rules report. Only what is true, or may be, makes a finding; nothing converts to bool.

use std::{collections::BTreeSet, sync::Arc};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::{
    estate::Row,
    graph::{About, Cause, Note, Res, Scope, Side, View},
    plan::{Actions, DocumentKind, ResId, Tri},
};

use super::{Change, Edit, Finding, Loss, Place, Related, RuleMeta, Severity, Verdict};

/// What a finding is about, or what it is related to.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Where.
    pub place: Place,
    /// Its address before a `moved` block, where the plan tells of one.
    pub previous: Option<String>,
    /// Key of the deposed object, if it is one.
    pub deposed: Option<String>,
    /// What happens to it.
    pub actions: Actions,
    /// No resource instance: an output, a variable, a provider block, the plan.
    pub is_abstract: bool,
    /// The instance, while its plan is in memory.
    pub res: Option<ResId>,
    /// Lines that stand for it, once the engine has put them here.
    pub excerpt: Option<Arc<str>>,
    /// It comes from a state, which has no change.
    pub is_state: bool,
    /// What was asked about it in vain, where its plan is gone.
    unanswered: Vec<Note>,
}

impl Subject {
    /// Something that is no resource instance: `output.NAME`, `var.NAME`, `provider.KEY`, or the
    /// plan as a whole (an empty address).
    pub fn named(unit: &str, address: &str, actions: Actions) -> Subject {
        Subject {
            place: Place { unit: unit.to_owned(), address: address.to_owned(), attribute: None },
            previous: None,
            deposed: None,
            actions,
            is_abstract: true,
            res: None,
            excerpt: None,
            is_state: false,
            unanswered: Vec::new(),
        }
    }

    fn about(&self) -> About {
        self.res.map_or_else(|| About::Named(self.place.address.clone()), About::Instance)
    }

    fn order(&self) -> (bool, &Place, &Option<String>) {
        // What this run creates or changes comes first.
        (self.actions.is_noop(), &self.place, &self.deposed)
    }

    /// What tells it from others, now or by the address it had before.
    fn name(&self, before: bool) -> String {
        let previous = self.previous.as_ref().filter(|_| before);
        format!("{}\0{}", self.place.unit, previous.unwrap_or(&self.place.address))
    }
}

impl From<Res<'_>> for Subject {
    fn from(res: Res<'_>) -> Subject {
        Subject {
            place: Place {
                unit: res.scope().graph.plan.unit.clone(),
                address: res.address().to_owned(),
                attribute: None,
            },
            previous: res.previous_address().map(str::to_owned),
            deposed: res.deposed().map(str::to_owned),
            actions: res.actions(),
            is_abstract: false,
            res: Some(res.id),
            excerpt: None,
            is_state: res.scope().graph.plan.kind == DocumentKind::State,
            unanswered: Vec::new(),
        }
    }
}

impl From<&Row> for Subject {
    fn from(row: &Row) -> Subject {
        Subject {
            place: Place { unit: row.unit.clone(), address: row.address.clone(), attribute: None },
            previous: row.previous.clone(),
            deposed: row.deposed.clone(),
            actions: row.actions,
            is_abstract: false,
            res: None,
            excerpt: None,
            is_state: row.is_state,
            unanswered: row.unanswered.clone(),
        }
    }
}

/// The attribute that decides; none where no single one does.
#[derive(Clone, Debug, Default)]
pub struct At {
    path: Option<String>,
    written: Option<String>,
}

impl At {
    /// Says where the source has it, see [`Finding::written`].
    #[must_use]
    pub fn written(self, written: Option<String>) -> At {
        At { written, ..self }
    }

    /// The path without list indices, as fingerprints take it; empty where no attribute decides.
    pub(crate) fn lasting(&self) -> String {
        self.path.as_deref().map(without_indices).unwrap_or_default()
    }
}

impl From<&str> for At {
    fn from(path: &str) -> At {
        Some(path.to_owned()).into()
    }
}

impl From<String> for At {
    fn from(path: String) -> At {
        Some(path).into()
    }
}

impl From<Option<String>> for At {
    fn from(path: Option<String>) -> At {
        At { path, written: None }
    }
}

impl From<&View<'_>> for At {
    fn from(view: &View<'_>) -> At {
        At { path: Some(view.attribute()), written: view.written_attribute() }
    }
}

impl From<()> for At {
    fn from((): ()) -> At {
        At::default()
    }
}

/// A finding as a rule made it, before the engine puts the worlds together.
#[derive(Debug)]
pub struct Reported {
    /// The finding; its change class is not decided yet.
    pub finding: Finding,
    /// Its subject.
    pub subject: Subject,
    /// What tells it from others of the same subject and attribute.
    key: String,
    /// The same by the addresses from before.
    key_before: String,
    /// The participants, where it is about a group, sorted.
    pub group: Vec<String>,
    /// The same by the addresses they had before.
    group_before: Vec<String>,
    /// What was asked in vain about it and what it is related to, with their units and addresses.
    unanswered: BTreeSet<(Place, Note)>,
    /// The world before has it too: see [`Findings::hold_in_both`].
    pub in_both: bool,
}

impl Reported {
    /// Puts `clean` over every attribute path: keys of maps stand in them, and may be secrets. A
    /// fingerprint that hung on one is made anew, so that none is the digest of a secret.
    pub fn clean_paths(&mut self, clean: &impl Fn(&str) -> String) {
        let finding = &mut self.finding;
        let shown = finding.place.attribute.clone();
        let related = finding.related.iter_mut().map(|it| &mut it.place.attribute);
        let cause = finding.cause.iter_mut().map(|it| &mut it.place.attribute);
        let peers = finding.peers.iter_mut().map(|it| &mut it.attribute);
        let own = [&mut finding.place.attribute, &mut finding.written];
        let paths = own.into_iter().chain(related).chain(cause).chain(peers).flatten();
        let forcing = finding.loss.iter_mut().flat_map(|loss| &mut loss.forced_by);
        paths.chain(forcing).for_each(|path| *path = clean(path));
        if finding.place.attribute != shown {
            self.subject.place.attribute.clone_from(&finding.place.attribute);
            self.stamp();
        }
    }

    /// Makes its fingerprints.
    fn stamp(&mut self) {
        let moved = self.subject.previous.is_some()
            || self.group != self.group_before
            || self.key != self.key_before;
        self.finding.fingerprint = self.fingerprint(false);
        self.finding.fingerprint_before = moved.then(|| self.fingerprint(true));
    }

    /// Its fingerprint, or the one it had by the addresses from before.
    fn fingerprint(&self, before: bool) -> String {
        let subject = &self.subject;
        let group = if before { &self.group_before } else { &self.group };
        let place = if group.is_empty() {
            format!("{}\0{}", subject.name(before), subject.deposed.as_deref().unwrap_or_default())
        } else {
            group.join("\0")
        };
        let attribute = subject.place.lasting_attribute().unwrap_or_default();
        let key = if before { &self.key_before } else { &self.key };
        let digest = Sha256::digest(format!("{}\0{place}\0{attribute}\0{key}", self.finding.rule));
        HEXLOWER.encode(&digest[..8])
    }
}

/// Something that an estate rule's answer about a subject hangs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hangs {
    /// The subject.
    pub subject: Place,
    /// Where the rule asked in vain, and what; none where the rule itself says what it misses.
    asked: Option<(Place, Note)>,
    /// Why there was no answer.
    pub cause: Cause,
}

/// Where one rule reports what it found; it stamps the rule's identity.
#[derive(Debug)]
pub struct Findings<'a> {
    meta: &'a RuleMeta,
    side: Side,
    scope: Option<&'a Scope<'a>>,
    reported: Vec<Reported>,
    secrets: Vec<String>,
    hangs: BTreeSet<Hangs>,
    settled: BTreeSet<ResId>,
}

impl<'a> Findings<'a> {
    /// For one rule in one world.
    pub fn new(meta: &'a RuleMeta, side: Side) -> Findings<'a> {
        Findings {
            meta,
            side,
            scope: None,
            reported: Vec::new(),
            secrets: Vec::new(),
            hangs: BTreeSet::new(),
            settled: BTreeSet::new(),
        }
    }

    /// For a rule that looks at one plan: what it asks there in vain is settled by its answers.
    pub fn looking_at(self, scope: &'a Scope<'a>) -> Findings<'a> {
        Findings { scope: Some(scope), ..self }
    }

    /// Reports that something is wrong with `subject`: definite where `tri` is `Yes`, possible
    /// where it is `Maybe`, nothing where it is `No`. The message is only made where it is needed.
    pub fn deny(
        &mut self,
        tri: Tri,
        subject: impl Into<Subject>,
        attribute: impl Into<At>,
        message: impl FnOnce() -> String,
    ) -> Draft<'_, 'a> {
        let verdict = match tri {
            Tri::No => {
                self.settle(tri, || subject.into().about());
                return Draft { findings: self, at: None };
            }
            Tri::Maybe => Verdict::Possible,
            Tri::Yes => Verdict::Definite,
        };
        let mut subject = subject.into();
        self.settle(tri, || subject.about());
        let at = attribute.into();
        subject.place.attribute = at.path;
        let finding = Finding { written: at.written, ..self.finding(verdict, &subject, message()) };
        let unanswered = unanswered(&subject);
        self.reported.push(Reported {
            finding,
            subject,
            key: String::new(),
            key_before: String::new(),
            group: Vec::new(),
            group_before: Vec::new(),
            unanswered,
            in_both: false,
        });
        let at = Some(self.reported.len() - 1);
        Draft { findings: self, at }
    }

    /// Reports one finding for several participants, such as two assignments of one workspace. Its
    /// subject is the one that this run creates or changes first, else the first by unit and
    /// address; the others are related, with `label`.
    pub fn deny_group(
        &mut self,
        tri: Tri,
        mut members: Vec<Subject>,
        attribute: impl Into<At>,
        label: &str,
        message: impl FnOnce(&Subject) -> String,
    ) -> Draft<'_, 'a> {
        if tri == Tri::No {
            members.first().into_iter().for_each(|first| self.settle(tri, || first.about()));
            return Draft { findings: self, at: None };
        }
        members.sort_by(|a, b| a.order().cmp(&b.order()));
        let [names, before] = [false, true].map(|before| {
            let mut names: Vec<String> = members.iter().map(|it| it.name(before)).collect();
            names.sort();
            names
        });
        let peers: Vec<Place> = members.iter().skip(1).map(|it| it.place.clone()).collect();
        let mut members = members.into_iter();
        let Some(first) = members.next() else { return Draft { findings: self, at: None } };
        let message = message(&first);
        let mut draft = self.deny(tri, first, attribute, || message);
        for member in members {
            draft = draft.related(member, || label.to_owned());
        }
        draft.edit(|it| {
            (it.group, it.group_before) = (names, before);
            it.finding.peers = peers;
        })
    }

    /// How much is reported so far.
    pub fn len(&self) -> usize {
        self.reported.len()
    }

    /// Nothing is.
    pub fn is_empty(&self) -> bool {
        self.reported.is_empty()
    }

    /// Says that the judgment of an instance, which reported everything from `since` on, is the
    /// same in the world before: all that it was made of is. The rule is asked no more about it
    /// ([`PlanCx::is_settled`](super::PlanCx::is_settled)).
    pub fn hold_in_both(&mut self, id: ResId, since: usize) {
        self.settled.insert(id);
        for it in self.reported.iter_mut().skip(since) {
            it.in_both = true;
        }
    }

    /// Names a value that must never leave, because this rule found it to be a secret.
    pub fn secret(&mut self, text: &str) {
        self.secrets.push(text.to_owned());
    }

    /// Answers "no" about a subject, where there is nothing to phrase a finding with: whatever was
    /// not known there does not matter.
    pub fn pass(&mut self, subject: impl Into<Subject>) {
        self.settle(Tri::No, || subject.into().about());
    }

    /// Says what keeps an estate rule from an answer about a subject, whether it reports a possible
    /// finding or none. Without this a possible finding hangs on what was asked in vain about its
    /// subject and what that is related to.
    pub fn blind(&mut self, cause: Cause, subject: impl Into<Subject>) {
        let subject = subject.into().place;
        self.hangs.insert(Hangs { subject, asked: None, cause });
    }

    fn settle(&self, tri: Tri, about: impl FnOnce() -> About) {
        if let Some(scope) = self.scope {
            scope.settle(tri, about);
        }
    }

    fn finding(&self, verdict: Verdict, subject: &Subject, message: String) -> Finding {
        Finding {
            rule: self.meta.id.clone(),
            severity: self.meta.severity,
            verdict,
            category: self.meta.category,
            change: if self.side == Side::Prior { Change::Standing } else { Change::Introduced },
            fingerprint: String::new(),
            place: subject.place.clone(),
            deposed: subject.deposed.clone(),
            message,
            help: None,
            related: Vec::new(),
            peers: Vec::new(),
            fingerprint_before: None,
            written: None,
            actions: if subject.is_abstract { Vec::new() } else { subject.actions.words() },
            cause: None,
            loss: None,
            source: None,
            excerpt: None,
            picture: Vec::new(),
        }
    }

    /// What was reported.
    pub fn finish(mut self) -> Done {
        self.reported.iter_mut().for_each(Reported::stamp);
        self.explain();
        Done {
            reported: self.reported,
            secrets: self.secrets,
            hangs: self.hangs,
            settled: self.settled,
        }
    }

    /// What the possible findings of an estate rule hang on, where it did not say so itself.
    fn explain(&mut self) {
        let said: BTreeSet<Place> = self.hangs.iter().map(|it| it.subject.clone()).collect();
        let possible =
            |it: &&Reported| self.scope.is_none() && it.finding.verdict == Verdict::Possible;
        for it in self.reported.iter().filter(possible) {
            let subject = Place { attribute: None, ..it.finding.place.clone() };
            if said.contains(&subject) {
                continue;
            }
            for (place, note) in &it.unanswered {
                let asked = Some((place.clone(), *note));
                self.hangs.insert(Hangs { subject: subject.clone(), asked, cause: note.cause });
            }
            if it.unanswered.is_empty() {
                // The rows hold everything: what would settle it is in no plan of the run.
                self.hangs.insert(Hangs { subject, asked: None, cause: Cause::NotInRun });
            }
        }
    }
}

fn unanswered(subject: &Subject) -> BTreeSet<(Place, Note)> {
    let place = || Place { attribute: None, ..subject.place.clone() };
    subject.unanswered.iter().map(|note| (place(), *note)).collect()
}

/// What a rule reported in one world.
#[derive(Debug, Default)]
pub struct Done {
    /// The findings.
    pub reported: Vec<Reported>,
    /// Values that must never leave.
    pub secrets: Vec<String>,
    /// What the answers of an estate rule hang on.
    pub hangs: BTreeSet<Hangs>,
    /// Instances whose judgment holds in the world before as well.
    pub settled: BTreeSet<ResId>,
}

/// A finding that can still be added to; does nothing where there is none.
#[derive(Debug)]
pub struct Draft<'f, 'a> {
    findings: &'f mut Findings<'a>,
    at: Option<usize>,
}

impl<'f, 'a> Draft<'f, 'a> {
    fn edit(self, edit: impl FnOnce(&mut Reported)) -> Draft<'f, 'a> {
        if let Some(reported) = self.at.and_then(|at| self.findings.reported.get_mut(at)) {
            edit(reported);
        }
        self
    }

    /// Whether there is a finding.
    pub fn is_reported(&self) -> bool {
        self.at.is_some()
    }

    /// Reports at another level than the rule's usual one; only levels that the rule declares
    /// under `also` are accepted, others are a defect of the rule and leave it as it is.
    pub fn at(self, level: Severity) -> Draft<'f, 'a> {
        let meta = self.findings.meta;
        let declared = level == meta.severity || meta.also.iter().any(|(also, _)| *also == level);
        debug_assert!(declared, "{} does not declare {}", meta.id, level.as_str());
        self.edit(|it| {
            if declared {
                it.finding.severity = level;
            }
        })
    }

    /// Says what to do.
    pub fn help(self, help: impl FnOnce() -> String) -> Draft<'f, 'a> {
        self.edit(|it| it.finding.help = Some(help()))
    }

    /// Names another place that makes this a finding.
    pub fn related(
        self,
        subject: impl Into<Subject>,
        label: impl FnOnce() -> String,
    ) -> Draft<'f, 'a> {
        self.related_at(subject, (), label)
    }

    /// Names another place and the attribute there.
    pub fn related_at(
        self,
        subject: impl Into<Subject>,
        attribute: impl Into<At>,
        label: impl FnOnce() -> String,
    ) -> Draft<'f, 'a> {
        self.edit(|it| {
            let subject = subject.into();
            it.unanswered.extend(unanswered(&subject));
            let mut place = subject.place;
            place.attribute = attribute.into().path;
            it.finding.related.push(Related { place, label: label(), source: None });
        })
    }

    /// Names the edit that makes this finding, where it is another place.
    pub fn cause(self, subject: impl Into<Subject>, attribute: impl Into<At>) -> Draft<'f, 'a> {
        self.edit(|it| {
            let mut place = subject.into().place;
            place.attribute = attribute.into().path;
            it.finding.cause = Some(Edit { place, source: None });
        })
    }

    /// Says what the subject takes with it.
    pub fn loss(self, loss: impl FnOnce() -> Loss) -> Draft<'f, 'a> {
        self.edit(|it| it.finding.loss = Some(Box::new(loss())))
    }

    /// Tells findings of one subject and attribute apart: a privilege, a principal, a port range;
    /// for secrets an ordinal, never the value.
    pub fn key(self, key: &str) -> Draft<'f, 'a> {
        self.edit(|it| (it.key, it.key_before) = (key.to_owned(), key.to_owned()))
    }

    /// The same, where another object tells them apart: by its address, now and before a `moved` block.
    pub fn key_of(self, other: impl Into<Subject>) -> Draft<'f, 'a> {
        self.edit(|it| {
            let other = other.into();
            (it.key, it.key_before) = (other.name(false), other.name(true));
        })
    }
}

/// `vpc[0].id` and `user[].password` without the list indices, which move when lists are edited.
/// Map keys stay.
pub(super) fn without_indices(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('[') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let end = tail.find(']').map_or(tail.len(), |end| end + 1);
        if tail[1..end].starts_with('"') {
            let end = tail.find("\"]").map_or(tail.len(), |end| end + 2);
            out.push_str(&tail[..end]);
            rest = &tail[end..];
        } else {
            rest = &tail[end..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn indices_go_map_keys_stay() {
        let of = super::without_indices;
        assert_eq!(of("vpc[0].vpc_id"), "vpc.vpc_id");
        assert_eq!(of("user[].password"), "user.password");
        assert_eq!(of("options[\"a.b[0]\"]"), "options[\"a.b[0]\"]");
        assert_eq!(of(""), "");
        assert_eq!(of("a["), "a");
    }
}
