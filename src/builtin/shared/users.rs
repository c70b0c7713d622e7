//! Which IAM users may do everything: by a policy of their own, one that is attached, or a group.

use crate::{
    aws::policy::{Effect, Statement},
    facts::policies::{ADMINISTRATOR, Holder, OF_GROUPS, OF_USERS},
    graph::{Scope, View},
    plan::Tri,
};

use super::policies;

/// The arguments that name the users who may do everything.
pub(crate) fn administrators<'a>(scope: &'a Scope<'a>) -> Vec<View<'a>> {
    let mut users = holders(scope, &OF_USERS);
    let groups = holders(scope, &OF_GROUPS);
    let is_theirs = |group: &View<'a>| groups.iter().any(|it| it.same(group) == Tri::Yes);
    for it in scope.of("aws_iam_user_group_membership") {
        if it.get("groups").items().any(|group| is_theirs(&group)) {
            users.push(it.get("user"));
        }
    }
    for it in scope.of("aws_iam_group_membership").filter(|it| is_theirs(&it.get("group"))) {
        users.extend(it.get("users").items());
    }
    users
}

/// The arguments that name holders whose policies allow everything.
fn holders<'a>(scope: &'a Scope<'a>, of: &'static Holder) -> Vec<View<'a>> {
    let mut all: Vec<View<'a>> = scope
        .of(of.inline)
        .filter(|it| is_everything(&it.get("policy")))
        .chain(scope.of(of.attachment).filter(|it| gives_everything(&it.get("policy_arn"))))
        .map(|it| it.get(of.one))
        .collect();
    let attached = scope.of("aws_iam_policy_attachment");
    for it in attached.filter(|it| gives_everything(&it.get("policy_arn"))) {
        all.extend(it.get(of.several).items());
    }
    all
}

/// Whether an ARN is that of AWS's policy for administrators, or of one of the plan that is like it.
fn gives_everything(arn: &View<'_>) -> bool {
    let is_aws = |text: &str| text.ends_with(ADMINISTRATOR);
    let policy = || arn.target(&["aws_iam_policy"]).here();
    arn.text().is_some_and(is_aws) || policy().is_some_and(|it| is_everything(&it.get("policy")))
}

/// Whether a policy allows every action on everything, whatever the circumstances.
fn is_everything(policy: &View<'_>) -> bool {
    let allows = |it: &Statement| {
        it.is(Effect::Allow) == Tri::Yes
            && it.conditions.is_empty()
            && it.known_actions().any(|action| action == "*")
            && it.known_resources().any(|resource| resource == "*")
    };
    policies::of(policy).is_some_and(|it| it.statements.iter().any(allows))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{builtin::shared::testing, graph::Side};

    fn names(instances: &[(&str, Value)]) -> Vec<String> {
        let graph = testing::graph("unit", instances, &json!({}));
        let scope = Scope::new(&graph, Side::Planned);
        administrators(&scope).iter().filter_map(|it| it.text().map(str::to_owned)).collect()
    }

    #[test]
    fn by_each_way() {
        let all =
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string();
        let some = json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
            .to_string();
        let aws = "arn:aws:iam::aws:policy/AdministratorAccess";
        let of = |own: &str| {
            names(&[
                ("aws_iam_user_policy.a", json!({"user": "inline", "policy": own})),
                ("aws_iam_group_policy.a", json!({"group": "g", "policy": own})),
                ("aws_iam_user_group_membership.a", json!({"user": "member", "groups": ["g"]})),
                ("aws_iam_group_membership.a", json!({"group": "g", "users": ["listed"]})),
            ])
        };
        assert_eq!(of(&all), ["inline", "member", "listed"]);
        assert!(of(&some).is_empty());
        let attached = names(&[
            ("aws_iam_user_policy_attachment.a", json!({"user": "one", "policy_arn": aws})),
            ("aws_iam_policy_attachment.a", json!({"users": ["two"], "policy_arn": aws})),
        ]);
        assert_eq!(attached, ["one", "two"]);
    }
}
