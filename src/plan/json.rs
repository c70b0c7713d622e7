//! Terraform's own key names: the only file that knows how a plan or a state is written.
//!
//! Every field is optional, because fields came with versions and people trim their plans.
//! Values stay raw: they are parsed when somebody asks.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use serde_json::value::RawValue;

/// A string that borrows from the document unless it holds escapes, inside `Option` too.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Str<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct StrVisitor;
        impl<'de> Visitor<'de> for StrVisitor {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(value)))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(value.to_owned())))
            }
        }
        reader.deserialize_str(StrVisitor)
    }
}

pub(crate) type Raw<'a> = Option<&'a RawValue>;

/// A plan document, or a state document (which has `values`).
#[derive(Deserialize, Default)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Document<'a> {
    #[serde(default)]
    pub(crate) format_version: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) terraform_version: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) variables: Option<BTreeMap<Str<'a>, Variable<'a>>>,
    #[serde(default)]
    pub(crate) resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(default)]
    pub(crate) resource_drift: Option<Vec<ResourceChange<'a>>>,
    #[serde(default)]
    pub(crate) deferred_changes: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(default)]
    pub(crate) output_changes: Option<BTreeMap<Str<'a>, ChangeShape<'a>>>,
    #[serde(default)]
    pub(crate) prior_state: Option<State<'a>>,
    #[serde(default, borrow)]
    pub(crate) planned_values: Raw<'a>,
    #[serde(default)]
    pub(crate) configuration: Option<Configuration<'a>>,
    #[serde(default)]
    pub(crate) complete: Option<bool>,
    #[serde(default)]
    pub(crate) errored: Option<bool>,
    #[serde(default)]
    pub(crate) values: Option<Values<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Variable<'a> {
    #[serde(default, borrow)]
    pub(crate) value: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ResourceChange<'a> {
    #[serde(default)]
    pub(crate) address: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) previous_address: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) module_address: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) mode: Option<Str<'a>>,
    #[serde(default, rename = "type")]
    pub(crate) type_: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) index: Option<Index<'a>>,
    #[serde(default)]
    pub(crate) provider_name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) deposed: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) change: Option<ChangeShape<'a>>,
    #[serde(default)]
    pub(crate) action_reason: Option<Str<'a>>,
}

/// `null` where a list or an object is expected, which trimmed plans have.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    reader: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(reader).map(Option::unwrap_or_default)
}

/// An instance key: a number of `count`, a string of `for_each`.
pub(crate) enum Index<'a> {
    Int(i64),
    Text(Str<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Index<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct IndexVisitor;
        impl<'de> Visitor<'de> for IndexVisitor {
            type Value = Index<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instance key (number or string)")
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Index<'de>, E> {
                Ok(Index::Int(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Index<'de>, E> {
                Ok(Index::Int(i64::try_from(value).unwrap_or(i64::MAX)))
            }
            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Index<'de>, E> {
                Ok(Index::Text(Str(Cow::Borrowed(value))))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Index<'de>, E> {
                Ok(Index::Text(Str(Cow::Owned(value.to_owned()))))
            }
        }
        reader.deserialize_any(IndexVisitor)
    }
}

#[derive(Deserialize, Default)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ChangeShape<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) actions: Vec<Str<'a>>,
    #[serde(default, borrow)]
    pub(crate) before: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) after: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) after_unknown: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) before_sensitive: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) after_sensitive: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) replace_paths: Raw<'a>,
    #[serde(default)]
    pub(crate) importing: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct State<'a> {
    #[serde(default)]
    pub(crate) values: Option<Values<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Values<'a> {
    #[serde(default)]
    pub(crate) outputs: Option<BTreeMap<Str<'a>, OutputValue<'a>>>,
    #[serde(default)]
    pub(crate) root_module: Option<StateModule<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct OutputValue<'a> {
    #[serde(default)]
    pub(crate) sensitive: Option<bool>,
    #[serde(default, borrow)]
    pub(crate) value: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct StateModule<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<StateResource<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) child_modules: Vec<StateModule<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct StateResource<'a> {
    #[serde(default)]
    pub(crate) address: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) mode: Option<Str<'a>>,
    #[serde(default, rename = "type")]
    pub(crate) type_: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) index: Option<Index<'a>>,
    #[serde(default)]
    pub(crate) provider_name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) deposed_key: Option<Str<'a>>,
    #[serde(default, borrow)]
    pub(crate) values: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) sensitive_values: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Configuration<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) provider_config: BTreeMap<Str<'a>, ProviderConfig<'a>>,
    #[serde(default)]
    pub(crate) root_module: Option<Module<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ProviderConfig<'a> {
    #[serde(default)]
    pub(crate) name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) alias: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) version_constraint: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) module_address: Option<Str<'a>>,
    #[serde(default, borrow)]
    pub(crate) expressions: Raw<'a>,
}

#[derive(Deserialize, Default)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Module<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) outputs: BTreeMap<Str<'a>, Output<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<ConfigResource<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) module_calls: BTreeMap<Str<'a>, ModuleCall<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) variables: BTreeMap<Str<'a>, ConfigVariable<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Output<'a> {
    #[serde(default, borrow)]
    pub(crate) expression: Raw<'a>,
    #[serde(default)]
    pub(crate) sensitive: Option<bool>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) depends_on: Vec<Str<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ModuleCall<'a> {
    #[serde(default)]
    pub(crate) source: Option<Str<'a>>,
    #[serde(default, borrow)]
    pub(crate) expressions: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) count_expression: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) for_each_expression: Raw<'a>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) depends_on: Vec<Str<'a>>,
    #[serde(default)]
    pub(crate) module: Option<Module<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ConfigVariable<'a> {
    #[serde(default, borrow)]
    pub(crate) default: Raw<'a>,
    #[serde(default)]
    pub(crate) sensitive: Option<bool>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ConfigResource<'a> {
    #[serde(default)]
    pub(crate) mode: Option<Str<'a>>,
    #[serde(default, rename = "type")]
    pub(crate) type_: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) name: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) provider_config_key: Option<Str<'a>>,
    #[serde(default, borrow)]
    pub(crate) provisioners: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) expressions: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) count_expression: Raw<'a>,
    #[serde(default, borrow)]
    pub(crate) for_each_expression: Raw<'a>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) depends_on: Vec<Str<'a>>,
}

/// What a document's state records of dependencies, and nothing else of it.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct Recorded<'a> {
    #[serde(default)]
    pub(crate) prior_state: Option<RecordedState<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct RecordedState<'a> {
    #[serde(default)]
    pub(crate) values: Option<RecordedValues<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct RecordedValues<'a> {
    #[serde(default)]
    pub(crate) root_module: Option<RecordedModule<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct RecordedModule<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<RecordedResource<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) child_modules: Vec<RecordedModule<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct RecordedResource<'a> {
    #[serde(default)]
    pub(crate) address: Option<Str<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) depends_on: Vec<Str<'a>>,
}
