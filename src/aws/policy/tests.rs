//! What documents answer.

use crate::plan::Tri::{self, *};

use super::*;

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn unknown(of: &[&str]) -> Text {
    Text::Unknown {
        of: of.iter().map(|it| (*it).to_owned()).collect(),
        is_sure: of.len() == 1,
        is_open: false,
    }
}

const TRUST: &str = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
    "Principal":{"AWS":"arn:aws:iam::414351767826:root"},
    "Condition":{"StringEquals":{"sts:ExternalID":"7b1e"}}}}"#;

#[test]
fn trust() {
    let it = document(TRUST);
    let ask = |account: &str| Request::to("sts:AssumeRole").by(Who::Account(account.to_owned()));
    // The key is not said to be carried.
    assert_eq!(it.allows(&ask("414351767826")), Maybe);
    let with = |given| ask("414351767826").with("sts:externalid", given);
    assert_eq!(it.allows(&with(Given::Right)), Yes);
    assert_eq!(it.allows(&with(Given::Is("7b1e".to_owned()))), Yes);
    assert_eq!(it.allows(&with(Given::Is("other".to_owned()))), No);
    assert_eq!(it.allows(&ask("111122223333")), No);
    assert_eq!(it.admitted("sts:AssumeRole").len(), 1);
}

#[test]
fn actions_and_resources() {
    let it = document(
        r#"{"Statement":[
        {"Effect":"Allow","Action":["S3:Get*","s3:Put?bject"],"Resource":"arn:aws:s3:::acme/*"},
        {"Effect":"Allow","NotAction":"iam:*","NotResource":["arn:aws:s3:::acme","arn:aws:s3:::acme/*","arn:aws:s3:::acme-logs/a/*"]},
        {"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::acme/secret/*"}]}"#,
    );
    let on = |action, name: &str| it.permits(&Request::to(action).on([name.to_owned()]));
    assert_eq!(on("s3:getobject", "arn:aws:s3:::acme/a"), Yes);
    assert_eq!(on("s3:PutObject", "arn:aws:s3:::acme/*"), Yes);
    assert_eq!(on("s3:DeleteObject", "arn:aws:s3:::acme/a"), No);
    assert_eq!(on("s3:GetObject", "arn:aws:s3:::acme/secret/a"), No);
    assert_eq!(on("ec2:RunInstances", "arn:aws:ec2:eu-west-1:1:instance/i"), Yes);
    let below = |name: &str| it.allows(&Request::to("kms:Sign").below([name.to_owned()]));
    assert_eq!(below("arn:aws:s3:::acme/"), No);
    assert_eq!(below("arn:aws:s3:::acme-logs/"), Yes);
    assert_eq!(on("iam:PassRole", "arn:aws:iam::1:role/x"), No);
}

