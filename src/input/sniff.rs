//! What a JSON document is, by its top-level keys. Values are skipped without recursion and without
//! storing them, and reading stops at the key that decides.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{Kind, refusal::Refusal};

/// What a document turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is judged.
    Document(Kind),
    /// It is known, and not judged.
    Refused(Refusal),
    /// A line of a log that tools write before and between documents.
    Noise,
    /// JSON of some other kind.
    Other,
}

/// The keys that are looked for. Those of [`PLAN`] and [`PLAN_ALONE`] are here too.
const KNOWN: [&str; 33] = [
    "format_version",
    "terraform_version",
    "values",
    "checks",
    "timestamp",
    "variables",
    "planned_values",
    "resource_changes",
    "resource_drift",
    "output_changes",
    "prior_state",
    "configuration",
    "relevant_attributes",
    "deferred_changes",
    "action_invocations",
    "applyable",
    "complete",
    "errored",
    "version",
    "serial",
    "lineage",
    "resources",
    "modules",
    "backend",
    "remote_plan_format",
    "encrypted_data",
    "@level",
    "@message",
    "level",
    "msg",
    "message",
    "provider_schemas",
    "diagnostics",
];

/// With `format_version`, any of these makes a plan.
const PLAN: [&str; 12] = [
    "variables",
    "planned_values",
    "resource_changes",
    "resource_drift",
    "output_changes",
    "prior_state",
    "configuration",
    "relevant_attributes",
    "deferred_changes",
    "action_invocations",
    "applyable",
    "complete",
];

/// Without `format_version` (trimmed by hand, or by HCP Terraform) these do.
const PLAN_ALONE: [&str; 2] = ["resource_changes", "planned_values"];

/// The top level of a document, or of as much of it as was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Bits of [`KNOWN`].
    seen: u64,
    /// How many keys there were, known or not.
    count: usize,
    /// The `format_version`, if that is a string.
    format: Option<String>,
    /// The `version`, if that is a whole number.
    version: Option<u64>,
    /// `configuration` has a key that only Terraform's has.
    terraform_configuration: bool,
    /// The closing brace was reached.
    complete: bool,
}

impl Keys {
    fn has(&self, key: &str) -> bool {
        KNOWN.iter().position(|known| *known == key).is_some_and(|bit| self.seen >> bit & 1 == 1)
    }

    fn any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// What the document is; none where keys that follow can still change the answer.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        let refused = |why| Some(Verdict::Refused(why));
        if self.is_log() {
            return refused(Refusal::Log);
        }
        if self.has("remote_plan_format") {
            return refused(Refusal::Bookmark);
        }
        if self.has("encrypted_data") {
            return refused(Refusal::Encrypted);
        }
        self.formatted()
            .or_else(|| self.raw_state())
            .or_else(|| if self.complete { Some(self.remainder()) } else { None })
    }

    /// A document of `terraform show -json`.
    fn formatted(&self) -> Option<Verdict> {
        let formatted = self.has("format_version");
        let plan = formatted && self.any(&PLAN) || self.complete && self.any(&PLAN_ALONE);
        let versioned = formatted || self.complete && self.has("terraform_version");
        let state = self.has("values") && versioned || self.complete && self.empty_state();
        let kind = if plan {
            Kind::Plan
        } else if state {
            Kind::State
        } else {
            return None;
        };
        Some(match self.format.as_deref().map(major) {
            Some(Some(0 | 1)) | None => Verdict::Document(kind),
            _ => Verdict::Refused(Refusal::Format),
        })
    }

    /// An empty state is written as its versions alone.
    fn empty_state(&self) -> bool {
        let versions = ["format_version", "terraform_version", "checks"];
        let count = versions.iter().filter(|key| self.has(key)).count();
        self.format.is_some() && self.count == count
    }

    fn raw_state(&self) -> Option<Verdict> {
        let version = self.version?;
        let state = self.has("lineage")
            || self.has("serial")
            || self.has("terraform_version") && self.any(&["resources", "modules"]);
        match version {
            _ if !state => None,
            4 => Some(Verdict::Document(Kind::TfState)),
            5.. => Some(Verdict::Refused(Refusal::NewState)),
            _ if !self.complete => None,
            _ if self.has("backend") => Some(Verdict::Refused(Refusal::Backend)),
            _ => Some(Verdict::Refused(Refusal::OldState)),
        }
    }

    /// A complete document that is neither plan nor state.
    fn remainder(&self) -> Verdict {
        if self.has("level") && self.any(&["msg", "message"]) {
            return Verdict::Noise;
        }
        let command = match self.has("format_version") {
            true if self.has("provider_schemas") => "providers schema -json",
            true if self.has("diagnostics") => "validate -json",
            _ => return Verdict::Other,
        };
        Verdict::Refused(Refusal::OtherCommand(command))
    }

    /// A line of `terraform plan -json`, or of another log of Terraform.
    pub(super) fn is_log(&self) -> bool {
        self.has("@level") && self.has("@message")
    }

    /// Whether it is a state for certain.
    pub(super) fn is_state(&self) -> bool {
        matches!(self.verdict(), Some(Verdict::Document(Kind::State | Kind::TfState)))
    }

    /// Whether the beginning of a file shows that it is meant to be judged. Less strict than
    /// [`Keys::verdict`], which sees what follows: a sorted plan begins with 64 KiB and more of
    /// `configuration`.
    pub(super) fn shows(&self) -> bool {
        match self.verdict() {
            Some(Verdict::Document(_)) => true,
            Some(Verdict::Refused(
                Refusal::Bookmark | Refusal::Encrypted | Refusal::Format | Refusal::NewState,
            )) => true,
            _ => self.any(&PLAN_ALONE) || self.terraform_configuration,
        }
    }
}

