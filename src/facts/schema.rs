//! What the providers declare about their attributes: what an author sets, what is computed, what
//! is masked.
//!
//! Source: `terraform providers schema -json` of aws 5.100.0 (the types that matter here),
//! databricks 1.128.0, time 0.14.0, random 3.9.0, tls 4.2.1, null 3.3.1, local 2.9.0 and
//! http 3.6.0. A type that is not in the table is unknown: then nothing may be assumed.
//!
//! `schema.txt` holds the types, sorted, a blank line between them, and below each its attributes,
//! sorted, one space deeper a level:
//!
//! ```text
//! databricks_mws_networks
//!  account_id rs string
//!  subnet_ids o set string
//!  vpc_endpoints o block list 1
//!   rest_api r set string
//!
//! data.aws_vpc
//!  arn c string
//!
//! ephemeral.random_password
//! ```
//!
//! Flags: `r` required, `o` optional, `c` computed, `s` sensitive, `w` write-only, `d` deprecated;
//! `=` is a field of an object and has the flags of the attribute that holds the object. `block`
//! and `nested` (an attribute with attributes) name their nesting; `1` is a block of at most one.

use std::{ops::Range, sync::OnceLock};

use rustc_hash::FxHashMap;

/// The table itself.
static TEXT: &str = include_str!("schema.txt");

/// What a provider declares about one attribute or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The author must set it. A block is required if the provider wants at least one.
    pub required: bool,
    /// The author may set it. Blocks that are not required are optional.
    pub optional: bool,
    /// The provider may fill it in. Of blocks the providers do not say: an optional block may be
    /// computed too (`databricks_mws_networks.vpc_endpoints` is).
    pub computed: bool,
    /// The provider masks it.
    pub sensitive: bool,
    /// It is sent and never stored.
    pub write_only: bool,
    /// The provider wants it gone.
    pub deprecated: bool,
    /// How it is written in HCL.
    pub form: Form,
    /// How its elements are held; `None` for a plain value or object.
    pub nesting: Option<Nesting>,
    /// A block of which there is at most one, shown as a list (or set) of one in a plan.
    pub max_one: bool,
    /// The type of the value, or of an element of the list, set or map.
    pub scalar: Scalar,
}

impl Attribute {
    /// It is a block, so a configuration holds its parts and not one expression.
    pub fn is_block(self) -> bool {
        self.form == Form::Block
    }

    /// It is one text or number.
    pub fn is_text(self) -> bool {
        self.nesting.is_none() && matches!(self.scalar, Scalar::String | Scalar::Number)
    }

    /// Its elements stand in no order, so their indices in a plan mean nothing.
    pub fn is_set(self) -> bool {
        self.nesting == Some(Nesting::Set)
    }

    /// Only the provider can give it a value.
    pub fn is_computed_only(self) -> bool {
        self.computed && !self.optional && !self.required
    }
}

/// How an attribute is written in HCL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `name = value`.
    Plain,
    /// `name = { … }`, with attributes of its own that have flags.
    Nested,
    /// `name { … }`.
    Block,
    /// A field of an object-typed attribute: it has no flags but those of that attribute.
    Field,
}

/// How the elements of a collection are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object, not in a list.
    Single,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By key.
    Map,
}

/// The type of a value or of a collection's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Text.
    String,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// An object, a block or a collection in a collection.
    Other,
}

/// One resource type, data source or ephemeral resource.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    entry: &'static Entry,
}

