/// Declares a built-in rule: its documentation, its metadata and its entry point, in one place.
///
/// The doc comment is the rule's only documentation: `explain`, `docs/rules/` and SARIF `help` are
/// all rendered from it. The block holds metadata only, because rustfmt does not format inside
/// macros; logic is plain functions below it.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:expr])+
        $vis:vis static $name:ident = {
            id: $id:literal,
            summary: $summary:literal,
            severity: $severity:ident,
            $(also: [$(($level:ident, $when:literal)),* $(,)?],)?
            confidence: $confidence:ident,
            category: $category:ident,
            profile: $profile:ident,
            world: $world:ident,
            subjects: [$($subject:literal),* $(,)?],
            since: $since:literal,
            $(params: [$(($param:literal, $variant:ident($($default:expr),+), $about:literal)),* $(,)?],)?
            $(no_unknown: $no_unknown:literal,)?
            $(no_bad: $no_bad:literal,)?
            check: $check:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        $vis static $name: $crate::lint::Builtin = $crate::lint::Builtin {
            id: $id,
            summary: $summary,
            severity: $crate::lint::Severity::$severity,
            also: &[$($(($crate::lint::Severity::$level, $when)),*)?],
            confidence: $crate::lint::Confidence::$confidence,
            category: $crate::lint::Category::$category,
            profile: $crate::lint::Profile::$profile,
            world: $crate::lint::World::$world,
            subjects: &[$($subject),*],
            since: $since,
            params: &[$($(($param, $crate::lint::Default::$variant($($default),+), $about)),*)?],
            no_unknown: [$($no_unknown,)? ""][0],
            no_bad: [$($no_bad,)? ""][0],
            docs: concat!($($doc, "\n"),+),
            file: file!(),
            check: $check,
        };
    };
}
