//! A secret that a data source reads, and Terraform keeps.

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
        named_secrets,
        secrets::{self, Place},
    },
    facts::{
        schema,
        secrets::{self as facts, Attribute, Confidence},
    },
    graph::{Cause, Res, Val},
    lint::{Check, Findings, PlanCx},
    plan::{Mode, Tri, Value},
    secrecy::names,
};

declare_rule! {
    /// ## What it does
    /// Finds data sources that read a secret: `aws_secretsmanager_secret_version`, parameters of
    /// type SecureString, `aws_kms_secrets`, tokens for EKS and ECR, `vault_*`, secrets of Unity Catalog and
    /// others, read while planning or only by the apply. Of `terraform_remote_state` and `external` those
    /// values count whose key promises a secret, at any depth, of `http` what has the form of a token.
    ///
    /// Names of storage and service credentials are none; what is short, a word or two, or of digits under a key
    /// that promises a secret is possible.
    ///
    /// ## Why is this bad?
    /// What a data source reads is kept in state, in clear, and read again by each plan. The store that
    /// the secret came from guards it; the copy in state is as open as the state is.
    /// Source: [sensitive data in state](https://developer.hashicorp.com/terraform/language/state/sensitive-data).
    ///
    /// ## How to fix it
    /// Read it with the ephemeral resource of the same name, which leaves nothing behind, and hand it to
    /// a write-only argument or a provider (Terraform 1.11 or later):
    ///
    /// ```terraform
    /// ephemeral "aws_secretsmanager_secret_version" "jdbc" {
    ///   secret_id = "prod/jdbc"
    /// }
    /// ```
    ///
    /// Where an argument is not write-only, hand over the ARN or the name, and have the secret read when it
    /// is used.
    ///
    /// ## What it cannot see
    /// Whether a parameter that the apply reads is a SecureString: that is possible. Data sources of other
    /// providers than those of the table.
    pub static RULE = {
        id: "sec-data-source-secret",
        summary: "a data source copies a secret into state",
        severity: Warning,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["data"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let types = cx.graph.plan.types().filter(|it| !secrets::table(Mode::Data, it).is_empty());
    let found = types.flat_map(|type_| cx.data(type_)).filter_map(read);
    leaks::report(found.collect(), out);
}

/// The secrets that one data source reads, as one finding.
fn read(it: Res<'_>) -> Option<Leak> {
    let mut found: Vec<(Place<'_>, Tri)> = Vec::new();
    for entry in secrets::table(Mode::Data, it.type_()) {
        for place in secrets::places_of(entry, &it.root()).into_iter().chain(later(entry, it)) {
            let tri = is_secret(&place) & is_clear(it);
            if tri != Tri::No {
                found.push((place, tri));
            }
        }
    }
    found.sort_by_key(|(place, tri)| (*tri != Tri::Yes, secrets::is_derived(place.entry)));
    let (place, tri) = found.first()?;
    let texts: Vec<&str> = found.iter().flat_map(|(place, _)| place.texts()).collect();
    let leak = Leak::new(it, &place.view, *tri).with(texts);
    let message = match (tri, place.view.val()) {
        (Tri::Maybe, Val::Known(_)) => {
            "what is read here may be a secret, and is kept in state in clear"
        }
        (Tri::Maybe, _) => {
            "what the apply reads here may be a secret, and is kept in state in clear"
        }
        _ => "what is read here is a secret, and is kept in state in clear",
    };
    Some(leak.saying(message, help(it.type_())))
}

/// What only the apply reads.
fn later<'a>(entry: &'static Attribute, it: Res<'a>) -> Vec<Place<'a>> {
    let names: Vec<&'static str> = entry.path.split('.').collect();
    let root = it.root();
    let mut places = Vec::new();
    secrets::below(&root, &root, &names, true, &mut |view, parent, is_there| {
        if matches!(view.val(), Val::Omitted) {
            places.push(Place { entry, view, parent, key: None, is_there });
        }
    });
    places
}

fn is_secret(place: &Place<'_>) -> Tri {
    let is_document = facts::DOCUMENTS.contains(&place.entry.resource_type);
    let texts = place.texts();
    let by_value = match place.view.val() {
        Val::Known(value) if is_document => {
            let is_shown = texts.iter().any(|text| !credentials::tokens(text).is_empty());
            Tri::from(is_shown || holds_secret(value))
                | place.key.map_or(Tri::No, |key| promised(value, key, false))
        }
        Val::Known(_) if place.entry.confidence == Confidence::Weak => {
            Tri::from(texts.iter().any(|text| credentials::finds(text)))
        }
        Val::Known(_) => Tri::from(!texts.is_empty()),
        Val::Null => Tri::No,
        Val::Omitted | Val::Unknown(_) if is_document => Tri::No,
        Val::Omitted | Val::Unknown(_) => Tri::Yes,
    };
    let is_there = if place.is_there { Tri::Yes } else { place.view.maybe(Cause::Apply) };
    by_value & is_there & is_meant(place)
}

/// Whether a value is a secret, or holds one, by a name that promises one: its own, or that of what it stands
/// in (`is_around`), which may list names of secrets.
fn promised(value: Value<'_>, name: &str, is_around: bool) -> Tri {
    if let Some(text) = value.as_str() {
        let promise = match credentials::is_uuid(text) {
            // Objects of Unity Catalog and of accounts have such ids.
            true if names::promise(name) != Tri::Yes => Tri::No,
            _ => names::promise(name),
        };
        let is_sure = Tri::from(!is_around || credentials::is_secret_like(text)) | Tri::Maybe;
        return named_secrets::is_one(promise, name, text) & is_sure;
    }
    let items = value.items().map(|item| promised(item, name, true));
    let members = value.entries().map(|(key, it)| match names::promise(key) {
        Tri::No if credentials::identifies(key) || names::is_about(key) => Tri::No,
        Tri::No => promised(it, name, true),
        _ => promised(it, key, true),
    });
    Tri::any(items.chain(members))
}

/// Whether anything below a value looks like the secret that its own key promises for certain: grouped
/// outputs hold names and ids of secrets too.
fn holds_secret(value: Value<'_>) -> bool {
    let mut found = false;
    value.named_strings("", &mut |text, name| {
        found |= names::promise(name) == Tri::Yes
            && named_secrets::is_clear(text)
            && credentials::is_secret_like(text);
    });
    found
}

/// Whether what stands beside it makes it a secret; what the apply reads is not known yet.
fn is_meant(place: &Place<'_>) -> Tri {
    let beside = facts::condition(place.entry.resource_type, place.entry.path);
    let is_later =
        |(name, _): (&str, _)| matches!(place.parent.member(name.to_owned()).val(), Val::Omitted);
    match beside.is_some_and(is_later) {
        true => place.view.maybe(Cause::Apply),
        false => place.is_meant(),
    }
}

/// Whether a parameter is read in clear.
fn is_clear(it: Res<'_>) -> Tri {
    facts::shown_where(it.type_()).map_or(Tri::Yes, |(name, default)| it.get(name).flag(default))
}

fn help(type_: &str) -> String {
    match schema::ephemeral(type_) {
        Some(_) => format!("read it with an ephemeral \"{type_}\", and rotate the secret"),
        None => {
            "hand over where the secret is, have it read when it is used, and rotate it".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Embedded;

    #[test]
    fn names_of_outputs() {
        for (name, json, is) in [
            ("db_password", r#""Kq7-xT2mW9zLp4""#, Tri::Yes),
            ("secrets", r#"["Kq7-xT2mW9zLp4"]"#, Tri::Yes),
            ("credentials", r#"{"user": "svc_etl_01", "password": "Kq7-xT2mW9zLp4"}"#, Tri::Yes),
            ("api_token", r#""2b3c4d5e-6f70-4812-93a4-b5c6d7e8f901""#, Tri::Maybe),
            ("storage_credential", r#""Kq7-xT2mW9zLp4""#, Tri::Maybe),
            ("ssh_key", r#""acme-prod-bastion""#, Tri::Maybe),
            ("pat", r#""enabled""#, Tri::Maybe),
            ("secrets", r#"["prod-db-2024"]"#, Tri::Maybe),
            ("storage_credential", r#""lake-reader""#, Tri::No),
            ("git_credential", r#""123456789""#, Tri::No),
            ("mws_credentials", r#""2b3c4d5e-6f70-4812-93a4-b5c6d7e8f901""#, Tri::No),
            ("credentials", r#"{"lake": "lake-prod-01", "id": "Kq7-xT2mW9zLp4"}"#, Tri::No),
        ] {
            let text = format!("[{json}]");
            let embedded = Embedded::parse(&text).unwrap();
            let value = embedded.value().at(0).unwrap();
            assert_eq!(promised(value, name, false), is, "{name} = {json}");
        }
    }

    #[test]
    fn keys_at_any_depth_promise() {
        let holds = |json: &str| holds_secret(Embedded::parse(json).unwrap().value());
        assert!(holds(r#"{"warehouse": {"api_key": "Kq7-xT2mW9zLp4"}}"#));
        assert!(holds(r#"{"users": [{"password": "Kq7-xT2mW9zLp4"}]}"#));
        assert!(!holds(r#"{"warehouse": {"api_key_arn": "arn:aws:ssm:eu-west-1:1:parameter/x"}}"#));
        assert!(!holds(r#"{"credentials": "8f3a1c2b-1111-4d7e-8f60-123412341234"}"#));
        assert!(!holds(
            r#"{"bastion": {"ssh_key": "bastion-prd01"}, "secrets": ["prod-db-2024"]}"#
        ));
        assert!(!holds(r#"{"warehouse": {"host": "db.example.org", "id": "8f3a1c2b9d4e7f60"}}"#));
    }
}