/// The part of a format version before the dot. The very first versions wrote an empty text.
fn major(format: &str) -> Option<u32> {
    if format.is_empty() { Some(0) } else { format.split('.').next()?.parse().ok() }
}

/// The keys of the document at the beginning of `text`, which may go on after it or be cut off, up to
/// the key that decides. An error comes only where nothing is decided before it.
pub(super) fn sniff(text: &str) -> (Keys, Option<serde_json::Error>) {
    let mut keys = Keys::default();
    let seed = Top { keys: &mut keys, stop: true };
    let result = seed.deserialize(&mut serde_json::Deserializer::from_str(text));
    let error = result.err().filter(|_| keys.verdict().is_none());
    (keys, error)
}

/// The whole document at the beginning of `text`, and how long it is.
///
/// # Errors
/// Where it is no valid JSON object. Nesting is no error, however deep.
pub(super) fn scan(text: &str) -> Result<(Keys, usize), serde_json::Error> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Keys>();
    match stream.next() {
        Some(Ok(keys)) => Ok((keys, stream.byte_offset())),
        Some(Err(error)) => Err(error),
        None => Ok((Keys::default(), text.len())),
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = Keys::default();
        Top { keys: &mut keys, stop: false }.deserialize(deserializer)?;
        Ok(keys)
    }
}

/// Reads the top level into `keys`, which keep what was seen before an error.
struct Top<'a> {
    keys: &'a mut Keys,
    /// End with an error as soon as the verdict is clear.
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(bit) = map.next_key_seed(KeyOf(&KNOWN))? {
            self.keys.count += 1;
            self.keys.seen |= bit.map_or(0, |bit| 1 << bit);
            match bit.map(|bit| KNOWN[bit]) {
                Some("format_version") => {
                    let raw: &RawValue = map.next_value()?;
                    self.keys.format = serde_json::from_str(raw.get()).ok();
                }
                Some("version") => {
                    let raw: &RawValue = map.next_value()?;
                    self.keys.version = serde_json::from_str(raw.get()).ok();
                }
                _ if self.stop && self.keys.verdict().is_some() => {
                    return Err(A::Error::custom("decided"));
                }
                Some("configuration") if self.stop => {
                    map.next_value_seed(Configuration(&mut self.keys.terraform_configuration))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.keys.complete = true;
        Ok(())
    }
}

/// Looks for the keys of a Terraform configuration. Anything but an object is an error, which ends
/// the sniffing: such a document is no plan.
struct Configuration<'a>(&'a mut bool);

impl<'de> DeserializeSeed<'de> for Configuration<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Configuration<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(KeyOf(&["provider_config", "root_module"]))? {
            *self.0 |= found.is_some();
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A key's place in a list of keys.
struct KeyOf<'a>(&'a [&'static str]);

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == key))
    }
}
