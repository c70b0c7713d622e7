//! Why something is not judged, in sentences for the user.

use super::{
    memory::{Limit, size},
    runner::by_hand,
};

/// Why a source or a part of it is not judged. The text is what it is; [`Refusal::message`] adds
/// what to do about it. Nothing here carries content of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("no such file or directory")]
    Missing,
    #[error("not readable: {0}")]
    Unreadable(String),
    #[error("a directory that can no longer be read as a file")]
    Directory,
    #[error("a pipe, device or socket rather than a file")]
    Special,
    #[error("{} large; files of 4 GiB and more are not read", size(*.0))]
    TooLarge(u64),
    #[error("unpacks to 4 GiB or more, which is not read")]
    UnpacksTooLarge,
    #[error(
        "{} large; judging it takes about {}, and {} allows {}",
        size(*.bytes), size(.limit.needed(*.bytes)), .limit.by, size(.limit.bytes)
    )]
    NoMemory { bytes: u64, limit: Limit },
    #[error(
        "larger than {}, the most that fits into the {} that {} allows",
        size(.0.largest_file()), size(.0.bytes), .0.by
    )]
    StreamNoMemory(Limit),
    #[error("an empty file: the command that should have written it probably failed")]
    Empty,
    #[error("a gzip file that is damaged or cut off")]
    Gzip,
    #[error("a zip archive that is damaged or cut off")]
    Zip,
    #[error("a zip archive, but not a Terraform plan: it has no member `tfplan`")]
    OtherZip,
    #[error("a binary plan, which Terraform can only read from a file of its own")]
    PackedPlan,
    #[error("a binary plan, and turning it into JSON failed: {0}")]
    Runner(String),
    #[error("binary data, and neither a Terraform plan nor JSON")]
    Binary,
    #[error("not UTF-8 text: byte {0} is the first that does not belong there")]
    NotUtf8(usize),
    #[error("damaged UTF-16 text, as PowerShell's `>` writes it")]
    Utf16,
    #[error("UTF-16 text as PowerShell's `>` writes it, and no valid JSON: {0}")]
    Utf16Json(String),
    #[error(
        "the bookmark of a plan that HCP Terraform keeps (`remote_plan_format`), not the plan itself"
    )]
    Bookmark,
    #[error("encrypted by OpenTofu (`encrypted_data`)")]
    Encrypted,
    #[error(
        "the log of `terraform plan -json` or `apply -json`, which has neither values nor configuration"
    )]
    Log,
    #[error("Terraform's output for people, not JSON")]
    Human,
    #[error("Terraform source, not a plan")]
    Hcl,
    #[error("text without a JSON document that starts on a line of its own")]
    NoJson,
    #[error("a JSON list, not a plan or state")]
    List,
    #[error("JSON, but neither a plan nor a state")]
    OtherJson,
    #[error("JSON, but neither a plan nor a state: it is the output of `terraform {0}`")]
    OtherCommand(&'static str),
    #[error(
        "a plan or state in a format newer than this version of bricklint knows (`format_version` is neither 0.x nor 1.x)"
    )]
    Format,
    #[error("a state of Terraform 0.11 or older (`version` is below 4)")]
    OldState,
    #[error(
        "a state in a format newer than this version of bricklint knows (`version` is above 4)"
    )]
    NewState,
    #[error("what `terraform init` notes about the backend, not a state")]
    Backend,
    #[error("{0}")]
    Broken(String),
}

/// What to do about a refusal.
enum Advice {
    /// The text says it all.
    None,
    /// It is no plan yet.
    Plan,
    /// There is a plan: show it (again).
    Show,
    /// There is a binary plan, which the user has to show.
    ByHand,
    /// Other words, in which `FILE` is the source. No command writes to it: the shell would empty it
    /// before it is read.
    Words(&'static str),
}

impl Refusal {
    /// The whole sentence, for a source that is shown as `path`.
    pub(super) fn message(&self, path: &str) -> String {
        let advice = match self.advice() {
            Advice::None => return self.to_string(),
            Advice::Words(words) if path == "-" => words.to_owned(),
            Advice::Words(words) => words.replace("FILE", &quoted(path)),
            Advice::ByHand => format!("run {} and give that file instead", by_hand(path)),
            Advice::Show => format!("write it again with `{}`", show(path)),
            Advice::Plan if path == "-" => {
                format!("make a plan with `terraform plan -out tfplan` and pipe `{}`", show(path))
            }
            Advice::Plan => {
                format!("make one with `terraform plan -out tfplan` and then `{}`", show(path))
            }
        };
        format!("{self}; {advice}")
    }

