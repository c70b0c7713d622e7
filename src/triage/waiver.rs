//! Waivers of the configuration, ready to be held against findings.

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;

use crate::{
    config::{self, Config, ConfigError},
    lint::{FileLine, Place},
};

use super::AddressGlob;

/// Accepts the findings of one rule in some places, for a reason.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Where it stands.
    pub at: FileLine,
    /// Id of the rule.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Last day of its validity.
    pub until: Option<Date>,
    address: Option<AddressGlob>,
    unit: Option<GlobMatcher>,
}

impl Waiver {
    /// Reads one. `path` is the configuration as it should be shown.
    ///
    /// # Errors
    /// Where a glob is none, at its place in the file.
    pub fn new(
        config: &Config,
        path: &str,
        written: &config::Waiver,
    ) -> Result<Waiver, ConfigError> {
        let address = written.address.as_ref().map(|glob| {
            AddressGlob::new(glob.get_ref())
                .map_err(|message| config.error(glob.span(), format!("`address`: {message}")))
        });
        let unit = written.unit.as_ref().map(|glob| {
            let mut builder = GlobBuilder::new(glob.get_ref());
            // `live/network{,/*}` is about the unit itself, too.
            let built = builder.literal_separator(true).empty_alternates(true).build();
            let wrong = |error: globset::Error| {
                let message = format!("`unit`: `{}`: {}", glob.get_ref(), error.kind());
                config.error(glob.span(), message)
            };
            built.map(|glob| glob.compile_matcher()).map_err(wrong)
        });
        Ok(Waiver {
            at: FileLine { path: path.to_owned(), line: written.line },
            rule: written.rule.get_ref().clone(),
            reason: written.reason.clone(),
            until: written.until,
            address: address.transpose()?,
            unit: unit.transpose()?,
        })
    }

    /// Whether it is about a unit.
    pub(super) fn holds_in(&self, unit: &str) -> bool {
        self.unit.as_ref().is_none_or(|glob| glob.is_match(unit))
    }

    /// Whether it is about a place.
    pub(super) fn covers(&self, place: &Place) -> bool {
        let address = self.address.as_ref();
        self.holds_in(&place.unit) && address.is_none_or(|glob| glob.is_match(&place.address))
    }

    /// Whether its last day is over.
    pub(super) fn is_over(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}
