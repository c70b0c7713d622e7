//! What the functions of a script do: the reference of `docs/policies.md`, and the names that a
//! misspelt one is held against. A test holds the registered functions and this list together.

use std::{collections::BTreeSet, sync::LazyLock};

use super::super::limits;

/// One function or method.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// How it is called, `r.ref(path)`.
    pub call: &'static str,
    /// What it answers, in Markdown.
    pub text: &'static str,
}

impl Entry {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        let call = self.call.split('(').next().unwrap_or_default();
        call.rsplit('.').next().unwrap_or_default()
    }

    /// How many arguments it takes, with what stands before the dot.
    pub fn arguments(&self) -> usize {
        let Some((name, rest)) = self.call.split_once('(') else { return 0 };
        let rest = rest.trim_end_matches(')');
        let mut is_closure = false;
        let commas = rest.chars().filter(|c| {
            is_closure ^= *c == '|';
            *c == ',' && !is_closure
        });
        let given = if rest.is_empty() { 0 } else { commas.count() + 1 };
        given + usize::from(name.contains('.'))
    }
}

/// Functions that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The heading.
    pub title: &'static str,
    /// What they have in common.
    pub text: &'static str,
    /// The functions.
    pub entries: &'static [Entry],
}

const fn entry(call: &'static str, text: &'static str) -> Entry {
    Entry { call, text }
}

