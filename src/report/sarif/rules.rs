//! Rules as SARIF describes them.

use super::log::{Configuration, Help, Rule, RuleProperties, Text};
use crate::{
    lint::{Category, Confidence, Finding, RuleMeta, Severity},
    report::text,
};

/// GitHub's limit for descriptions.
const MAX_DESCRIPTION: usize = 1024;

/// What code scanning shows beside an alert.
pub(super) fn describe(meta: &RuleMeta) -> Rule {
    let docs = meta.docs();
    let full = section(&docs, "## What it does").unwrap_or(&meta.summary);
    Rule {
        id: meta.id.to_string(),
        short_description: Text { text: sentence(&text::clip(&meta.summary, MAX_DESCRIPTION - 1)) },
        full_description: Text { text: text::clip(full, MAX_DESCRIPTION).into_owned() },
        help: Help { text: docs.clone(), markdown: docs },
        help_uri: meta.docs_url(),
        default_configuration: Configuration { level: meta.severity.as_str() },
        properties: RuleProperties {
            precision: match meta.confidence {
                Confidence::Certain => "very-high",
                Confidence::Heuristic => "medium",
            },
            problem_severity: problem_severity(meta.severity),
            security_severity: security_severity(meta.category, meta.severity),
            tags: tags(meta),
        },
    }
}

/// For a finding without metadata: GitHub refuses a result whose rule is not described.
pub(super) fn describe_unknown(finding: &Finding) -> Rule {
    let text = || finding.rule.to_string();
    Rule {
        id: text(),
        short_description: Text { text: text::clip(&text(), MAX_DESCRIPTION).into_owned() },
        full_description: Text { text: text::clip(&text(), MAX_DESCRIPTION).into_owned() },
        help: Help { text: text(), markdown: text() },
        help_uri: String::new(),
        default_configuration: Configuration { level: finding.severity.as_str() },
        properties: RuleProperties {
            precision: "medium",
            problem_severity: problem_severity(finding.severity),
            security_severity: security_severity(finding.category, finding.severity),
            tags: vec![finding.category.as_str().to_owned()],
        },
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}

/// GitHub reads above 9.0 as critical, from 7.0 as high, from 4.0 as medium, below as low. Nothing
/// is critical by itself: a plan does not show what a door opens to. Its mere presence makes all
/// results of the rule security alerts, so other categories have none.
fn security_severity(category: Category, severity: Severity) -> Option<&'static str> {
    (category == Category::Security).then_some(match severity {
        Severity::Error => "8.0",
        Severity::Warning => "5.5",
        Severity::Note => "2.0",
    })
}

fn tags(meta: &RuleMeta) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in [meta.category.as_str(), meta.family(), meta.profile.as_str()] {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// The text below a heading, up to the next one.
fn section<'a>(docs: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = docs.split_once(heading)?;
    let text = rest.split("\n## ").next()?.trim();
    (!text.is_empty()).then_some(text)
}

/// Ends the text with a period, as SARIF wants it and our summaries and messages do not.
pub(super) fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{text}{end}")
}