impl Schema {
    /// What is declared at a path, given as attribute names without indices and map keys:
    /// `["vpc_endpoints", "rest_api"]`. `None` if the type has no such attribute, and below a map
    /// of plain values.
    pub fn attribute<'p>(self, path: impl IntoIterator<Item = &'p str>) -> Option<Attribute> {
        let nodes = self.entry.nodes();
        let mut children = 0..self.entry.top();
        let mut found = None;
        for name in path {
            let siblings = nodes.get(children)?;
            let node = siblings.get(siblings.binary_search_by(|node| node.name.cmp(name)).ok()?)?;
            children = node.children.start as usize..node.children.end as usize;
            found = Some(node.attribute);
        }
        found
    }

    /// The names right below a path, sorted; those of the top level for an empty one.
    pub fn below<'p>(self, path: impl IntoIterator<Item = &'p str>) -> Vec<&'static str> {
        let nodes = self.entry.nodes();
        let mut children = 0..self.entry.top();
        for name in path {
            let siblings = nodes.get(children).unwrap_or_default();
            let found = siblings.binary_search_by(|node| node.name.cmp(name)).ok();
            let Some(node) = found.and_then(|at| siblings.get(at)) else { return Vec::new() };
            children = node.children.start as usize..node.children.end as usize;
        }
        nodes.get(children).unwrap_or_default().iter().map(|node| node.name).collect()
    }

    /// The attributes and blocks of the top level with their names, sorted.
    pub fn attributes(self) -> impl Iterator<Item = (&'static str, Attribute)> {
        let nodes = self.entry.nodes();
        nodes.iter().take(self.entry.top()).map(|node| (node.name, node.attribute))
    }
}

/// The schema of a resource type.
pub fn resource(kind: &str) -> Option<Schema> {
    find(&index().resources, kind)
}

/// The schema of a data source, by its type without `data.`.
pub fn data(kind: &str) -> Option<Schema> {
    find(&index().data, kind)
}

/// The schema of an ephemeral resource, by its type without `ephemeral.`.
pub fn ephemeral(kind: &str) -> Option<Schema> {
    find(&index().ephemeral, kind)
}

/// What is declared at a path of a resource type, or of a data source given as `data.TYPE`.
pub fn attribute<'p>(kind: &str, path: impl IntoIterator<Item = &'p str>) -> Option<Attribute> {
    let schema = match kind.strip_prefix("data.") {
        Some(kind) => data(kind),
        None => resource(kind),
    };
    schema?.attribute(path)
}

/// Every resource type and data source of the table, `data.` in front of the latter.
pub fn types() -> impl Iterator<Item = &'static str> {
    let names = blocks().filter_map(|block| block.lines().next());
    names.filter(|name| !name.starts_with("ephemeral."))
}

/// The lines of each type; a blank one ends them.
fn blocks() -> impl Iterator<Item = &'static str> {
    let mut start = 0;
    memchr::memmem::find_iter(TEXT.as_bytes(), "\n\n").chain([TEXT.len()]).filter_map(move |end| {
        let block = TEXT.get(start..end);
        start = end + 2;
        block.filter(|block| !block.is_empty())
    })
}

fn find(entries: &'static Entries, kind: &str) -> Option<Schema> {
    Some(Schema { entry: entries.get(kind)? })
}

/// Where each type stands in the text.
#[derive(Debug, Default)]
struct Index {
    resources: Entries,
    data: Entries,
    ephemeral: Entries,
}

/// By type. Rules ask for it all the time, and nobody goes through it.
type Entries = FxHashMap<&'static str, Entry>;

/// One type: its lines, read when first asked for.
#[derive(Debug)]
struct Entry {
    lines: &'static str,
    parsed: OnceLock<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    nodes: Vec<Node>,
    top: usize,
}

/// One line. The children of a node stand together, sorted by name.
#[derive(Debug)]
struct Node {
    name: &'static str,
    attribute: Attribute,
    children: Range<u32>,
}

impl Entry {
    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| parse(self.lines))
    }

    fn nodes(&self) -> &[Node] {
        &self.parsed().nodes
    }

    fn top(&self) -> usize {
        self.parsed().top
    }
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::default();
        for block in blocks() {
            let (kind, lines) = block.split_once('\n').unwrap_or((block, ""));
            let (entries, kind) = if let Some(kind) = kind.strip_prefix("data.") {
                (&mut index.data, kind)
            } else if let Some(kind) = kind.strip_prefix("ephemeral.") {
                (&mut index.ephemeral, kind)
            } else {
                (&mut index.resources, kind)
            };
            entries.insert(kind, Entry { lines, parsed: OnceLock::new() });
        }
        index
    })
}

