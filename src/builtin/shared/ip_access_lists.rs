//! IP access lists of workspaces: which are in force, and which addresses they hold, across plans.

use crate::{
    aws::Range,
    estate::{Cell, Row, Rows},
    facts::{
        ranges,
        schema::{self, Attribute, Nesting},
        workspace_conf::ip_access_lists_hold,
    },
    graph::{End, Hit, Scope, Val, View},
    lint::PlanCx,
    plan::{Mode, Step, Tri},
};

use super::workspaces::Places;

/// Their type.
pub const TYPE: &str = "databricks_ip_access_list";
/// The argument that holds their addresses.
pub const ENTRIES: &str = "ip_addresses";
/// A `databricks_ip_access_list`. Cells: `label`, `type`, `enabled` (an answer), `entries` (a list), `open`:
/// whether it may have other entries than are seen; `named`: how many it names, where they are not seen; and those
/// of [`Places::put`].
pub const KIND: &str = "ip-access-list";

/// What a list does with its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Lets them in, and nobody else.
    Allow,
    /// Keeps them out, whatever else lets them in.
    Block,
}

impl Effect {
    /// As the API calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "ALLOW",
            Effect::Block => "BLOCK",
        }
    }
}

/// Takes a row of each.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "IP access lists", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    let places = Places::default();
    for it in cx.of(TYPE).filter(|it| it.deposed().is_none()) {
        let list = it.get(ENTRIES);
        let row = rows
            .add(KIND, it)
            .with("label", it.get("label"))
            .with("type", it.get("list_type"))
            .with("enabled", it.get("enabled").flag(true))
            .with("entries", Cell::List(list.items().map(Cell::from).collect()))
            .with("open", is_open(&list))
            .with(
                "named",
                named(&list).map_or(Cell::Unset, |count| Cell::Known(count.to_string())),
            );
        places.put(row, it);
    }
}

/// Whether a list may have other entries than are known.
fn is_open(list: &View<'_>) -> Tri {
    let unknown = |view: &View<'_>| match view.val() {
        Val::Unknown(cause) => view.maybe(cause),
        _ => Tri::No,
    };
    unknown(list) | Tri::any(list.items().map(|item| unknown(&item)))
}

/// How many entries a list names that is not known as a whole: a reference to one value is one entry. None
/// where one leads to a list, or to what the plan does not show.
fn named(list: &View<'_>) -> Option<usize> {
    let Val::Unknown(_) = list.val() else { return None };
    list.written_elements().or_else(|| {
        let hits = list.hits();
        let is_one = |hit: &Hit| is_one_value(list.res().scope(), hit);
        (!hits.is_empty() && hits.iter().all(is_one)).then_some(hits.len())
    })
}

/// Whether a reference leads to a value that is no list. A splat keeps no attribute: it has one value of each
/// instance where nothing of the type is a list.
fn is_one_value(scope: &Scope<'_>, hit: &Hit) -> bool {
    let End::Resource(id) = hit.end else { return false };
    let res = scope.res(id);
    let is_list = |it: Attribute| matches!(it.nesting, Some(Nesting::List | Nesting::Set));
    let Some(of_type) = schema::resource(res.type_()).filter(|_| res.mode() == Mode::Managed)
    else {
        return false;
    };
    match hit.attribute.first().and_then(Step::name) {
        None => !of_type.attributes().any(|(_, it)| is_list(it) && !it.is_block()),
        Some(name) => of_type.attribute([name]).is_some_and(|it| it.nesting.is_none()),
    }
}

/// The addresses of an entry, which is an address or a range; none where a text is neither.
pub fn read(entry: &str) -> Option<Range> {
    Range::parse_any(entry)
}

/// Whether none of these addresses is routed in the internet.
pub fn is_private(range: Range) -> bool {
    let of_table = |text: &&str| Range::parse(text).is_some_and(|other| other.covers(range));
    ranges::NOT_PUBLIC.iter().any(of_table)
}

/// Whether lists can hold it.
pub fn can_hold(range: Range) -> bool {
    ip_access_lists_hold(range.is_v6())
}

/// Whether what is not known yet is an address that AWS gives to one object, such as that of a NAT
/// gateway.
pub fn is_of_object(view: &View<'_>) -> bool {
    let scope = view.res().scope();
    let hits = view.sources();
    let is_own = |end: &End| match end {
        End::Resource(id) => ranges::is_own(scope.res(*id).type_()),
        _ => false,
    };
    !hits.is_empty() && hits.iter().all(|hit| is_own(&hit.end))
}

/// The entries of a row, as written.
pub fn entries(row: &Row) -> impl Iterator<Item = &str> {
    let list = match row.cell("entries") {
        Cell::List(list) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|cell| match cell {
        Cell::Known(text) => Some(text.as_str()),
        _ => None,
    })
}

/// How many entries a row has at least.
pub fn count(row: &Row) -> usize {
    match row.cell("entries") {
        Cell::List(list) => list.len(),
        _ => 0,
    }
}

/// How many entries a row has at most; none where the plan does not tell.
pub fn most(row: &Row) -> Option<usize> {
    // Only a list that is not known as a whole may be longer than it looks.
    match (count(row), row.tri("open")) {
        (0, Tri::Yes | Tri::Maybe) => row.text("named")?.parse().ok(),
        (count, _) => Some(count),
    }
}

/// Whether a row has that effect, and is in force.
pub fn has(row: &Row, effect: Effect) -> Tri {
    row.cell("type").same(&Cell::Known(effect.as_str().to_owned())) & row.tri("enabled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_addresses_or_ranges() {
        assert_eq!(read("203.0.113.7"), Range::parse("203.0.113.7/32"));
        assert_eq!(read("203.0.113.0/24"), Range::parse("203.0.113.0/24"));
        assert_eq!(read("office"), None);
    }

    #[test]
    fn private_ranges() {
        for (text, wanted) in [
            ("10.0.0.0/8", true),
            ("172.16.0.0/12", true),
            ("172.0.0.0/8", false),
            ("0.0.0.0/0", false),
            ("fd00::/8", true),
            ("2001:db8::/32", false),
        ] {
            assert_eq!(is_private(Range::parse(text).unwrap()), wanted, "{text}");
        }
    }
}
