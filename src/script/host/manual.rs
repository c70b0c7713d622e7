//! What the functions of a script do: the reference of `docs/policies.md`, and the names that a
//! misspelt one is held against. A test holds the registered functions and this list together.

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
            entry("list.filter(|x| …)", "the elements to which it says yes."),
            entry(
                "list.map(|x| …)",
                "what it makes of each element, as an array of at most 1,000.",
            ),
            entry(
                "list.contains(value)",
                "whether an element equals a value; `value in list` is the same.",
            ),
            entry("list.join(separator)", "the elements as one text."),
            entry("list.len()", "how many elements there are; of a text, how many characters."),
            entry("list.is_empty()", "whether there is none."),
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
            entry(
                "text.replace(old, new)",
                "replaces within a text held in a variable; the result is in the variable.",
            ),
        ],
    },
];

/// Functions that come with Rhai and are of use to policies.
pub const RHAI: &[Entry] = &[
    entry(
        "text.starts_with(part)",
        "whether a text begins so; there are `ends_with` and `contains` too.",
    ),
    entry("text.ends_with(part)", "whether a text ends so."),
    entry("text.to_lower()", "in lower case; there is `to_upper` too."),
    entry("text.to_upper()", "in upper case."),
    entry("text.split(separator)", "the parts, as an array."),
    entry("text.sub_string(start, count)", "a part of a text, by characters."),
    entry(
        "text.index_of(part)",
        "where a part starts, −1 where it is not in the text; of an array, the position of an element.",
    ),
    entry("text.trim()", "takes space from both ends of a text held in a variable."),
    entry("parse_int(text)", "a text as a whole number: Terraform keeps many numbers as texts."),
    entry("parse_float(text)", "a text as a number."),
    entry(
        "list.find(|x| …)",
        "the first element of an array to which the closure says yes, or `()`.",
    ),
    entry("list.push(value)", "adds to an array."),
    entry("list.sort()", "sorts an array held in a variable."),
    entry("map.set(key, value)", "puts a value into a map."),
    entry("map.values()", "the values of a map of the script, as an array."),
    entry("number.abs()", "a number without its sign."),
    entry("min(a, b)", "the smaller of two numbers; there is `max` too."),
    entry("max(a, b)", "the larger of two numbers."),
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

/// Every function that a script may mean.
pub(in super::super) fn all() -> impl Iterator<Item = &'static Entry> {
    MANUAL.iter().flat_map(|group| group.entries).chain(RHAI)
}