/// Level by level, so that siblings stand together.
fn parse(lines: &'static str) -> Parsed {
    let mut nodes = Vec::new();
    // Lines, depth of the wanted level, the node above it.
    let mut level: Vec<(&'static str, usize, Option<usize>)> = vec![(lines, 1, None)];
    let mut top = 0;
    while !level.is_empty() {
        let mut next = Vec::new();
        for (lines, depth, parent) in level {
            let start = nodes.len();
            let above =
                parent.and_then(|at: usize| nodes.get(at)).map(|node: &Node| node.attribute);
            for (line, below) in groups(lines, depth) {
                let (name, words) = line.split_once(' ').unwrap_or((line, ""));
                if !below.is_empty() {
                    next.push((below, depth + 1, Some(nodes.len())));
                }
                nodes.push(Node { name, attribute: read(words, above), children: 0..0 });
            }
            let end = nodes.len();
            match parent.and_then(|at| nodes.get_mut(at)) {
                Some(node) => node.children = start as u32..end as u32,
                None => top = end,
            }
        }
        level = next;
    }
    Parsed { nodes, top }
}

/// Cuts lines into those of a depth, without their indent, each with the deeper lines below it.
fn groups(lines: &'static str, depth: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let mut end = 0;
        for deeper in after.split_inclusive('\n') {
            if deeper.as_bytes().get(depth) != Some(&b' ') {
                break;
            }
            end += deeper.len();
        }
        let (below, next) = after.split_at_checked(end).unwrap_or((after, ""));
        rest = next;
        Some((line.get(depth..).unwrap_or(""), below))
    })
}

