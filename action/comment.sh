#!/usr/bin/env bash
# Puts the report on the pull request as one comment, which later runs write anew.
#
# The report's first line marks the comment. Only a comment of the same author counts, so that
# nobody else's words are overwritten. Where the token may not write, as on a pull request from a
# fork, the report goes to the job's summary instead; that is no reason to fail.
set -euo pipefail

: "${GITHUB_STEP_SUMMARY:?}"
report=${MARKDOWN_FILE:-}
if [ ! -s "$report" ]; then exit 0; fi

instead() {
    printf '::notice title=bricklint::no comment: %s; the job summary has the report\n' "$1"
    if [ "${INPUT_SUMMARY:-}" != true ]; then cat "$report" >> "$GITHUB_STEP_SUMMARY"; fi
    exit 0
}

no_write='the token may not write comments: a pull request from a fork, or a job without pull-requests: write'
[ -n "${PULL_REQUEST:-}" ] || instead 'this run belongs to no pull request'
command -v gh > /dev/null || instead 'the runner has no gh'

mark=$(head -n 1 "$report")
export mark
# shellcheck disable=SC2016 # `env` is jq's
known=$(gh pr view "$PULL_REQUEST" --json comments --jq \
    '[.comments[] | select(.viewerDidAuthor and (.body | startswith(env.mark))) | .id] | first // ""') \
    || instead 'the token may not read comments'

if [ -n "$known" ]; then
    # shellcheck disable=SC2016 # the variables are GraphQL's
    gh api graphql --silent -F body=@"$report" -f id="$known" -f query='
        mutation($id: ID!, $body: String!) {
          updateIssueComment(input: {id: $id, body: $body}) { issueComment { id } }
        }' || instead "$no_write"
elif [ "${FINDINGS:-}" = 0 ] && [ "${EXIT_CODE:-}" = 0 ]; then
    echo 'nothing found, and no comment to correct'
else
    gh pr comment "$PULL_REQUEST" --body-file "$report" \
        || instead "$no_write"
fi
