//! One statement.

use serde::{Deserialize, Serialize};

use crate::{
    aws::{Arn, is_account_number},
    plan::Tri,
};

use super::{Condition, Request, Text, pattern::Case};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It lets a request pass that nothing denies.
    Allow,
    /// It stops a request.
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// Everything but these.
    pub is_not: bool,
    /// What is listed.
    pub items: Vec<T>,
}

/// A principal, `{"AWS": "arn:…"}`. The lone star is of kind `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.
    pub kind: String,
    /// Who.
    pub who: Text,
}

impl Principal {
    /// The account that it is as a whole, by its number or its root's ARN.
    pub fn whole_account(&self) -> Option<&str> {
        let who = self.who.known().filter(|_| self.kind == "AWS")?;
        match Arn::parse(who).filter(|arn| arn.is_root()) {
            Some(arn) => arn.account,
            None => is_account_number(who).then_some(who),
        }
    }

    /// The account that it is, or lies in.
    pub fn account(&self) -> Option<&str> {
        let who = self.who.known().filter(|_| self.kind == "AWS")?;
        if is_account_number(who) { Some(who) } else { Arn::parse(who)?.account }
    }
}

/// A statement, as far as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its `Sid`.
    pub sid: Option<String>,
    /// None where it is not known.
    pub effect: Option<Effect>,
    /// None where it has none, which AWS refuses.
    pub actions: Option<List<Text>>,
    /// None where it has none, as in trust policies: then it is about what it is attached to.
    pub resources: Option<List<Text>>,
    /// None where it has none, as in policies of a role: then it is about whom it is attached to.
    pub principals: Option<List<Principal>>,
    /// All have to hold.
    pub conditions: Vec<Condition>,
    /// Nothing unseen replaces it, and it is there.
    pub is_certain: bool,
}

impl Default for Statement {
    fn default() -> Statement {
        Statement {
            sid: None,
            effect: Some(Effect::Allow),
            actions: None,
            resources: None,
            principals: None,
            conditions: Vec::new(),
            is_certain: true,
        }
    }
}

impl Statement {
    /// Whether it has that effect.
    pub fn is(&self, effect: Effect) -> Tri {
        let certain = if self.is_certain { Tri::Yes } else { Tri::Maybe };
        certain & self.effect.map_or(Tri::Maybe, |own| Tri::from(own == effect))
    }

    /// Whether it is about a request: action, resource, who asks, and all conditions.
    pub fn applies_to(&self, request: &Request<'_>) -> Tri {
        let resource = request.resource.as_ref();
        let who = request.who.as_ref();
        self.covers_action(request.action)
            & resource.map_or(Tri::Yes, |names| match request.is_below {
                true => self.reaches_below(names),
                false => self.covers_resource(names),
            })
            & who.map_or(Tri::Yes, |who| {
                self.principals
                    .as_ref()
                    .map_or(Tri::Yes, |list| list.holds(|principal| who.is_named_by(principal)))
            })
            & Tri::all(self.conditions.iter().map(|it| it.holds_for(request)))
    }

    /// Whether it is about an action such as `s3:GetObject`. Case does not matter.
    pub fn covers_action(&self, action: &str) -> Tri {
        let names = [action.to_owned()];
        self.actions
            .as_ref()
            .map_or(Tri::No, |list| list.holds(|it| it.matches(&names, Case::Ignored)))
    }

    /// Whether it is about an object, by any of its names. One without resources is about whatever it
    /// is attached to.
    pub fn covers_resource(&self, names: &[String]) -> Tri {
        let Some(list) = &self.resources else { return Tri::Yes };
        list.holds(|it| it.means(names))
    }

    fn reaches_below(&self, names: &[String]) -> Tri {
        let Some(list) = &self.resources else { return Tri::Yes };
        if list.is_not {
            // Something is left unless all of it is excluded.
            let all = |name: &String| match name.ends_with('/') {
                true => format!("{name}*"),
                false => name.clone(),
            };
            return self.covers_resource(&names.iter().map(all).collect::<Vec<_>>());
        }
        list.holds(|it| it.reaches_below(names))
    }

    /// Whether nothing but action, resource and principal decides.
    pub fn is_unconditional(&self) -> Tri {
        Tri::from(self.conditions.is_empty())
    }

    /// Patterns of its actions, where they are known and not those of `NotAction`.
    pub fn known_actions(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().filter(|it| !it.is_not).flat_map(|it| &it.items).filter_map(Text::known)
    }

    /// Patterns of its resources, where they are known and not those of `NotResource`.
    pub fn known_resources(&self) -> impl Iterator<Item = &str> {
        let lists = self.resources.iter().filter(|it| !it.is_not);
        lists.flat_map(|it| &it.items).filter_map(Text::known)
    }

    pub(super) fn replace_texts(&mut self, put: &mut impl FnMut(&Text) -> Vec<Text>) {
        for list in self.actions.iter_mut().chain(&mut self.resources) {
            list.items = list.items.iter().flat_map(&mut *put).collect();
        }
        if let Some(list) = &mut self.principals {
            let all = std::mem::take(&mut list.items).into_iter();
            let replaced = all.flat_map(|it| {
                let kind = it.kind;
                put(&it.who).into_iter().map(move |who| Principal { kind: kind.clone(), who })
            });
            list.items = replaced.collect();
        }
        for condition in &mut self.conditions {
            condition.values = condition.values.iter().flat_map(&mut *put).collect();
        }
        self.conditions.retain(|it| !it.values.is_empty());
    }

    pub(super) fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        self.sid.iter_mut().for_each(&mut *change);
        let lists = self.actions.iter_mut().chain(&mut self.resources);
        let principals = self.principals.iter_mut().flat_map(|list| &mut list.items);
        let values = self.conditions.iter_mut().flat_map(|it| &mut it.values);
        let all = lists.flat_map(|list| &mut list.items).chain(principals.map(|it| &mut it.who));
        for text in all.chain(values) {
            match text {
                Text::Known(text) => change(text),
                Text::Unknown { of, .. } => of.iter_mut().for_each(&mut *change),
            }
        }
    }

    pub(super) fn texts<'a>(&'a self, out: &mut Vec<&'a str>) {
        let lists = self.actions.iter().chain(&self.resources);
        let principals = self.principals.iter().flat_map(|list| &list.items).map(|it| &it.who);
        let values = self.conditions.iter().flat_map(|it| &it.values);
        let all = lists.flat_map(|list| &list.items).chain(principals).chain(values);
        out.extend(all.filter_map(Text::known));
    }
}

impl<T> List<T> {
    /// Lists these.
    pub fn of(items: Vec<T>) -> List<T> {
        List { is_not: false, items }
    }

    fn holds(&self, ask: impl FnMut(&T) -> Tri) -> Tri {
        let listed = Tri::any(self.items.iter().map(ask));
        if self.is_not { !listed } else { listed }
    }
}
