//! What objects of two regions are called alike by: their names, not their ids.

use crate::{
    facts::{securables::named_by, twins::IDENTITIES},
    graph::Res,
};

use super::{permissions, securables, twins::told};

/// What is called the same in every workspace, and which permissions are about: a path, tokens.
pub const PLACES: &str = "place-of-each-workspace";

/// What permissions or a grant are about.
#[derive(Debug)]
pub struct About {
    /// Its kind and name, as in `job nightly`.
    pub name: String,
    /// Type and name, where it may be compared as an object of its own; [`PLACES`] of what each workspace has.
    pub object: Option<(&'static str, String)>,
}

/// What an instance is called, by the attributes that name its type.
pub fn name_of(it: Res<'_>) -> Option<String> {
    const CLUSTER: &[&str] = &["cluster_name"];
    let type_ = it.type_();
    let known = IDENTITIES.iter().find(|(kind, _)| *kind == type_).map(|(_, parts)| *parts);
    let parts = known.or((type_ == "databricks_cluster").then_some(CLUSTER))?;
    let names = parts.iter().map(|part| told(&it.get(part)));
    Some(names.collect::<Option<Vec<_>>>()?.join("."))
}

/// What a `databricks_permissions` is about: by its name where it is an object of the plan, by its path, or what
/// there is one of in each workspace. Ids differ from region to region.
pub fn of_permissions(it: Res<'_>) -> Option<About> {
    let about = permissions::about(it)?;
    let kind = about.object.kind;
    if about.argument == "authorization" || about.argument.ends_with("_path") {
        let place = told(&about.value)?;
        return Some(About { name: format!("{kind} {place}"), object: Some((PLACES, place)) });
    }
    let object = about.value.target(about.object.types).here()?;
    let name = name_of(object)?;
    let type_ = IDENTITIES.iter().map(|(type_, _)| *type_).find(|it| *it == object.type_());
    Some(About { name: format!("{kind} {name}"), object: type_.map(|type_| (type_, name)) })
}

/// On what a `databricks_grant` or a `databricks_grants` is.
pub fn of_grant(it: Res<'_>) -> Option<About> {
    let kind = securables::of_grant(it)?;
    let name = told(&it.get(kind))?;
    let object = named_by(kind).map(|type_| (type_, name.clone()));
    Some(About { name: format!("{kind} {name}"), object })
}

/// To whom a `databricks_grant` is, in lower case.
pub fn grantee(it: Res<'_>) -> Option<String> {
    told(&it.get("principal")).map(|who| who.to_lowercase())
}