    fn advice(&self) -> Advice {
        match self {
            Refusal::Missing
            | Refusal::Unreadable(_)
            | Refusal::Directory
            | Refusal::Broken(_)
            | Refusal::TooLarge(_)
            | Refusal::UnpacksTooLarge => Advice::None,
            Refusal::NoMemory { .. } | Refusal::StreamNoMemory(_) => {
                Advice::Words("raise that limit, or judge the plan where there is more memory")
            }
            Refusal::Special => Advice::Words(
                "pipe it in instead: `terraform show -json tfplan | bricklint check -`",
            ),
            Refusal::OtherZip | Refusal::Binary | Refusal::Human | Refusal::Log | Refusal::Hcl => {
                Advice::Plan
            }
            Refusal::NoJson | Refusal::OtherCommand(_) => Advice::Plan,
            Refusal::Empty | Refusal::Gzip | Refusal::Zip => Advice::Show,
            Refusal::PackedPlan => Advice::Words(
                "give bricklint the unpacked file itself, or `terraform show -json tfplan | bricklint check -`",
            ),
            Refusal::Runner(_) => Advice::ByHand,
            Refusal::NotUtf8(_) => Advice::Show,
            Refusal::Utf16 | Refusal::Utf16Json(_) => Advice::Words(
                "characters were lost on the way, so write it again in cmd or bash with `terraform show -json tfplan > tfplan.json`, or in PowerShell with `[Console]::OutputEncoding = [Text.Encoding]::UTF8; terraform show -json tfplan | Out-File -Encoding utf8 tfplan.json`",
            ),
            Refusal::Bookmark => Advice::Words(
                "fetch it with `terraform show -json FILE > fetched.json` in the directory where `terraform init` ran",
            ),
            Refusal::Encrypted => Advice::Words(
                "where its key is configured, decrypt it with `tofu show -json FILE > decrypted.json`",
            ),
            Refusal::List | Refusal::OtherJson => Advice::Words(
                "make a plan with `terraform show -json tfplan > tfplan.json`, or take it out of what wraps it, as with `jq .plan FILE > unwrapped.json`",
            ),
            Refusal::Format | Refusal::NewState => Advice::Words(
                "upgrade bricklint, or write it again with an older Terraform: `terraform show -json tfplan > tfplan.json`",
            ),
            Refusal::OldState => Advice::Words(
                "upgrade it with a newer Terraform: `terraform init` and `terraform apply -refresh-only`, then `terraform show -json > state.json`",
            ),
            Refusal::Backend => {
                Advice::Words("fetch the state with `terraform show -json > state.json`")
            }
        }
    }
}

/// The command that makes what should stand at `path`.
fn show(path: &str) -> String {
    let json = path.strip_suffix(".gz").unwrap_or(path);
    match path {
        "-" => "terraform show -json tfplan | bricklint check -".to_owned(),
        _ if json.ends_with(".json") => format!("terraform show -json tfplan > {}", quoted(json)),
        _ => "terraform show -json tfplan > tfplan.json".to_owned(),
    }
}

/// `word` as a POSIX shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./,:@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_the_file_and_survive_the_shell() {
        assert_eq!(show("a/plan.json.gz"), "terraform show -json tfplan > a/plan.json");
        assert_eq!(show("it's.json"), r"terraform show -json tfplan > 'it'\''s.json'");
        assert_eq!(show("x.txt"), "terraform show -json tfplan > tfplan.json");
    }
}