/// Everything that a script can call.
pub const MANUAL: &[Group] = &[
    Group {
        title: "Resources",
        text: "`r` is an instance of a resource or data source, or a block inside of one. Properties are \
               Terraform's attributes (`r.cluster_name`); whatever is a method is bricklint's, so the two \
               never clash: `r.name` is the attribute, `r.name()` the name of the block.",
        entries: &[
            entry(
                "r.get(path)",
                "the value at a path such as `\"vpc[0].vpc_id\"` or `\"tags[\\\"Owner\\\"]\"`. A name behind a list of one block looks into that block; what is missing is `()`.",
            ),
            entry(
                "r.contains(name)",
                "whether an attribute or key is set; `name in r.tags` is the same. A key whose value is not known yet is set.",
            ),
            entry("r.keys()", "the names of what is set, as an array."),
            entry(
                "r.ref(path)",
                "the resource that an attribute names: `r.ref(\"vpc_id\").cidr_block`. `()` where the attribute is not set; a value not known where this plan does not show which resource it is.",
            ),
            entry(
                "r.ref(path, type)",
                "the same for a resource of one type, also where the attribute holds its id or ARN as plain text.",
            ),
            entry(
                "r.referred_by(type, path)",
                "the resources of a type whose attribute names this one, the other way round: `r.referred_by(\"aws_s3_bucket_versioning\", \"bucket\")`.",
            ),
            entry(
                "r.clusters()",
                "the clusters that a job or a pipeline starts, each as the block that describes it; of any other resource, itself.",
            ),
            entry(
                "r.waits_for(other, type)",
                "whether something of that type stands between the two: it waits for `other`, and `r` waits for it, as in `r.waits_for(role, \"time_sleep\")`.",
            ),
            entry("r.address()", "the address, `module.a.aws_s3_bucket.b[\"x\"]`."),
            entry("r.type()", "the type, `aws_s3_bucket`."),
            entry(
                "r.name()",
                "the name of the block, the last word of the address without its key.",
            ),
            entry("r.unit()", "the plan's name: its path without the file."),
            entry(
                "r.action()",
                "what the plan does with it: `create`, `update`, `delete`, `replace`, `no-op`, `read` or `forget`.",
            ),
            entry(
                "r.before()",
                "the same resource with its values before the apply; `()` where it did not exist.",
            ),
            entry(
                "r.after()",
                "the same resource with its values after the apply; `()` where it is deleted.",
            ),
            entry(
                "r.region()",
                "the region that its provider block speaks to; not known where the plan does not show it.",
            ),
            entry(
                "r.provider()",
                "its provider block: arguments are properties (`r.provider().host`), beside `name()` and `key()`; `()` where the plan shows none.",
            ),
            entry(
                "provider.key()",
                "the key of a provider block as Terraform writes it: `aws`, `aws.dr`, `module.a:aws`.",
            ),
            entry(
                "provider.name()",
                "the provider's address, `registry.terraform.io/hashicorp/aws`.",
            ),
        ],
    },
    Group {
        title: "The plan",
        text: "What is asked of the whole plan, and how a finding is made.",
        entries: &[
            entry("resources(type)", "every instance of a type, as a list."),
            entry(
                "data_sources(type)",
                "every instance of a type of data source, as a list: `data_sources(\"aws_vpc\")`.",
            ),
            entry("fail(r, message)", "reports a finding on a resource or block."),
            entry(
                "fail(r, attribute, message)",
                "reports a finding on an attribute, `fail(r, \"tags\", \"has no owner\")`. It does not end the script: `return` does.",
            ),
        ],
    },
    Group {
        title: "Lists",
        text: "Lists, sets and blocks of a plan, and arrays of the script. `for x in list` loops, `x in list` \
               asks, `list[0]` is the first element and `list[-1]` the last; beyond the end there is `()`. \
               On `()` all of these say what they say of an empty list.",
        entries: &[
            entry("list.some(|x| …)", "whether the closure says yes to at least one element."),
            entry(
                "list.all(|x| …)",
                "whether it says yes to every element; yes for an empty list.",
            ),
            entry("list.find(|x| …)", "the first element to which it says yes, or `()`."),
            entry("list.filter(|x| …)", "the elements to which it says yes."),
            entry(
                "list.map(|x| …)",
                "what it makes of each element, as an array of at most 1,000.",
            ),
            entry(
                "list.contains(value)",
                "whether an element equals a value; `value in list` is the same.",
            ),
            entry(
                "list.reduce(|all, x| …, start)",
                "what the closure makes of `start` and the first element, of that and the second, and so on: `sizes.reduce(|sum, it| sum + it, 0)`.",
            ),
            entry(
                "list.index_of(value)",
                "the position of the first element that equals a value, −1 where none does.",
            ),
            entry(
                "list.sort()",
                "texts in their order, or numbers in theirs; an array in a variable is sorted itself, too. Where an element is not known, the script ends there.",
            ),
            entry(
                "list.common(other)",
                "the elements that another list has too: `for p in grant.privileges.common(PARAMS.privileges)`.",
            ),
            entry("list.join(separator)", "the elements as one text."),
            entry("list.len()", "how many elements there are; of a text, how many characters."),
            entry("list.is_empty()", "whether there is none."),
        ],
    },
    Group {
        title: "Names",
        text: "Questions about a text and a pattern or word. Either side may be a list: one that answers is \
               enough. `()` is no text, so the answer is no.",
        entries: &[
            entry(
                "text.matches(patterns)",
                "whether a pattern covers the whole text. `*` stands for any text, and everything else for itself: `r.name.matches([\"dev_*\", \"*_sandbox\"])`.",
            ),
            entry(
                "text.mentions(words)",
                "whether a word stands in the text as a word of its own, in upper or lower case: `live/prod-eu` and `Sales_Prod` mention `prod`, `products` does not. Nor do `non-prod` and `pre-prod`, which say the opposite. `[r.unit(), r.name].mentions([\"prod\", \"prd\"])`.",
            ),
        ],
    },
    Group {
        title: "Values",
        text: "Questions about any value. Neither ends a run or makes a finding possible.",
        entries: &[
            entry(
                "is_unknown(value)",
                "whether a value is known only after the apply. Rarely needed: compare the value, and bricklint does the rest.",
            ),
            entry(
                "is_sensitive(value)",
                "whether Terraform masks a value. It can be compared, and is never shown.",
            ),
            entry(
                "value.to_string()",
                "the value as a text; `(not set)` for `()`, and never one that must not be shown.",
            ),
            entry("value.to_debug()", "the same."),
        ],
    },
];

