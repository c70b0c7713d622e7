//! Everything that one object is called, so that plans can find out that they mean the same one.

use crate::{
    aws::policy::bare,
    facts::identity,
    graph::{Res, Side, Target, View},
    plan::{Mode, Tri},
};

/// What one object is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Names that no other object has: ids, ARNs, bucket names, and `unit\0address`.
    pub(super) own: Vec<String>,
    /// Names that an object of another AWS account may have too: those of IAM.
    pub(super) shared: Vec<String>,
    /// Those of `own` that only the object has which this apply puts another in the place of.
    former: Vec<String>,
    /// The ARN as far as it follows from a name, to be looked for in a policy.
    bare: Option<String>,
    /// An ARN is among them, so that nothing with another ARN is the same object.
    has_arn: bool,
}

impl Names {
    /// Of an instance of a plan: its place, and every identity that is known of it now or was before
    /// the apply. Masked ones are left out.
    pub(super) fn of(res: Res<'_>) -> Names {
        let unit = &res.scope().graph.plan.unit;
        let mut names = Names { own: vec![place(unit, res.address())], ..Names::default() };
        let (now, otherwise) = match res.scope().side {
            Side::Planned => (res.after(), res.before()),
            Side::Prior => (res.before(), res.after()),
        };
        let is_per_account = identity::is_per_account(res.type_());
        for attribute in identity::attributes(res.type_()) {
            let now = identity_in(&now, attribute);
            let other = identity_in(&otherwise, attribute).filter(|it| now.as_ref() != Some(it));
            now.iter().for_each(|text| names.add(text, is_per_account));
            let from = names.own.len();
            other.iter().for_each(|text| names.add(text, is_per_account));
            if res.actions().replaces() {
                names.former.extend_from_slice(&names.own[from..]);
            }
        }
        let has_arn_now = names.current().any(|name| name.starts_with("arn:"));
        // One that is replaced, maybe under another name, gets a new ARN.
        if res.get("arn").text().is_none()
            && let Some(arn) = spelled_arn(res)
        {
            names.add(&arn, false);
        }
        if res.type_() == "aws_s3_bucket" {
            names.bare = res.get("bucket").text().map(|bucket| bare("s3", bucket));
        } else if !has_arn_now {
            names.bare = bare_arn(res).map(|end| bare("iam", &end));
        }
        names.own.dedup();
        names.shared.dedup();
        names
    }

    /// Of what a plan names by a text and does not hold.
    pub(super) fn of_text(text: &str) -> Names {
        let mut names = Names::default();
        names.add(text, false);
        names
    }

    fn add(&mut self, text: &str, is_per_account: bool) {
        let last = text.rsplit('/').next().unwrap_or(text);
        let Some(arn) = text.strip_prefix("arn:") else {
            let list = if is_per_account { &mut self.shared } else { &mut self.own };
            // `/hostedzone/Z0123` is the zone Z0123; every other text is a name as it stands.
            let is_zone = text.starts_with("/hostedzone/");
            list.push(if is_zone { last } else { text }.to_owned());
            return;
        };
        self.has_arn = true;
        self.own.push(text.to_owned());
        match arn.split(':').nth(1) {
            Some("iam") => self.shared.push(last.to_owned()),
            // `arn:aws:s3:::bucket`, `arn:aws:kms:…:key/<id>`, `arn:aws:ec2:…:vpc/vpc-0123`.
            Some("s3" | "kms" | "ec2" | "route53") => {
                self.own.push(last.rsplit(':').next().unwrap_or(last).to_owned());
            }
            _ => {}
        }
    }

    /// Whether both are the names of one object. `Maybe` where only a name agrees that an object of
    /// another account may have too.
    pub fn same(&self, other: &Names) -> Tri {
        let common = |a: &[String], b: &[String]| a.iter().any(|name| b.contains(name));
        if common(&self.own, &other.own) {
            Tri::Yes
        } else if self.has_arn && other.has_arn {
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

    /// Those of its own that are not the ones of an object that is gone.
    fn current(&self) -> impl Iterator<Item = &String> {
        self.own.iter().filter(|name| !self.former.contains(name))
    }

    /// As a policy may write it, or mention it while it is not known.
    pub fn in_policies(&self) -> Vec<String> {
        self.current().cloned().chain(self.bare.clone()).collect()
    }

    /// Only its place is known, as of a looked-up object that is not read yet.
    pub(super) fn is_place_only(&self) -> bool {
        self.own.len() < 2 && self.shared.is_empty()
    }

    /// Every name, for an index; [`Names::same`] decides.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.own.iter().chain(&self.shared)
    }
}

/// What an attribute says of an instance, where that is known and not masked.
fn identity_in(values: &View<'_>, attribute: &'static str) -> Option<String> {
    let view = values.get(attribute);
    view.scalar().filter(|_| !view.has_sensitive()).map(std::borrow::Cow::into_owned)
}

/// How an instance is called inside its own plan.
fn place(unit: &str, address: &str) -> String {
    format!("{unit}\0{address}")
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

/// The names of each instance that a value may name.
pub(super) fn of_target(target: &Target<'_>) -> Vec<Names> {
    target.candidates().iter().map(|res| Names::of(*res)).collect()
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
        assert_eq!(of("/hostedzone/Z1").same(&of("arn:aws:route53:::hostedzone/Z1")), Tri::Yes);
    }
}
