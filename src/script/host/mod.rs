//! The functions that a script has: properties are Terraform's attributes, methods are ours.

mod blocks;
mod change;
mod clusters;
mod compare;
pub(super) mod costs;
mod list;
pub mod manual;
mod names;
mod null;
mod relation;
mod resource;
mod text;
mod unknown;

use std::{collections::BTreeSet, sync::LazyLock};

use rhai::{
    Dynamic, FuncRegistration, ImmutableString, Module, NativeCallContext, RhaiNativeFunc, Shared,
    Variant,
};

use super::{
    cx::{Host, Result, object},
    session::Closure,
    values::{List, Node, Sensitive, Unknown},
};

pub(super) use compare::equals;

/// Types as scripts and error messages name them.
pub(super) const UNKNOWN: &str = "Unknown";
/// See [`UNKNOWN`].
pub(super) const SENSITIVE: &str = "Sensitive";

/// Everything that the host gives to scripts. Made once, and shared by all engines.
pub(super) static HOST: LazyLock<Shared<Module>> = LazyLock::new(|| {
    let mut host = Registry(Module::new());
    host.0
        .set_custom_type::<Node>("Resource")
        .set_custom_type::<List>("List")
        .set_custom_type::<resource::Provider>("Provider")
        .set_custom_type::<Unknown>(UNKNOWN)
        .set_custom_type::<Sensitive>(SENSITIVE);
    blocks::register(&mut host);
    change::register(&mut host);
    clusters::register(&mut host);
    compare::register(&mut host);
    costs::register(&mut host);
    list::register(&mut host);
    names::register(&mut host);
    null::register(&mut host);
    relation::register(&mut host);
    resource::register(&mut host);
    text::register(&mut host);
    unknown::register(&mut host);
    host.0.into()
});

/// Getters for the properties that a script names. Without them Rhai builds an error for each
/// property before it asks the indexer: half the time of a short policy.
pub(super) fn getters(names: &BTreeSet<String>) -> Shared<Module> {
    let mut host = Registry(Module::new());
    for name in names {
        let shared = ImmutableString::from(name.as_str());
        let of = |name: &ImmutableString| name.clone();
        let (node, list, unknown, veiled, provider) =
            (of(&shared), of(&shared), of(&shared), of(&shared), shared);
        host.getter(name, move |cx: NativeCallContext<'_>, it: &mut Node| {
            resource::property(&cx, it, &node)
        })
        .getter(name, move |cx: NativeCallContext<'_>, it: &mut List| {
            list::of_only_block(cx, it, &list)
        })
        .getter(name, move |it: &mut Unknown| unknown::member(it, &unknown))
        .getter(name, move |it: &mut Sensitive| unknown::member(&it.veiled(), &veiled))
        .getter(name, move |cx: NativeCallContext<'_>, it: &mut resource::Provider| {
            resource::argument(cx, it, &provider)
        })
        .getter(name, |(): &mut ()| ());
    }
    host.0.into()
}

/// A module under construction, with the methods that an engine has for the same.
struct Registry(Module);

impl Registry {
    fn register_fn<A: 'static, const N: usize, const X: bool, R, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Registry
    where
        R: Variant + Clone,
    {
        // Parameters are constants, and none of these changes what it is called on. They take it
        // by value: Rhai writes a property back after a method that takes it by reference, which
        // fails, and to find that out costs more than the method.
        let function_of = FuncRegistration::new(name).in_global_namespace().with_purity(true);
        function_of.set_into_module(&mut self.0, function);
        self
    }

    /// A method that changes what it is called on: not for constants.
    fn register_change<A: 'static, const N: usize, const X: bool, R, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Registry
    where
        R: Variant + Clone,
    {
        let function_of = FuncRegistration::new(name).in_global_namespace().with_purity(false);
        function_of.set_into_module(&mut self.0, function);
        self
    }

    fn register_indexer_get<A: 'static, const N: usize, const X: bool, R, const F: bool>(
        &mut self,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Registry
    where
        R: Variant + Clone,
    {
        FuncRegistration::new_index_getter().set_into_module(&mut self.0, function);
        self
    }

    fn getter<A: 'static, const N: usize, const X: bool, R, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Registry
    where
        R: Variant + Clone,
    {
        FuncRegistration::new_getter(name).set_into_module(&mut self.0, function);
        self
    }
}

/// A value for the script; notes what is not known.
fn hand_over(host: &Host, value: Dynamic) -> Dynamic {
    if let Some(unknown) = value.read_lock::<Unknown>() {
        host.touch(&unknown);
    }
    value
}

/// What a closure says of an element.
fn ask(cx: &NativeCallContext<'_>, question: &mut Closure<'_>, element: Dynamic) -> Result<bool> {
    let answer = question.call(element)?;
    truth(cx, &answer)
}

/// A condition: a boolean, or an unknown value that may be one.
fn truth(cx: &NativeCallContext<'_>, value: &Dynamic) -> Result<bool> {
    if let Ok(known) = value.as_bool() {
        return Ok(known);
    }
    if let Some(unknown) = value.read_lock::<Unknown>() {
        return Host::of(cx)?.decide(&unknown.key, unknown.cause, "true");
    }
    if let Some(sensitive) = value.read_lock::<Sensitive>() {
        return truth(cx, &sensitive.value);
    }
    if value.is_unit() {
        return Ok(false);
    }
    object("a condition must be true or false: compare the value with something")
}
