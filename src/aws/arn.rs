//! Amazon resource names.

use crate::facts::regions;

/// An ARN, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, taken apart.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-us-gov`, `aws-cn`.
    pub partition: &'a str,
    /// `iam`, `s3`, `kms`.
    pub service: &'a str,
    /// The region's name; none for global services and buckets, or where it is a pattern.
    pub region: Option<&'a str>,
    /// No region stands in it.
    pub is_global: bool,
    /// Twelve digits; none for buckets, AWS's own objects, or where it is a pattern.
    pub account: Option<&'a str>,
    /// What follows, with all its colons and slashes.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads a text; none where it is no ARN.
    pub fn parse(text: &'a str) -> Option<Arn<'a>> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let (partition, service) = (parts.next()?, parts.next()?);
        let (region, account) = (parts.next()?, parts.next()?);
        let is_account = is_account_number(account);
        Some(Arn {
            partition,
            service,
            region: Some(region).filter(|text| regions::is_region(text)),
            is_global: region.is_empty(),
            account: Some(account).filter(|_| is_account),
            resource: parts.next()?,
        })
    }

    /// It is the root of an account, and stands for everybody in it.
    pub fn is_root(self) -> bool {
        self.service == "iam" && self.resource == "root"
    }

    /// The name of an IAM object without its path: `x` of `role/team/x`.
    pub fn name(self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or(self.resource)
    }
}

/// Whether a text is the number of an AWS account: twelve digits.
///
/// Source: docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html.
pub fn is_account_number(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::Arn;

    #[test]
    fn parts() {
        let role = Arn::parse("arn:aws-us-gov:iam::111122223333:role/team/x").unwrap();
        assert_eq!((role.partition, role.service), ("aws-us-gov", "iam"));
        assert_eq!((role.region, role.account), (None, Some("111122223333")));
        assert!(role.is_global && !Arn::parse("arn:aws:iam:*:111122223333:x").unwrap().is_global);
        assert!(Arn::parse("arn:aws:iam::111122223333:root").unwrap().is_root());
        assert_eq!((role.resource, role.name()), ("role/team/x", "x"));
        let key = Arn::parse("arn:aws:kms:eu-west-1:111122223333:key/0a").unwrap();
        assert_eq!(key.region, Some("eu-west-1"));
        let bucket = Arn::parse("arn:aws:s3:::acme").unwrap();
        assert_eq!((bucket.account, bucket.resource), (None, "acme"));
        assert_eq!(Arn::parse("arn:aws:iam::${var.account}:role/x").unwrap().account, None);
        assert_eq!(Arn::parse("bucket"), None);
        assert_eq!(Arn::parse("arn:aws:s3"), None);
    }
}
