//! `[[waiver]]`: findings that are accepted, by rule and place, for a reason.

use std::{collections::BTreeMap, ops::Range};

use jiff::civil::Date;
use toml::Spanned;

use super::{Config, ConfigError};

/// A table as written, with the place of each key and value; its own place is its header.
pub(super) type Table = Spanned<BTreeMap<Spanned<String>, Spanned<toml::Value>>>;

/// One `[[waiver]]`, whole. What its texts name is not known here.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Id of the rule.
    pub rule: Spanned<String>,
    /// Which addresses, as a glob.
    pub address: Option<Spanned<String>>,
    /// Which units, as a glob.
    pub unit: Option<Spanned<String>>,
    /// Why; never blank.
    pub reason: String,
    /// Last day of its validity.
    pub until: Option<Date>,
    /// Line of its header, from 1.
    pub line: usize,
}

/// The form of a day, in the file and on the command line.
pub const DAY: &str = "a day such as 2026-12-31";

/// Reads a day.
pub fn day(text: &str) -> Option<Date> {
    // The parser takes times as well; ten characters are a day and no more.
    if text.len() == 10 { text.parse().ok() } else { None }
}

/// What was read of a waiver so far.
#[derive(Default)]
struct Fields {
    texts: BTreeMap<&'static str, Spanned<String>>,
    until: Option<Date>,
}

/// Keys whose values are texts.
const TEXTS: [&str; 4] = ["rule", "address", "unit", "reason"];

impl Config {
    /// Reads one `[[waiver]]`.
    pub(super) fn waiver(&self, table: Table) -> Result<Waiver, ConfigError> {
        let header = table.span();
        let mut fields = Fields::default();
        for (key, value) in table.into_inner() {
            self.waiver_key(&mut fields, &key, value)?;
        }
        let mut needed = |name, advice: &str| {
            let missing =
                || self.error(header.clone(), format!("a waiver needs a `{name}`: {advice}"));
            fields.texts.remove(name).ok_or_else(missing)
        };
        let rule = needed("rule", "the id of the rule that it is about")?;
        let reason = needed("reason", "say why the finding is accepted")?.into_inner();
        let (address, unit) = (fields.texts.remove("address"), fields.texts.remove("unit"));
        if address.is_none() && unit.is_none() {
            let message = "a waiver needs an `address` or a `unit`: say where it holds; a rule that \
                           is wanted nowhere goes into `ignore`";
            return Err(self.error(header, message));
        }
        let line = self.position(header.start).0;
        Ok(Waiver { rule, address, unit, reason, until: fields.until, line })
    }

    fn waiver_key(
        &self,
        fields: &mut Fields,
        key: &Spanned<String>,
        value: Spanned<toml::Value>,
    ) -> Result<(), ConfigError> {
        let name = key.get_ref().as_str();
        if name == "until" {
            fields.until = Some(self.until(&value)?);
            return Ok(());
        }
        let Some(name) = TEXTS.into_iter().find(|known| *known == name) else {
            let message = format!(
                "a waiver has no `{name}`; it has `rule`, `address`, `unit`, `reason` and `until`"
            );
            return Err(self.error(key.span(), message));
        };
        let span = value.span();
        let text = self.text(name, &span, value.into_inner())?;
        fields.texts.insert(name, Spanned::new(span, text));
        Ok(())
    }

    fn text(
        &self,
        name: &str,
        span: &Range<usize>,
        value: toml::Value,
    ) -> Result<String, ConfigError> {
        let wrong = |message: String| Err(self.error(span.clone(), message));
        match value {
            toml::Value::String(text) if text.trim().is_empty() && name == "reason" => {
                wrong("the `reason` is blank: say why the finding is accepted".to_owned())
            }
            toml::Value::String(text) if text.is_empty() => {
                wrong(format!("the `{name}` is empty: name one, or leave the key out"))
            }
            toml::Value::String(text) => Ok(text),
            other => wrong(format!("`{name}` takes one text, not {}", described(&other))),
        }
    }

    fn until(&self, value: &Spanned<toml::Value>) -> Result<Date, ConfigError> {
        let text = match value.get_ref() {
            toml::Value::Datetime(it) => it.to_string(),
            toml::Value::String(text) => text.clone(),
            _ => String::new(),
        };
        day(&text).ok_or_else(|| self.error(value.span(), format!("`until` is {DAY}")))
    }
}

fn described(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::Array(_) => "a list: write one waiver for each",
        toml::Value::Boolean(_) => "a boolean",
        toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
        toml::Value::Datetime(_) => "a date",
        toml::Value::String(_) | toml::Value::Table(_) => "a table",
    }
}
