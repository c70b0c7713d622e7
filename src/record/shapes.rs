//! How what is left of plans is written: one shape for each type, which the compiler holds against its
//! fields. Rows and what they are made of have theirs where they are declared.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    engine::{For, InstanceKey, Origins, Part, Taking},
    estate::{self, Cell, Lacks, Mocks, Outputs, Row},
    graph::{Names, Note, Side},
    lint::{
        Blind, Category, Caveat, Change, Dependent, Edit, Excerpt, Failure, FailureKind, Finding,
        InputInfo, Loss, Place, Related, ScriptError, ScriptFailure, Severity, Snippet, SourceSpan,
        Spot, Tier, Verdict,
    },
    redact::Secrets,
    seal::Seals,
    source::Clue,
};

use super::word::{self, Word};

/// Gives types the shapes declared below.
macro_rules! shaped {
    ($($type:ty: $shape:ident),* $(,)?) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                $shape::serialize(self, out)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                $shape::deserialize(from)
            }
        }
    )*};
}

shaped! {
    Part: PartShape,
    Taking: TakingShape,
    For: ForShape,
    Side: SideShape,
    Row: RowShape,
    Finding: FindingShape,
    Related: RelatedShape,
    Edit: EditShape,
    Place: PlaceShape,
    Loss: LossShape,
    Dependent: DependentShape,
    Tier: TierShape,
    Excerpt: ExcerptShape,
    Severity: SeverityShape,
    Verdict: VerdictShape,
    Category: CategoryShape,
    Change: ChangeShape,
    InputInfo: InputShape,
    Failure: FailureShape,
    FailureKind: FailureKindShape,
    ScriptFailure: ScriptFailureShape,
    ScriptError: ScriptErrorShape,
    Spot: SpotShape,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Part", deny_unknown_fields)]
struct PartShape {
    inputs: Vec<InputInfo>,
    findings: Vec<Finding>,
    failures: Vec<Failure>,
    taking: Taking,
    lacks: Lacks,
    mocks: Mocks,
    outputs: Outputs,
    needs: BTreeMap<String, BTreeSet<String>>,
    #[serde(with = "entries")]
    judged: BTreeMap<usize, usize>,
    #[serde(with = "entries")]
    open: BTreeMap<usize, usize>,
    #[serde(with = "entries")]
    blind: BTreeMap<(usize, Blind, String), usize>,
    /// Clues lead to these.
    #[serde(skip)]
    origins: Origins,
    clues: BTreeMap<String, Clue>,
    #[serde(with = "sealed")]
    hidden: Secrets,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Taking", deny_unknown_fields)]
struct TakingShape {
    #[serde(with = "entries")]
    rows: BTreeMap<(Side, For), Vec<Row>>,
    #[serde(with = "word::uses")]
    uses: BTreeMap<(usize, Side), BTreeSet<Word>>,
    #[serde(with = "entries")]
    excerpts: BTreeMap<InstanceKey, Arc<str>>,
    secrets: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "For")]
enum ForShape {
    Job(usize),
    All(#[serde(with = "word")] Word),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Side")]
enum SideShape {
    Planned,
    Prior,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Row", deny_unknown_fields)]
struct RowShape {
    #[serde(with = "word")]
    kind: Word,
    instance: Arc<estate::Instance>,
    names: Arc<Names>,
    #[serde(with = "word::named")]
    cells: Vec<(Word, Cell)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unanswered: Vec<Note>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding", deny_unknown_fields)]
struct FindingShape {
    rule: Cow<'static, str>,
    severity: Severity,
    verdict: Verdict,
    category: Category,
    change: Change,
    place: Place,
    written: Option<String>,
    deposed: Option<String>,
    message: String,
    help: Option<String>,
    related: Vec<Related>,
    peers: Vec<Place>,
    #[serde(with = "word::list")]
    actions: Vec<Word>,
    cause: Option<Edit>,
    loss: Option<Box<Loss>>,
    /// Lines are looked up last, for what is shown.
    #[serde(skip)]
    source: Option<SourceSpan>,
    /// The same.
    #[serde(skip)]
    picture: Vec<Snippet>,
    excerpt: Option<Arc<Excerpt>>,
    fingerprint: String,
    fingerprint_before: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Related", deny_unknown_fields)]
struct RelatedShape {
    place: Place,
    label: String,
    #[serde(skip)]
    source: Option<SourceSpan>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Edit", deny_unknown_fields)]
struct EditShape {
    place: Place,
    #[serde(skip)]
    source: Option<SourceSpan>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Place", deny_unknown_fields)]
struct PlaceShape {
    unit: String,
    address: String,
    attribute: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Loss", deny_unknown_fields)]
struct LossShape {
    replaced: bool,
    tier: Tier,
    forced_by: Vec<String>,
    dependents: Vec<Dependent>,
    has_more: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Dependent", deny_unknown_fields)]
struct DependentShape {
    address: String,
    type_: String,
    stays: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tier")]
enum TierShape {
    DataLoss,
    Outage,
    Access,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Excerpt", deny_unknown_fields)]
struct ExcerptShape {
    text: String,
    mark: Range<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Severity")]
enum SeverityShape {
    Note,
    Warning,
    Error,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Verdict")]
enum VerdictShape {
    Possible,
    Definite,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Category")]
enum CategoryShape {
    ApplyFailure,
    Cost,
    Governance,
    Reliability,
    Security,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Change")]
enum ChangeShape {
    Introduced,
    Standing,
    Fixed,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InputInfo", deny_unknown_fields)]
struct InputShape {
    unit: String,
    path: String,
    #[serde(with = "word")]
    kind: Word,
    terraform_version: String,
    resources: usize,
    judged: usize,
    complete: bool,
    errored: bool,
    caveats: Vec<Caveat>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Failure", deny_unknown_fields)]
struct FailureShape {
    unit: String,
    rule: Option<String>,
    kind: FailureKind,
    message: String,
    script: Option<Box<ScriptFailure>>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FailureKind")]
enum FailureKindShape {
    Input,
    Plan,
    Panic,
    Script,
    Limit,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ScriptFailure", deny_unknown_fields)]
struct ScriptFailureShape {
    error: ScriptError,
    on: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ScriptError", deny_unknown_fields)]
struct ScriptErrorShape {
    path: String,
    at: Spot,
    message: String,
    help: Option<String>,
    calls: Box<[(Spot, String)]>,
    text: Arc<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Spot", deny_unknown_fields)]
struct SpotShape {
    line: u32,
    column: u32,
    length: u32,
}

/// Maps whose keys are no texts, as lists of pairs.
mod entries {
    use super::*;

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}

/// Secrets, of which only hashes are ever written.
mod sealed {
    use super::*;

    pub(super) fn serialize<S: Serializer>(secrets: &Secrets, out: S) -> Result<S::Ok, S::Error> {
        secrets.seals.serialize(out)
    }

    pub(super) fn deserialize<'de, D>(from: D) -> Result<Secrets, D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(Secrets { seals: Seals::deserialize(from)?, ..Secrets::default() })
    }
}
