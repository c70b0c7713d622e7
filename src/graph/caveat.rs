//! How a plan was made, where that weakens what can be said of it.

use serde::{Deserialize, Serialize};

use crate::{
    facts::{schema, versions},
    plan::{DocumentKind, Mode, ResId},
};

use super::{Found, Graph};

/// Something about a plan that its reader has to know, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Caveat {
    /// What it is.
    pub kind: CaveatKind,
    /// Names that say more: blocks, variables, attributes, a number. Never a value.
    pub details: Vec<String>,
}

/// What there is to know of a plan, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CaveatKind {
    /// Planning failed, and the plan was saved all the same.
    Errored,
    /// `-target` or `-exclude` left something out.
    Targeted,
    /// Blocks of the configuration have no instance, in a plan that does not say whether it is
    /// complete.
    Unplanned,
    /// Changes were put off to a later plan.
    Deferred,
    /// Only the state is brought up to date.
    RefreshOnly,
    /// Everything is destroyed.
    Destroy,
    /// The configuration was trimmed off.
    NoConfiguration,
    /// What is unknown was trimmed off.
    NoMasks,
    /// Values say of themselves that they stand in for others.
    StandIns,
    /// Values are the `mock_outputs` of the plan's `terragrunt.hcl`.
    MockOutputs,
    /// Terragrunt units whose outputs it is given are in no plan of the run.
    AbsentUnits,
    /// The source at hand is of another version than the plan.
    Stale,
    /// The files at hand changed since the plan was made; its own copies of them are the source.
    Edited,
    /// References do not tell their attributes.
    ShortReferences,
    /// A newer Terraform, OpenTofu or format than is known.
    Version,
    /// Another version of a provider than the tables were made of.
    Provider,
}

impl CaveatKind {
    /// Every kind.
    pub const ALL: [CaveatKind; 16] = [
        CaveatKind::Errored,
        CaveatKind::Targeted,
        CaveatKind::Unplanned,
        CaveatKind::Deferred,
        CaveatKind::RefreshOnly,
        CaveatKind::Destroy,
        CaveatKind::NoConfiguration,
        CaveatKind::NoMasks,
        CaveatKind::StandIns,
        CaveatKind::MockOutputs,
        CaveatKind::AbsentUnits,
        CaveatKind::Stale,
        CaveatKind::Edited,
        CaveatKind::ShortReferences,
        CaveatKind::Version,
        CaveatKind::Provider,
    ];

    /// The word used in every output for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            CaveatKind::Errored => "errored",
            CaveatKind::Targeted => "targeted",
            CaveatKind::Unplanned => "unplanned",
            CaveatKind::Deferred => "deferred",
            CaveatKind::RefreshOnly => "refresh-only",
            CaveatKind::Destroy => "destroy",
            CaveatKind::NoConfiguration => "no-configuration",
            CaveatKind::NoMasks => "no-masks",
            CaveatKind::StandIns => "stand-ins",
            CaveatKind::MockOutputs => "mock-outputs",
            CaveatKind::AbsentUnits => "absent-units",
            CaveatKind::Stale => "stale",
            CaveatKind::Edited => "edited",
            CaveatKind::ShortReferences => "short-references",
            CaveatKind::Version => "version",
            CaveatKind::Provider => "provider",
        }
    }
}

impl Graph {
    /// What there is to know of this plan, worst first. Of a state nothing: it is what it is.
    pub fn caveats(&self) -> Vec<Caveat> {
        if self.plan.kind != DocumentKind::Plan {
            return Vec::new();
        }
        let mut all = self.making();
        all.extend(self.trimming());
        let names = |found: &Found| found.variables.iter().cloned().collect();
        let of_values = [
            (CaveatKind::StandIns, names(self.stand_ins())),
            (CaveatKind::MockOutputs, names(self.mock_outputs())),
            (CaveatKind::Provider, self.unknown_attributes()),
        ];
        all.extend(
            of_values.into_iter().filter(|(_, details): &(_, Vec<String>)| !details.is_empty()),
        );
        all.extend(self.versions());
        let mut all: Vec<Caveat> =
            all.into_iter().map(|(kind, details)| Caveat { kind, details }).collect();
        all.sort();
        all
    }

