//! Everything that one object is called, so that plans can find out that they mean the same one.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::{
    aws::policy::bare,
    facts::identity,
    plan::{Mode, Tri, Value},
};

use super::{Graph, Res, Side, Target, View};

/// The names of each instance in one world, made when first asked for.
pub(super) type AllNames = OnceLock<Box<[OnceLock<Arc<Names>>]>>;

impl Graph {
    fn all_names(&self, side: Side) -> &[OnceLock<Arc<Names>>] {
        let [planned, prior] = &self.names;
        let of_side = if side == Side::Planned { planned } else { prior };
        of_side.get_or_init(|| (0..self.plan.len()).map(|_| OnceLock::new()).collect())
    }
}

impl Res<'_> {
    /// Everything that it is called: its place, and every identity that is known of it now or was
    /// before the apply. Masked ones are left out.
    pub fn names(self) -> Arc<Names> {
        self.note_read();
        // What nothing happens to is called the same in both worlds, but for what an account tells.
        let is_same = self.raw().is_unchanged && identity::arn_of_iam(self.type_()).is_none();
        let world = if is_same { Side::Planned } else { self.scope().world() };
        let known = self.graph().all_names(world).get(self.id as usize);
        let names = known.map(|names| names.get_or_init(|| Arc::new(Names::of(self))));
        names.map_or_else(|| Arc::new(Names::of(self)), Arc::clone)
    }
}

impl Target<'_> {
    /// The names of each instance that it may be.
    pub fn names(&self) -> Vec<Arc<Names>> {
        self.candidates().iter().map(|res| res.names()).collect()
    }
}

/// What one object is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names that no other object has: ids, ARNs, bucket names, and `unit\0address`.
    own: Vec<String>,
    /// Names that an object of another AWS account or region may have too: those of IAM and of key aliases.
    shared: Vec<String>,
    /// Those of `own` that only the object has which this apply puts another in the place of.
    former: Vec<String>,
    /// The ARN as far as it follows from a name, to be looked for in a policy.
    bare: Option<String>,
    /// An ARN is among them, so that nothing with another ARN is the same object.
    has_arn: bool,
    /// A plan makes or keeps it, so that what another resource makes or keeps is another object.
    is_managed: bool,
}

impl Names {
    fn of(res: Res<'_>) -> Names {
        let unit = &res.scope().graph.plan.unit;
        // Most have an id beside their place, and an ARN, of which a part is a name too.
        let is_managed = res.mode() == Mode::Managed;
        let mut names = Names { own: Vec::with_capacity(4), is_managed, ..Names::default() };
        names.own.push(place(unit, res.address()));
        let (now, otherwise) = match res.scope().world() {
            Side::Planned => (res.after(), res.before()),
            Side::Prior => (res.before(), res.after()),
        };
        names.add_identities(res, &now);
        // One that is replaced, maybe under another name, gets a new ARN.
        if let Some(arn) = spelled_arn(res)
            && res.get("arn").text().is_none()
        {
            names.add(&arn, false);
        }
        let (count, has_arn) = (names.own.len(), names.has_arn);
        if !res.raw().is_unchanged {
            names.add_identities(res, &otherwise);
        }
        if res.actions().replaces() {
            names.former = names.own[count..].to_vec();
        }
        let has_arn = has_arn || (names.has_arn && !res.actions().replaces());
        if res.type_() == "aws_s3_bucket" {
            names.bare = res.get("bucket").text().map(|bucket| bare("s3", bucket));
        } else if !has_arn {
            names.bare = bare_arn(res).map(|end| bare("iam", &end));
        }
        names
    }

    /// Of what a plan names by a text and does not hold.
    pub fn of_text(text: &str) -> Names {
        let mut names = Names::default();
        names.add(text, false);
        names
    }

    /// What of it is known and not masked.
    fn add_identities(&mut self, res: Res<'_>, values: &View<'_>) {
        for attribute in identity::attributes(res.type_()) {
            let known = match values.glance().member(attribute).plain() {
                Some(value) => value,
                None => {
                    let view = values.get(attribute);
                    view.known().filter(|_| !view.has_sensitive())
                }
            };
            if let Some(text) = known.and_then(Value::scalar) {
                self.add(&text, identity::is_per_account(res.type_()));
            }
        }
    }