/// Functions that come with Rhai, as far as scripts may call them.
pub const RHAI: &[Entry] = &[
    entry("text.starts_with(part)", "whether a text begins so."),
    entry("text.ends_with(part)", "whether a text ends so."),
    entry("text.contains(part)", "whether a text is part of it; `part in text` is the same."),
    entry("text.to_lower()", "in lower case."),
    entry("text.to_upper()", "in upper case."),
    entry("text.split(separator)", "the parts, as an array."),
    entry("text.sub_string(start)", "the text from a character on; the first is 0."),
    entry("text.sub_string(start, count)", "so many characters of it."),
    entry("text.index_of(part)", "where a part starts, −1 where it is not in the text."),
    entry(
        "text.trim()",
        "without space at both ends; a text in a variable is changed itself, too.",
    ),
    entry(
        "text.replace(old, new)",
        "with each `old` replaced; a text in a variable is changed itself, too.",
    ),
    entry("parse_int(text)", "a text as a whole number: Terraform keeps many numbers as texts."),
    entry("parse_float(text)", "a text as a number."),
    entry("number.to_int()", "the whole part of a number."),
    entry(
        "number.to_float()",
        "a whole number as one with a fraction: `7 / 2` is 3, `7.to_float() / 2.0` is 3.5.",
    ),
    entry("number.abs()", "a number without its sign."),
    entry("min(a, b)", "the smaller of two numbers, or of two texts."),
    entry("max(a, b)", "the larger of two."),
    entry("array.push(value)", "adds to an array."),
    entry("array.pop()", "takes the last element away, and gives it."),
    entry("array.set(position, value)", "puts a value in the place of an element."),
    entry(
        "map.set(key, value)",
        "puts a value into a map of the script; `map.key = value` is the same.",
    ),
    entry("map.get(key)", "the value of a key, `()` where there is none; `map[key]` is the same."),
    entry("map.remove(key)", "takes a key away, and gives its value."),
    entry("map.keys()", "the keys of a map, as an array."),
    entry("map.values()", "its values, as an array."),
];

/// What people who know Rhai, or another language, may look for, and what there is instead.
pub(in super::super) const NOT_HERE: &[(&[&str], &str)] = &[
    (&["find_map"], "use `map` and `find`"),
    (&["for_each", "each", "zip"], "use `for x in list { … }`"),
    (&["retain", "drain", "dedup", "where", "select"], "use `filter`"),
    (
        &["order", "order_by", "order_desc", "sort_by", "sort_desc", "sorted"],
        "use `sort`, on what `map` makes of the elements",
    ),
    (&["reduce_rev", "fold", "sum"], "use `reduce`: `list.reduce(|sum, x| sum + x, 0)`"),
    (&["any", "exists"], "use `some`"),
    (&["every"], "use `all`"),
    (&["append", "concat", "mixin", "fill_with"], "use `+=`"),
    (&["insert", "splice", "shift", "pad"], "make another array, with `push` or `+`"),
    (&["chop", "extract", "truncate", "clear"], "make another array, with `filter`"),
    (&["length", "size", "count"], "use `len`"),
    (&["lower", "lowercase", "toLowerCase", "make_lower"], "use `to_lower`"),
    (&["upper", "uppercase", "toUpperCase", "make_upper"], "use `to_upper`"),
    (&["startswith", "startsWith"], "use `starts_with`"),
    (&["endswith", "endsWith"], "use `ends_with`"),
    (&["includes", "has", "contains_key"], "use `contains`, or `in`"),
    (&["to_chars", "chars", "substring", "crop", "remove_suffix"], "use `sub_string`"),
    (&["split_rev"], "use `split`"),
    (
        &["to_json", "to_blob", "format", "str", "string"],
        "write values into a text in backticks: `${value}`",
    ),
    (&["int", "float", "to_number"], "use `parse_int` or `parse_float` for a text"),
    (&["is_def_var", "is_def_fn", "type_of"], "compare with `()`: what is not set is `()`"),
    (&["deny", "warn", "report", "violation"], "use `fail(r, \"attribute\", \"message\")`"),
    (
        &["match", "regex", "like", "glob"],
        "use `matches`, in whose patterns `*` stands for any text",
    ),
];

