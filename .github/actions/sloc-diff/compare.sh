#!/usr/bin/env bash
# Compares a pull request with where it began, puts the answer into the job's summary and into one comment, which the
# next run replaces, and fails last, so that the answer is there in any case.
#
# Reads: SLOC PROJECT BASE DENY BUILD_CHECK COMMENT NUMBER, and what every job has.
set -euo pipefail

body="$RUNNER_TEMP/sloc-diff.md"
deny=()
if [ -n "${DENY:-}" ]; then
  deny=(--deny "$DENY")
fi

# 0: nothing changed, or nothing denied. 1: changes, or specs with errors. More: sloc could not do it.
status=0
"$SLOC" -C "$PROJECT" diff "$BASE...HEAD" --format markdown ${deny[@]+"${deny[@]}"} > "$body" || status=$?
if [ "$status" -gt 1 ]; then
  exit "$status"
fi
cat "$body" >> "$GITHUB_STEP_SUMMARY"

comment() {
  local comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" mine
  mine=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith("<!-- sloc diff -->")) | .id' | head -n 1)
  if [ -n "$mine" ]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" --field "body=@$body" --silent
  elif ! grep -q '\*\*nothing changes\*\*' "$body"; then
    gh api --method POST "$comments" --field "body=@$body" --silent
  fi
}
if [ "$COMMENT" = true ] && [ -n "${NUMBER:-}" ]; then
  # The token of a pull request from a fork may not write: the summary has it all the same.
  comment || echo "::notice::sloc may not comment here; the job's summary has the comparison"
fi

failed=0
"$SLOC" -C "$PROJECT" check || failed=1
if [ "$BUILD_CHECK" = true ]; then
  "$SLOC" -C "$PROJECT" build --check || failed=1
fi
if [ -n "${DENY:-}" ] && [ "$status" -eq 1 ]; then
  echo "::error::this pull request changes what is not allowed to: see the comparison above"
  failed=1
fi
exit "$failed"
