//! Which AWS account a resource lives in.

use crate::graph::Res;

/// The account in an ARN, `arn:aws:iam::111122223333:role/x`.
pub fn of_arn(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// The account of a resource of the AWS provider: that of its ARN, now or before the apply, or what
/// `aws_caller_identity` answers to the same provider block. None where the plan does not show it.
pub fn of<'a>(res: Res<'a>) -> Option<&'a str> {
    let own = [res.after(), res.before()];
    if let Some(account) = own.iter().find_map(|view| view.get("arn").text().and_then(of_arn)) {
        return Some(account);
    }
    let provider = &res.block()?.provider_key;
    let callers = res.scope().data("aws_caller_identity");
    let mut same =
        callers.filter(|caller| caller.block().is_some_and(|it| it.provider_key == *provider));
    same.find_map(|caller| caller.get("account_id").text())
}

#[cfg(test)]
mod tests {
    use super::of_arn;

    #[test]
    fn arns() {
        assert_eq!(of_arn("arn:aws:iam::111122223333:role/x"), Some("111122223333"));
        assert_eq!(of_arn("arn:aws-us-gov:s3:::bucket"), None);
        assert_eq!(of_arn("arn:aws:iam::${var.account}:role/x"), None);
        assert_eq!(of_arn("bucket"), None);
    }
}