    /// What was asked of Terraform, and what came of it.
    fn making(&self) -> Vec<(CaveatKind, Vec<String>)> {
        let plan = &self.plan;
        let mut all = Vec::new();
        let mut note = |is_it: bool, kind, details| {
            if is_it {
                all.push((kind, details));
            }
        };
        // `complete` is false for these three reasons and no other.
        let is_targeted = !plan.complete && !plan.errored && plan.about.deferred == 0;
        note(plan.errored, CaveatKind::Errored, Vec::new());
        note(is_targeted, CaveatKind::Targeted, Vec::new());
        let deferred = plan.about.deferred;
        note(deferred > 0, CaveatKind::Deferred, vec![deferred.to_string()]);
        note(!self.unplanned().is_empty(), CaveatKind::Unplanned, self.unplanned().to_vec());
        note(self.is_refresh_only(), CaveatKind::RefreshOnly, Vec::new());
        note(self.is_destroy(), CaveatKind::Destroy, Vec::new());
        all
    }

    /// What Terraform always writes and this plan lacks.
    fn trimming(&self) -> Vec<(CaveatKind, Vec<String>)> {
        let about = &self.plan.about;
        let mut all = Vec::new();
        if !about.has_configuration {
            all.push((CaveatKind::NoConfiguration, Vec::new()));
        }
        if about.unmasked > 0 {
            all.push((CaveatKind::NoMasks, vec![about.unmasked.to_string()]));
        }
        all
    }

    fn versions(&self) -> Vec<(CaveatKind, Vec<String>)> {
        let plan = &self.plan;
        let format = versions::minor(&plan.about.format_version);
        let (program, known) = match self.is_opentofu() {
            true => ("OpenTofu", versions::OPENTOFU),
            false => ("Terraform", versions::TERRAFORM),
        };
        let mut newer = Vec::new();
        if versions::minor(&plan.terraform_version).is_some_and(|version| version > known) {
            newer.push(format!("{program} {}", plan.terraform_version));
        }
        if format.is_some_and(|format| format > versions::FORMAT) {
            newer.push(format!("format {}", plan.about.format_version));
        }
        let mut all = Vec::new();
        if !newer.is_empty() {
            all.push((CaveatKind::Version, newer));
        }
        // Hand-written plans call their format 0.1 or nothing at all.
        let is_old = format.is_some_and(|format| format < versions::WHOLE_REFERENCES);
        if is_old && versions::minor(&plan.terraform_version).is_some_and(|it| it < (1, 1)) {
            all.push((CaveatKind::ShortReferences, vec![plan.terraform_version.clone()]));
        }
        all
    }

    /// Both programs write their version under the same key.
    fn is_opentofu(&self) -> bool {
        let mut all = (0..self.plan.len() as ResId).map(|id| self.plan.resource(id).provider);
        all.any(|provider| self.plan.str(provider).starts_with("registry.opentofu.org/"))
    }

    /// Top-level attributes of known types that the tables do not have, as `aws_vpc.region`. One
    /// instance speaks for its type: they all have the same attributes.
    fn unknown_attributes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for type_ in self.plan.types() {
            let all = self.plan.of_type(type_).iter().map(|id| self.plan.resource(*id));
            for mode in [Mode::Managed, Mode::Data] {
                let schema = match mode {
                    Mode::Managed => schema::resource(type_),
                    Mode::Data => schema::data(type_),
                };
                let resource = all.clone().find(|resource| resource.mode == mode);
                let (Some(schema), Some(resource)) = (schema, resource) else { continue };
                let values = self.plan.planned(resource).value;
                let names = values.into_iter().flat_map(|value| value.entries());
                let data = if mode == Mode::Data { "data." } else { "" };
                let unknown = names.filter(|(name, _)| schema.attribute([*name]).is_none());
                found.extend(unknown.map(|(name, _)| format!("{data}{type_}.{name}")));
            }
        }
        found.sort();
        found
    }
}
