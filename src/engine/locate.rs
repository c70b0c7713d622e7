//! Where findings stand in the source, looked up for those that are reported.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    lint::{Caveat, CaveatKind, Finding, InputInfo, Place, SourceProblem, SourceSpan},
    source::{Difference, Origin},
};

/// The source of each document judged, by unit.
pub type Origins = BTreeMap<String, Arc<Origin>>;

/// Gives each finding, what it is related to, and its cause the lines of the source that say it.
pub fn locate(findings: Vec<&mut Finding>, origins: &Origins) {
    findings.into_par_iter().for_each(|finding| {
        let of = |place: &Place| span(place, place.attribute.as_deref(), origins);
        finding.source = span(&finding.place, finding.source_path(), origins);
        for related in &mut finding.related {
            related.source = of(&related.place);
        }
        if let Some(cause) = &mut finding.cause {
            cause.source = of(&cause.place);
        }
    });
}

/// What could not be read of the source, as far as anybody asked for it.
pub fn unread(origins: &Origins) -> Vec<SourceProblem> {
    let all: BTreeSet<SourceProblem> =
        origins.values().flat_map(|origin| origin.problems()).collect();
    all.into_iter().collect()
}

/// Says of plans that their source is of another version, or has changed since, as far as it was
/// read.
pub fn compare(inputs: &mut [InputInfo], origins: &Origins) {
    for input in inputs {
        let Some(origin) = origins.get(&input.unit) else { continue };
        let words = |it: Difference| match it.only_in_plan {
            true => format!("{} (only in the plan)", it.address),
            false => format!("{} (only in the source)", it.address),
        };
        let differences: Vec<String> = origin.differences().into_iter().map(words).collect();
        let found = [(CaveatKind::Stale, differences), (CaveatKind::Edited, origin.edits())];
        let found = found.into_iter().filter(|(_, details)| !details.is_empty());
        for (kind, details) in found {
            note(&mut input.caveats, kind, details);
        }
        input.caveats.sort();
    }
}

/// Adds to what another look at the source told.
fn note(caveats: &mut Vec<Caveat>, kind: CaveatKind, details: Vec<String>) {
    match caveats.iter_mut().find(|it| it.kind == kind) {
        None => caveats.push(Caveat { kind, details }),
        Some(known) => {
            let all: BTreeSet<String> = known.details.drain(..).chain(details).collect();
            known.details = all.into_iter().collect();
        }
    }
}

fn span(place: &Place, path: Option<&str>, origins: &Origins) -> Option<SourceSpan> {
    let tree = origins.get(&place.unit)?.tree()?;
    let found = tree.locate(&place.address, path)?;
    let (span, precision) = (found.span, found.precision);
    Some(SourceSpan {
        path: span.path,
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        precision,
    })
}
