//! A place in a resource of a test, and what the provider says of it.

use rhai::Dynamic;
use serde_json::Value;

use super::{Mistake, Result};
use crate::{
    facts::schema::{Attribute, Form, Nesting, Scalar, Schema},
    script::absent::close_attribute,
};

/// A place in a resource of the test.
pub(super) struct Place<'a> {
    pub(super) address: &'a str,
    /// The type as rules write it.
    pub(super) of: &'a str,
    pub(super) schema: Option<Schema>,
    pub(super) path: Vec<String>,
}

impl<'a> Place<'a> {
    pub(super) fn below(&self, name: &str) -> Place<'a> {
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        Place { path, ..*self }
    }

    fn attribute(&self) -> Option<Attribute> {
        self.schema?.attribute(self.path.iter().map(String::as_str))
    }

    pub(super) fn is_block(&self, value: &Dynamic) -> bool {
        match (self.schema, self.attribute()) {
            (Some(_), Some(it)) => it.is_block(),
            (Some(_), None) => false,
            // Of a type that no table knows: a list of maps is most likely blocks.
            (None, _) => value.as_array_ref().is_ok_and(|it| it.iter().all(Dynamic::is_map)),
        }
    }

    /// A block may be written as a map, although a plan has a list of one.
    pub(super) fn as_block(&self, value: &Dynamic) -> Dynamic {
        let is_listed = self.attribute().is_some_and(|it| {
            it.is_block() && matches!(it.nesting, Some(Nesting::List | Nesting::Set))
        });
        if is_listed && value.is_map() { vec![value.clone()].into() } else { value.clone() }
    }

    /// Whether one value that is not known makes the whole list, set or map unknown. The SDK under
    /// most resources of these providers does that to collections of plain values (seen in plans of
    /// aws 5.100.0 and databricks 1.128.0: `subnet_ids = [aws_subnet.a.id, "x"]`,
    /// `custom_tags = { Team = "a", Id = random_integer.x.result }`). Data sources, and attributes
    /// with attributes of their own, keep what is known.
    pub(super) fn is_all_or_nothing(&self) -> bool {
        let has_sdk = ["aws_", "databricks_"].iter().any(|it| self.of.starts_with(it));
        let is_plain = |it: Attribute| {
            let form = matches!(it.form, Form::Plain | Form::Field);
            form && it.nesting.is_some() && it.scalar != Scalar::Other
        };
        has_sdk && self.attribute().is_some_and(is_plain)
    }

    pub(super) fn is_set(&self) -> bool {
        self.attribute().is_some_and(Attribute::is_set)
    }

    /// As the provider types it: `port: 443` is a text where the provider says so.
    pub(super) fn typed(&self, value: Value) -> Value {
        let Some(scalar) = self.scalar() else { return value };
        match (scalar, &value) {
            (Scalar::String, Value::Number(number)) => number.to_string().into(),
            (Scalar::String, Value::Bool(flag)) => flag.to_string().into(),
            (Scalar::Number, Value::String(text)) => {
                text.parse::<i64>().map_or(value.clone(), Value::from)
            }
            (Scalar::Bool, Value::String(text)) => {
                text.parse::<bool>().map_or(value.clone(), Value::from)
            }
            _ => value,
        }
    }

    /// The type of plain values here, or of a map's or list's that they stand in.
    fn scalar(&self) -> Option<Scalar> {
        let above = || {
            let parent = &self.path[..self.path.len().saturating_sub(1)];
            self.schema?
                .attribute(parent.iter().map(String::as_str))
                .filter(|it| it.nesting.is_some())
        };
        self.attribute().or_else(above).map(|it| it.scalar)
    }

    /// A test with a misspelt attribute would prove nothing.
    pub(super) fn is_known_to_the_provider(&self) -> Result<()> {
        let Some(schema) = self.schema else { return Ok(()) };
        let (Some(name), parent) =
            (self.path.last(), &self.path[..self.path.len().saturating_sub(1)])
        else {
            return Ok(());
        };
        let above = schema.attribute(parent.iter().map(String::as_str));
        let takes_names = parent.is_empty()
            || above.is_some_and(|it| matches!(it.form, Form::Block | Form::Nested));
        if !takes_names || self.attribute().is_some() {
            return Ok(());
        }
        let message =
            format!("`{}` of the test has no attribute `{}`", self.address, self.path.join("."));
        Err(Mistake::new(message).at(name).meant(close_attribute(self.of, parent, name)))
    }
}