#[test]
fn principals() {
    let by = |principal: &str, who: Who| {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Principal":{principal}}}]}}"#
        );
        document(&text).allows(&Request::to("kms:Decrypt").by(who))
    };
    let account = || Who::Account("111122223333".to_owned());
    let role = || Who::Role(vec!["arn:aws:iam::111122223333:role/x".to_owned()]);
    for (principal, as_account, as_role) in [
        (r#""*""#, Yes, Yes),
        (r#"{"AWS":"*"}"#, Yes, Yes),
        (r#"{"AWS":["111122223333"]}"#, Yes, Yes),
        (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, Yes, Yes),
        (r#"{"AWS":"arn:aws:iam::111122223333:role/x"}"#, No, Yes),
        (r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#, No, No),
        (r#"{"Service":"ec2.amazonaws.com"}"#, No, No),
    ] {
        assert_eq!(
            (by(principal, account()), by(principal, role())),
            (as_account, as_role),
            "{principal}"
        );
    }
    let service = |name: &str| Who::Service(name.to_owned());
    assert_eq!(by(r#"{"Service":"ec2.amazonaws.com"}"#, service("ec2.amazonaws.com")), Yes);
    assert_eq!(by(r#"{"AWS":"111122223333"}"#, service("ec2.amazonaws.com")), No);
}

/// A hidden principal may be a star, which lets services in as well.
#[test]
fn hidden_principals() {
    let by = |who: Text| {
        let principal = Principal { kind: "AWS".to_owned(), who };
        let statement = Statement {
            actions: Some(List::of(vec![Text::Known("*".to_owned())])),
            principals: Some(List::of(vec![principal])),
            ..Statement::default()
        };
        let document = Document { statements: vec![statement], ..Document::default() };
        document.allows(&Request::to("sts:AssumeRole").by(Who::Service("ec2.amazonaws.com".into())))
    };
    assert_eq!(by(Text::hidden()), Maybe);
    assert_eq!(by(unknown(&["aws_iam_role.x"])), No, "it is the ARN of a role");
}

#[test]
fn a_condition_that_is_not_understood_is_never_yes() {
    for (condition, wanted) in [
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"1"}}"#, Maybe),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, Maybe),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, Yes),
        (r#"{"Bool":{"aws:SecureTransport":true},"StringLike":{"aws:Who":"a*"}}"#, Maybe),
        (r#"{"Bool":{"aws:SecureTransport":"false"},"StringLike":{"aws:Who":"a*"}}"#, No),
    ] {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"s3:*","Condition":{condition}}}]}}"#
        );
        let request =
            Request::to("s3:GetObject").with("aws:SecureTransport", Given::Is("true".to_owned()));
        assert_eq!(document(&text).allows(&request), wanted, "{condition}");
    }
}

#[test]
fn unknown_parts() {
    let of = |resources: Vec<Text>| Document {
        statements: vec![Statement {
            actions: Some(List::of(vec![Text::Known("iam:PassRole".to_owned())])),
            resources: Some(List::of(resources)),
            ..Statement::default()
        }],
        ..Document::default()
    };
    let ask = |it: &Document, name: &str| -> Tri {
        it.allows(&Request::to("iam:PassRole").on([name.to_owned()]))
    };
    // Without an ARN an object may be what any text names.
    let literal = of(vec![Text::Known("arn:aws:iam::111122223333:role/x".to_owned())]);
    assert_eq!(ask(&literal, "a"), Maybe);
    assert_eq!(ask(&literal, &bare("iam", "role/y")), No);
    assert_eq!(ask(&literal, &bare("iam", "role/x")), Yes);
    assert_eq!(ask(&of(vec![unknown(&["a"])]), "a"), Yes);
    assert_eq!(ask(&of(vec![unknown(&["a"])]), "b"), No);
    assert_eq!(ask(&of(vec![unknown(&["a", "b"])]), "b"), Maybe);
    assert_eq!(ask(&of(vec![Text::hidden()]), "b"), Maybe);
    assert_eq!(ask(&Document::unseen(Vec::new()), "b"), Maybe);
    assert_eq!(ask(&Document::default(), "b"), No);
}

#[test]
fn overrides_replace_by_sid() {
    let allow = |sid: &str, action: &str| {
        document(&format!(
            r#"{{"Statement":[{{"Sid":"{sid}","Effect":"Allow","Action":"{action}"}}]}}"#
        ))
    };
    let mut it = allow("a", "s3:*");
    it.replace_by(allow("a", "kms:*"));
    assert_eq!(it.allows(&Request::to("s3:GetObject")), No);
    assert_eq!(it.allows(&Request::to("kms:Decrypt")), Yes);
    it.replace_by(Document::unseen(Vec::new()));
    assert_eq!(it.allows(&Request::to("kms:Decrypt")), Maybe);
}

#[test]
fn variables_stand_for_anything() {
    let it = document(
        r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::acme/${aws:username}/*"}]}"#,
    );
    let on = |name: &str| it.allows(&Request::to("s3:GetObject").on([name.to_owned()]));
    assert_eq!(on("arn:aws:s3:::acme/bob/x"), Maybe);
    assert_eq!(on("arn:aws:s3:::other/bob/x"), No);
}

#[test]
fn somebody_elses_request() {
    for (condition, wanted) in [
        (r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#, Yes),
        (r#"{"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#, Yes),
        (r#"{"ForAllValues:StringNotLike":{"aws:SourceVpce":["vpce-1*"]}}"#, Yes),
        (r#"{"NotIpAddress":{"aws:SourceVpce":["198.51.100.0/24"]}}"#, Yes),
        (r#"{"NotIpAddress":{"aws:SourceVpce":["0.0.0.0/0"]}}"#, No),
        (r#"{"StringNotLike":{"aws:SourceVpce":"*"}}"#, No),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, No),
        (r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#, Maybe),
        (r#"{"ForAnyValue:StringLike":{"aws:SourceVpce":"vpce-1"}}"#, No),
        (r#"{"Null":{"aws:SourceVpce":"true"}}"#, Maybe),
    ] {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Deny","Action":"s3:*","Condition":{condition}}}]}}"#
        );
        let request = Request::to("s3:GetObject").with("aws:SourceVpce", Given::Foreign);
        assert_eq!(document(&text).denies(&request), wanted, "{condition}");
    }
}

#[test]
fn own_objects_are_nobody_elses() {
    for (value, wanted) in [(unknown(&["vpce"]), Yes), (Text::hidden(), Maybe)] {
        let condition = Condition {
            operator: "StringNotEquals".to_owned(),
            key: "aws:SourceVpce".to_owned(),
            values: vec![value],
        };
        let request = Request::to("s3:GetObject").with("aws:SourceVpce", Given::Foreign);
        assert_eq!(condition.holds_for(&request), wanted);
    }
}

#[test]
fn a_key_that_is_there() {
    for (operator, value, wanted) in
        [("Null", "true", No), ("Null", "false", Yes), ("ForAllValues:Null", "true", Maybe)]
    {
        let known = Condition {
            operator: operator.to_owned(),
            key: "aws:SecureTransport".to_owned(),
            values: vec![Text::Known(value.to_owned())],
        };
        assert_eq!(known.accepts("false"), wanted, "{operator} {value}");
    }
}

#[test]
fn what_demands_a_value() {
    for (operator, value, wanted) in [
        ("StringEquals", "7b1e", Yes),
        ("StringEquals", "*", Yes),
        ("ForAnyValue:StringEquals", "7b1e", Yes),
        ("StringLike", "7b1e*", Yes),
        ("StringLike", "*", No),
        ("StringEqualsIfExists", "7b1e", No),
        ("ForAllValues:StringEquals", "7b1e", No),
        ("StringNotEquals", "7b1e", No),
        ("Null", "false", No),
    ] {
        let known = Condition {
            operator: operator.to_owned(),
            key: "sts:ExternalId".to_owned(),
            values: vec![Text::Known(value.to_owned())],
        };
        assert_eq!(known.demands_a_value(), wanted, "{operator} {value}");
        let hidden = Condition { values: vec![Text::hidden()], ..known };
        let of_hidden = if operator == "StringLike" { Maybe } else { wanted };
        assert_eq!(hidden.demands_a_value(), of_hidden, "{operator}");
    }
}

#[test]
fn arns_of_whom_little_is_known() {
    let role = Given::RoleOf("arn:aws:iam::414351767826:".to_owned());
    let named = Given::Named(vec!["arn:*:iam:*:*:role/etl".to_owned()]);
    for (operator, value, of_role, of_named) in [
        ("ArnLike", "arn:aws:iam::414351767826:*", Yes, Yes),
        ("StringLike", "arn:aws:iam::414351767826:role/*", Yes, Yes),
        ("ArnLike", "arn:aws:iam::414351767826:role/etl", Maybe, Yes),
        ("ArnLike", "arn:aws:iam::414351767826:root", Maybe, No),
        ("ArnLike", "arn:aws:iam::123456789012:role/et*", No, Yes),
        ("StringEquals", "arn:aws:iam::414351767826:*", No, No),
        ("StringEquals", "arn:aws:iam::414351767826:role/etl", Maybe, Yes),
        ("ArnNotLike", "arn:aws:iam::123456789012:*", Yes, No),
        ("StringLike", "*", Yes, Yes),
    ] {
        let condition = Condition {
            operator: operator.to_owned(),
            key: "aws:PrincipalArn".to_owned(),
            values: vec![Text::Known(value.to_owned())],
        };
        let holds = |given: &Given| {
            condition.holds_for(&Request::default().with("aws:PrincipalArn", given.clone()))
        };
        assert_eq!([holds(&role), holds(&named)], [of_role, of_named], "{operator} {value}");
    }
}
