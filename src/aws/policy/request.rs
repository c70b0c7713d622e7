//! A request, as far as a rule knows it.

use crate::plan::Tri;

use super::{
    Principal, Text,
    pattern::{Case, covers, matches, may_meet},
};
use crate::aws::Arn;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Any principal of an AWS account: twelve digits.
    Account(String),
    /// A role or user, by its names: its ARN, its place in a plan.
    Role(Vec<String>),
    /// A service, `ec2.amazonaws.com`.
    Service(String),
}

/// What a request carries under a condition's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// This value.
    Is(String),
    /// The ARN of an object, by all its names.
    Named(Vec<String>),
    /// The ARN of some role of an account, of which no more is known: it begins with this, and `role/` follows.
    RoleOf(String),
    /// A value that satisfies whatever is asked of it: for a rule to which it does not matter.
    Right,
    /// A value of somebody else's, which no text of an author of policies is meant for: only a pattern
    /// for everything matches it.
    Foreign,
}

/// A request: an action, and what is known of the resource, of who asks and of its context.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    pub(super) action: &'a str,
    pub(super) resource: Option<Vec<String>>,
    pub(super) is_below: bool,
    pub(super) who: Option<Who>,
    pub(super) context: Vec<(&'a str, Given)>,
}

impl<'a> Request<'a> {
    /// An action such as `sts:AssumeRole`, on whatever resource, by whomever.
    pub fn to(action: &'a str) -> Request<'a> {
        Request { action, ..Request::default() }
    }

    /// The same for another action.
    #[must_use]
    pub fn for_action(self, action: &'a str) -> Request<'a> {
        Request { action, ..self }
    }

    /// On an object, by all its names. In an ARN `*` is an ordinary letter, so `arn:aws:s3:::b/*` asks
    /// for all objects of a bucket.
    pub fn on(mut self, names: impl IntoIterator<Item = String>) -> Request<'a> {
        self.resource = Some(names.into_iter().collect());
        self
    }

    /// On something that lies below an object, by names that end with `/`: a part of a bucket is
    /// enough.
    pub fn below(mut self, names: impl IntoIterator<Item = String>) -> Request<'a> {
        self.is_below = true;
        self.on(names)
    }

    /// By someone.
    pub fn by(mut self, who: Who) -> Request<'a> {
        self.who = Some(who);
        self
    }

    /// Carrying a condition's key.
    pub fn with(mut self, key: &'a str, given: Given) -> Request<'a> {
        self.context.push((key, given));
        self
    }
}

impl Who {
    /// Whom a principal of a policy names, where it is known: an account, or a role or user.
    pub fn of(principal: &Principal) -> Option<Who> {
        let who = principal.who.known()?;
        Some(match principal.whole_account() {
            Some(account) => Who::Account(account.to_owned()),
            None => Who::Role(vec![who.to_owned()]),
        })
    }

    /// Whether a principal of a policy means this one. The account of a role stands for the role too:
    /// it may then be let in by its own policies.
    pub(super) fn is_named_by(&self, principal: &Principal) -> Tri {
        if principal.kind == "*" || (principal.kind == "AWS" && principal.who.is_star()) {
            return Tri::Yes;
        }
        match self {
            Who::Service(name) if principal.kind == "Service" => {
                principal.who.matches(std::slice::from_ref(name), Case::Ignored)
            }
            Who::Account(account) if principal.kind == "AWS" => account_is(&principal.who, account),
            Who::Role(names) if principal.kind == "AWS" => {
                let accounts = names.iter().filter_map(|name| Arn::parse(name)?.account);
                let delegated = accounts.map(|account| account_is(&principal.who, account));
                role_is(&principal.who, names) | Tri::any(delegated)
            }
            // A hidden text may turn out to be a star.
            Who::Service(_) if principal.kind == "AWS" => principal.who.matches(&[], Case::Kept),
            _ => Tri::No,
        }
    }
}

/// A principal's ARN is compared as it stands: the only wildcard is a lone star.
fn role_is(who: &Text, names: &[String]) -> Tri {
    match who {
        Text::Known(text) if text.contains(['*', '?']) => Tri::No,
        Text::Known(text) if !text.contains(":role/") && !text.contains(":user/") => Tri::No,
        _ => who.means(names),
    }
}

/// Whether a principal is a whole account: its root's ARN, or its number.
fn account_is(who: &Text, account: &str) -> Tri {
    let Text::Known(text) = who else {
        return who.matches(&[account.to_owned()], Case::Kept);
    };
    let root = Arn::parse(text).filter(|arn| arn.is_root());
    Tri::from(text == account || root.is_some_and(|arn| arn.account == Some(account)))
}

/// Whether a text of a condition names an object. Where no pattern is asked for, a star is a letter that no
/// name has.
fn names_it(text: &Text, names: &[String], wild: bool) -> Tri {
    match text {
        Text::Known(text) if !wild && text.contains(['*', '?']) => Tri::No,
        Text::Known(_) => text.means(names),
        Text::Unknown { .. } => Tri::Maybe,
    }
}

/// Whether a text of a condition takes in a role of an account, whichever it is.
fn may_be_role_of(text: &Text, account: &str, wild: bool, case: Case) -> Tri {
    let Text::Known(known) = text else { return Tri::Maybe };
    if !wild && known.contains(['*', '?']) {
        return Tri::No;
    }
    let all = |end: &str| Text::Known(format!("{account}{end}"));
    match covers(text, &all("role/*"), case) {
        Tri::Yes => Tri::Yes,
        // The root is no role, though its author may take it for everybody in the account.
        _ => may_meet(text, &all("*"), case) & Tri::Maybe,
    }
}

impl Given {
    /// Whether the value satisfies a positive comparison with one of these; none where it does
    /// whatever they are.
    pub(super) fn compares(&self, values: &[Text], wild: bool, case: Case) -> Tri {
        let given = match self {
            Given::Is(given) => given,
            Given::Right => return Tri::Yes,
            Given::Named(names) => {
                return Tri::any(values.iter().map(|it| names_it(it, names, wild)));
            }
            Given::RoleOf(account) => {
                let is_role = |it: &Text| may_be_role_of(it, account, wild, case);
                return Tri::any(values.iter().map(is_role));
            }
            Given::Foreign => return Tri::any(values.iter().map(Text::takes_in_others)),
        };
        Tri::any(values.iter().map(|value| match value {
            Text::Known(text) if wild => matches(text, given, case),
            Text::Known(text) if case == Case::Ignored => {
                Tri::from(text.eq_ignore_ascii_case(given))
            }
            Text::Known(text) => Tri::from(text == given),
            Text::Unknown { .. } => Tri::Maybe,
        }))
    }
}
