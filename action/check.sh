#!/usr/bin/env bash
# Runs bricklint once for all that the action shows, and passes its exit code on.
#
# Inputs come as INPUT_* and are never part of a command's text. Annotations are printed after the
# report: both want the log.
set -euo pipefail

: "${COMMAND:?}" "${RUNNER_TEMP:?}" "${GITHUB_OUTPUT:?}"
out=$RUNNER_TEMP/bricklint-report
mkdir -p "$out"
rm -f "$out"/*

# Whether an input says yes. Whatever is neither yes nor no ends the step.
is_on() {
    case $2 in
        true) return 0 ;;
        false | '') return 1 ;;
    esac
    printf '::error title=bricklint::%s is true or false\n' "\`$1\`"
    exit 2
}

flags=(
    --output terminal --color always
    --output "json=$out/report.json"
    --output "github=$out/annotations"
    --output "markdown=$out/summary.md"
)
# Adds a flag with its value, where there is one.
with() {
    if [ -n "$2" ]; then flags+=("$1" "$2"); fi
}
with --config "${INPUT_CONFIG:-}"
with --fail-on "${INPUT_FAIL_ON:-}"
with --show "${INPUT_SHOW:-}"
with --profile "${INPUT_PROFILE:-}"
with --baseline "${INPUT_BASELINE:-}"
with --output "${INPUT_SARIF:+sarif=$INPUT_SARIF}"
# The file is for code scanning, which would open alerts for what is accepted.
if [ -n "${INPUT_SARIF:-}" ]; then flags+=(--omit-accepted); fi
if is_on possible "${INPUT_POSSIBLE:-}"; then flags+=(--possible); fi
if is_on approval "${INPUT_APPROVAL:-}"; then flags+=(--approval); fi
annotate=no
if is_on annotations "${INPUT_ANNOTATIONS:-}"; then annotate=yes; fi
summarize=no
if is_on summary "${INPUT_SUMMARY:-}"; then summarize=yes; fi
# Commenting is a step of its own, which would not say that it does not know what is asked of it.
is_on comment "${INPUT_COMMENT:-}" || true

read -r -d '' -a more <<< "${INPUT_ARGS:-}" || true
plans=()
while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "${line//[[:space:]]/}" ]; then plans+=("$line"); fi
done <<< "${INPUT_PLANS:-}"

code=0
"$COMMAND" check "${flags[@]}" ${more[@]+"${more[@]}"} -- ${plans[@]+"${plans[@]}"} \
    2> "$out/stderr" || code=$?
cat "$out/stderr" >&2

# The value of a count in the report's last line, which holds nothing from a plan. There is none
# where nothing was judged: a list of inputs without any is the end of no line.
count() {
    if ! head -n 1 "$out/report.json" 2> /dev/null | grep -q '"inputs":\[$'; then return; fi
    tail -n 1 "$out/report.json" | sed -n "s/.*[{,]\"$1\":\([0-9]*\).*/\1/p"
}
errors=$(count error)
findings=
if [ -n "$errors" ]; then findings=$((errors + $(count warning) + $(count note))); fi
{
    printf 'exit-code=%s\n' "$code"
    printf 'findings=%s\n' "$findings"
    printf 'errors=%s\n' "$errors"
    if [ -n "${INPUT_SARIF:-}" ] && [ -f "$INPUT_SARIF" ]; then
        printf 'sarif-file=%s\n' "${INPUT_SARIF//[$'\r\n']/}"
    fi
    if [ -f "$out/report.json" ]; then printf 'json-file=%s\n' "$out/report.json"; fi
    if [ -f "$out/summary.md" ]; then printf 'markdown=%s\n' "$out/summary.md"; fi
} >> "$GITHUB_OUTPUT"

if [ "$annotate" = yes ]; then
    if [ -f "$out/annotations" ]; then
        echo '::group::Annotations'
        cat "$out/annotations"
        echo '::endgroup::'
    fi
    # What ended the run before there was a report, or kept one from its file.
    sed -n 's/%/%25/g; s/^\(bricklint: \)\{0,1\}error: /::error title=bricklint::/p' "$out/stderr"
fi
if [ "$summarize" = yes ] && [ -f "$out/summary.md" ]; then
    cat "$out/summary.md" >> "${GITHUB_STEP_SUMMARY:?}"
fi
exit "$code"