/// Functions that only a test has.
pub const IN_TESTS: &[Entry] = &[
    entry("unknown()", "a value that is set and known only after the apply."),
    entry(
        "link(path)",
        "the value of another resource's attribute, and a reference to it: `link(\"aws_vpc.main.id\")`. It is known where that resource's attribute is set in the test.",
    ),
    entry("sensitive(value)", "a value that Terraform masks."),
];

/// What a script may use.
pub const LIMITS: &[(&str, u64)] = &[
    ("bytes of a script", limits::SOURCE_BYTES),
    ("operations for one resource", limits::OPERATIONS),
    (
        "operations for one resource, all answers about unknown values together; beyond it only what may still be definite is looked for",
        limits::OPERATIONS_OF_ALL_WORLDS,
    ),
    ("nested calls", limits::CALL_LEVELS as u64),
    ("variables in scope", limits::VARIABLES as u64),
    ("functions, tests included", limits::FUNCTIONS as u64),
    (
        "bytes of a text; longer ones of a plan are not known to scripts",
        limits::STRING_BYTES as u64,
    ),
    ("elements of an array; lists of a plan may be longer", limits::ARRAY_ELEMENTS as u64),
    ("entries of a map", limits::MAP_ENTRIES as u64),
    ("findings for one resource", limits::FINDINGS as u64),
    ("characters of a message; longer ones are cut", limits::MESSAGE_CHARS as u64),
    (
        "unknown answers up to which every combination is tried; above, a fixed sample is",
        limits::UNKNOWNS as u64,
    ),
];

/// The methods of resources and blocks.
pub(in super::super) fn of_resources() -> impl Iterator<Item = &'static Entry> {
    let entries = MANUAL.iter().flat_map(|group| group.entries);
    entries.filter(|entry| entry.call.starts_with("r."))
}

/// Whether there is a function of that name with so many arguments.
pub(in super::super) fn has(name: &str, arguments: usize) -> bool {
    static ALL: LazyLock<BTreeSet<(&str, usize)>> =
        LazyLock::new(|| all().map(|it| (it.name(), it.arguments())).collect());
    ALL.contains(&(name, arguments))
}

/// Every function that a script may mean.
pub(in super::super) fn all() -> impl Iterator<Item = &'static Entry> {
    MANUAL.iter().flat_map(|group| group.entries).chain(RHAI)
}

#[cfg(test)]
mod tests {
    use super::super::HOST;
    use super::*;

    /// Operators, and what only stands behind a dot or in brackets.
    fn is_written_otherwise(name: &str) -> bool {
        !name.starts_with(|c: char| c.is_alphabetic()) || name.contains('$')
    }

    #[test]
    fn the_manual_has_every_function_of_the_host_and_no_other() {
        let mut engine = rhai::Engine::new_raw();
        engine.register_global_module(std::sync::Arc::clone(&HOST));
        let names = engine.collect_fn_metadata(None, |it| Some(it.metadata.name.to_string()), true);
        let registered: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| !is_written_otherwise(name)).collect();
        let listed: BTreeSet<&str> = all().map(Entry::name).collect();
        let missing: Vec<_> = registered.difference(&listed).collect();
        // Those of Rhai that the host extends to values not known are in the list of Rhai's.
        let rhai = ["keys", "to_int", "to_float"];
        let missing: Vec<_> = missing.into_iter().filter(|name| !rhai.contains(name)).collect();
        assert!(missing.is_empty(), "not in the manual: {missing:?}");
        let own = MANUAL.iter().flat_map(|group| group.entries);
        let gone: Vec<_> = own.filter(|it| !registered.contains(it.name())).collect();
        assert!(gone.iter().all(|it| it.name() == "replace"), "not registered: {gone:?}");
    }
}
