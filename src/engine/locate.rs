//! Where findings stand in the source, looked up for those that are reported.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    lint::{Finding, Place, SourceProblem, SourceSpan},
    source::Origin,
};

/// The source of each document judged, by unit.
pub type Origins = BTreeMap<String, Arc<Origin>>;

/// Gives each finding, what it is related to, and its cause the lines of the source that say it.
pub fn locate(findings: Vec<&mut Finding>, origins: &Origins) {
    findings.into_par_iter().for_each(|finding| {
        finding.source = span(&finding.place, origins);
        for related in &mut finding.related {
            related.source = span(&related.place, origins);
        }
        if let Some(cause) = &mut finding.cause {
            cause.source = span(&cause.place, origins);
        }
    });
}

/// What could not be read of the source, as far as anybody asked for it.
pub fn unread(origins: &Origins) -> Vec<SourceProblem> {
    let all: BTreeSet<SourceProblem> =
        origins.values().flat_map(|origin| origin.problems()).collect();
    all.into_iter().collect()
}

fn span(place: &Place, origins: &Origins) -> Option<SourceSpan> {
    let tree = origins.get(&place.unit)?.tree()?;
    let found = tree.locate(&place.address, place.attribute.as_deref())?;
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