/// Reads the words after a name.
fn read(words: &str, above: Option<Attribute>) -> Attribute {
    let mut words = words.split(' ');
    let flags = words.next().unwrap_or("");
    let mut attribute = Attribute {
        required: flags.contains('r'),
        optional: flags.contains('o'),
        computed: flags.contains('c'),
        sensitive: flags.contains('s'),
        write_only: flags.contains('w'),
        deprecated: flags.contains('d'),
        form: Form::Plain,
        nesting: None,
        max_one: false,
        scalar: Scalar::Other,
    };
    if flags == "="
        && let Some(above) = above
    {
        attribute = Attribute { form: Form::Field, nesting: None, scalar: Scalar::Other, ..above };
        attribute.max_one = false;
    }
    for word in words {
        match word {
            "block" => attribute.form = Form::Block,
            "nested" => attribute.form = Form::Nested,
            "1" => attribute.max_one = true,
            "string" => attribute.scalar = Scalar::String,
            "number" => attribute.scalar = Scalar::Number,
            "bool" => attribute.scalar = Scalar::Bool,
            // Of a list of lists the outer one counts.
            "single" => attribute.nesting = attribute.nesting.or(Some(Nesting::Single)),
            "list" => attribute.nesting = attribute.nesting.or(Some(Nesting::List)),
            "set" => attribute.nesting = attribute.nesting.or(Some(Nesting::Set)),
            "map" => attribute.nesting = attribute.nesting.or(Some(Nesting::Map)),
            _ => {}
        }
    }
    attribute
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(kind: &str, path: &str) -> Option<Attribute> {
        attribute(kind, path.split('.'))
    }

    #[test]
    fn plain_attributes() {
        let id = get("databricks_mws_networks", "account_id").unwrap();
        assert!(id.required && id.sensitive && !id.optional && !id.computed);
        assert_eq!((id.form, id.nesting, id.scalar), (Form::Plain, None, Scalar::String));
        let region = get("databricks_metastore", "region").unwrap();
        assert!(region.optional && region.computed);
        let subnets = get("databricks_mws_networks", "subnet_ids").unwrap();
        assert!(subnets.is_set() && subnets.scalar == Scalar::String && !subnets.is_block());
        assert!(get("databricks_metastore_assignment", "workspace_id").unwrap().required);
    }

    #[test]
    fn blocks() {
        let block = get("databricks_mws_networks", "vpc_endpoints").unwrap();
        assert!(block.is_block() && block.max_one && block.optional && !block.required);
        assert_eq!(block.nesting, Some(Nesting::List));
        let inner = get("databricks_mws_networks", "vpc_endpoints.rest_api").unwrap();
        assert!(inner.required && inner.is_set());
        let deep = get("databricks_job", "task.new_cluster.spark_conf").unwrap();
        assert_eq!(deep.nesting, Some(Nesting::Map));
        assert!(get("databricks_grants", "grant").unwrap().required);
    }

    #[test]
    fn nested_attributes_and_objects() {
        let spec = get("databricks_postgres_role", "spec.attributes.createdb").unwrap();
        assert!(spec.optional && spec.scalar == Scalar::Bool);
        let spec = get("databricks_postgres_role", "spec").unwrap();
        assert_eq!((spec.form, spec.nesting), (Form::Nested, Some(Nesting::Single)));
        let entry = get("aws_vpc_endpoint", "dns_entry").unwrap();
        assert!(entry.is_computed_only() && entry.nesting == Some(Nesting::List));
        let name = get("aws_vpc_endpoint", "dns_entry.dns_name").unwrap();
        assert!(name.is_computed_only() && name.form == Form::Field && name.nesting.is_none());
        assert_eq!(name.scalar, Scalar::String);
    }

    #[test]
    fn modes() {
        let policy = data("databricks_aws_bucket_policy").unwrap();
        assert!(policy.attribute(["json"]).unwrap().is_computed_only());
        assert_eq!(get("data.databricks_aws_bucket_policy", "json"), policy.attribute(["json"]));
        assert!(resource("databricks_aws_bucket_policy").is_none());
        assert!(ephemeral("random_password").is_some() && ephemeral("aws_vpc").is_none());
        assert!(get("aws_db_instance", "password_wo").unwrap().write_only);
    }

    #[test]
    fn missing() {
        assert!(resource("azurerm_subnet").is_none());
        assert_eq!(get("aws_vpc", "no_such"), None);
        assert_eq!(get("aws_vpc", "tags.Name"), None);
        assert_eq!(get("aws_vpc", "cidr_block.x"), None);
        assert_eq!(attribute("aws_vpc", []), None);
    }

    #[test]
    fn top_level_is_listed() {
        let ids: Vec<_> = resource("databricks_permissions")
            .unwrap()
            .attributes()
            .filter(|(_, attribute)| attribute.optional && attribute.scalar == Scalar::String)
            .map(|(name, _)| name)
            .collect();
        assert!(ids.contains(&"cluster_id") && !ids.contains(&"access_control"));
    }

    #[test]
    fn every_line_is_read_and_sorted() {
        let kinds: Vec<&str> = super::blocks().filter_map(|block| block.lines().next()).collect();
        for mode in ["", "data.", "ephemeral."] {
            let of_mode = kinds.iter().filter_map(|kind| kind.strip_prefix(mode));
            assert!(of_mode.filter(|kind| !kind.contains('.')).is_sorted_by(|a, b| a < b));
        }
        let index = index();
        let mut count = 0;
        for entries in [&index.resources, &index.data, &index.ephemeral] {
            for (kind, entry) in entries {
                let nodes = entry.nodes();
                assert_eq!(nodes.len(), entry.lines.lines().count(), "{kind}");
                assert!(nodes[..entry.top()].is_sorted_by(|a, b| a.name < b.name));
                for node in nodes {
                    let children = &nodes[node.children.start as usize..node.children.end as usize];
                    assert!(children.is_sorted_by(|a, b| a.name < b.name), "{kind}");
                    let flags = node.attribute;
                    assert!(flags.required || flags.optional || flags.computed);
                }
                count += nodes.len() + 1;
            }
        }
        assert_eq!(count, TEXT.lines().filter(|line| !line.is_empty()).count());
    }
}