    fn add(&mut self, text: &str, is_per_account: bool) {
        let last = || text.rsplit('/').next().unwrap_or(text);
        let Some(arn) = text.strip_prefix("arn:") else {
            let is_per_account = is_per_account || text.starts_with(identity::KEY_ALIAS);
            let list = if is_per_account { &mut self.shared } else { &mut self.own };
            // `/hostedzone/Z0123` is the zone Z0123; every other text is a name as it stands.
            let is_zone = text.starts_with("/hostedzone/");
            push(list, if is_zone { last() } else { text });
            return;
        };
        self.has_arn = true;
        push(&mut self.own, text);
        let resource = arn.rsplit(':').next().unwrap_or_default();
        match arn.split(':').nth(1) {
            Some("iam") => push(&mut self.shared, last()),
            Some("kms") if resource.starts_with(identity::KEY_ALIAS) => {
                push(&mut self.shared, resource);
            }
            // `arn:aws:s3:::bucket`, `arn:aws:kms:…:key/<id>`, `arn:aws:ec2:…:vpc/vpc-0123`.
            Some("s3" | "kms" | "ec2" | "route53") => {
                push(&mut self.own, last().rsplit(':').next().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Whether both are the names of one object. `Maybe` where only a name agrees that an object of
    /// another account may have too, unless two resources make or keep them.
    pub fn same(&self, other: &Names) -> Tri {
        let common = |a: &[String], b: &[String]| a.iter().any(|name| b.contains(name));
        if common(&self.own, &other.own) {
            Tri::Yes
        } else if (self.has_arn && other.has_arn) || (self.is_managed && other.is_managed) {
            Tri::No
        } else if common(&self.own, &other.shared)
            || common(&self.shared, &other.own)
            || common(&self.shared, &other.shared)
        {
            Tri::Maybe
        } else {
            Tri::No
        }
    }

    /// Changes every name. What shares the names keeps the old ones.
    pub fn each_text(names: &mut Arc<Names>, change: &mut impl FnMut(&mut String)) {
        let mut new = (**names).clone();
        let lists = [&mut new.own, &mut new.shared, &mut new.former];
        lists.into_iter().flatten().chain(&mut new.bare).for_each(change);
        if new != **names {
            *names = Arc::new(new);
        }
    }

    /// Those of its own that are not the ones of an object that is gone.
    fn current(&self) -> impl Iterator<Item = &String> {
        self.own.iter().filter(|name| !self.former.contains(name))
    }

    /// As a policy may write it, or mention it while it is not known.
    pub fn in_policies(&self) -> Vec<String> {
        self.current().cloned().chain(self.bare.clone()).collect()
    }

    /// Only its place is known, as of a looked-up object that is not read yet.
    pub fn is_place_only(&self) -> bool {
        self.own.len() < 2 && self.shared.is_empty()
    }

    /// Names that no other object has.
    pub fn own(&self) -> &[String] {
        &self.own
    }

    /// Every name, for an index; [`Names::same`] decides.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.own.iter().chain(&self.shared)
    }
}

/// Each name once.
fn push(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|it| it == name) {
        list.push(name.to_owned());
    }
}

/// How an instance is called inside its own plan.
fn place(unit: &str, address: &str) -> String {
    [unit, "\0", address].concat()
}

/// The end of the ARN that a role or profile will have, where its path and name are known.
fn bare_arn(res: Res<'_>) -> Option<String> {
    let kind = identity::arn_of_iam(res.type_()).filter(|_| res.mode() == Mode::Managed)?;
    let (path, name) = (res.get("path").text().unwrap_or("/"), res.get("name").text()?);
    Some(format!("{kind}{path}{name}"))
}

/// The whole ARN, where the account is known too.
fn spelled_arn(res: Res<'_>) -> Option<String> {
    let (bare, account) = (bare_arn(res)?, res.account()?);
    let partition = res.region().map_or("aws", |region| crate::facts::regions::partition(&region));
    Some(format!("arn:{partition}:iam::{account}:{bare}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_and_names() {
        let of = Names::of_text;
        let role = of("arn:aws:iam::111122223333:role/x");
        assert_eq!(role.same(&of("arn:aws:iam::111122223333:role/x")), Tri::Yes);
        assert_eq!(role.same(&of("arn:aws:iam::444455556666:role/x")), Tri::No);
        assert_eq!(role.same(&of("x")), Tri::Maybe);
        assert_eq!(role.same(&of("y")), Tri::No);
        assert_eq!(of("arn:aws:s3:::acme").same(&of("acme")), Tri::Yes);
        assert_eq!(of("arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1").same(&of("vpc-1")), Tri::Yes);
        let alias = of("arn:aws:kms:eu-west-1:111122223333:alias/lake");
        assert_eq!(alias.same(&of("arn:aws:kms:us-east-1:111122223333:alias/lake")), Tri::No);
        assert_eq!(alias.same(&of("alias/lake")), Tri::Maybe);
        assert_eq!(alias.same(&of("lake")), Tri::No);
        assert_eq!(of("/hostedzone/Z1").same(&of("arn:aws:route53:::hostedzone/Z1")), Tri::Yes);
    }
}
