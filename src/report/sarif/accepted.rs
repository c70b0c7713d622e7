//! Accepted findings as SARIF has them: suppressed results.

use super::{
    MAX_CHARS, Writer,
    log::{Artifact, Notification, PhysicalLocation, Place, Region, Suppression, Text},
    text, unlinked, uri,
};
use crate::lint::{Accepted, By, FileLine};

impl Writer<'_> {
    /// What is said about a result: nothing where no result of the run is suppressed.
    pub(super) fn suppressions(&self, accepted: Option<&Accepted>) -> Option<Vec<Suppression>> {
        let all = accepted.iter().map(|it| self.suppression(it)).collect();
        (!self.listed_accepted().is_empty()).then_some(all)
    }

    fn suppression(&self, accepted: &Accepted) -> Suppression {
        let in_source = accepted.by == By::Comment;
        Suppression {
            kind: if in_source { "inSource" } else { "external" },
            status: "accepted",
            justification: justification(accepted),
            location: self.place(&accepted.at),
        }
    }

    fn place(&self, at: &FileLine) -> Option<Place> {
        let uri = uri(&self.paths.relative(&at.path)?);
        let start_line = u32::try_from(at.line).ok()?;
        let region = Region { start_line, start_column: None, end_line: None, end_column: None };
        let artifact_location = Artifact { uri };
        Some(Place { physical_location: PhysicalLocation { artifact_location, region } })
    }

    /// How many results are missing because they were not wanted.
    pub(super) fn omitted(&self) -> Option<Notification> {
        let missing = self.outcome.accepted.len() - self.listed_accepted().len();
        let text = format!("{} left out.", text::count(missing, "accepted finding"));
        (missing > 0).then_some(Notification {
            descriptor: None,
            level: "note",
            message: Text { text },
            properties: None,
        })
    }
}

/// The reason, with its end; for a baseline, which has none, what it is.
fn justification(accepted: &Accepted) -> String {
    let until = accepted.until.map(|day| format!(" (until {day})")).unwrap_or_default();
    let reason = match &accepted.reason {
        Some(reason) => text::message(reason, MAX_CHARS),
        None => "accepted as it is: it stands in the baseline".into(),
    };
    unlinked(&format!("{reason}{until}"))
}
