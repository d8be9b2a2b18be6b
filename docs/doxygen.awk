# Doxygen's input filter for the pages of the guide, which are written as GitHub shows them:
# $…$ and $$…$$ become Doxygen's formulas, headings get labels, and links go to labels, headers and files.

BEGIN {
  page = FILENAME == "" ? ARGV[1] : FILENAME
  sub(/.*\//, "", page)
  sub(/\.md$/, "", page)
  root = "../../../"  # from build/docs/html
}

/^ *```/ { in_code = !in_code; print; next }
in_code { print; next }
/^$/ { formula = "" }

# A page's title is its own label.
/^# / && page != "index" { print $0 " {#" page "}"; next }
/^##+ / { print $0 " {#" page "-" slug(without_hashes($0)) "}"; next }

{
  # What stands between backticks is code, and stays as it is.
  count = split($0, pieces, "`")
  line = ""
  for (i = 1; i <= count; ++i) {
    if (i > 1) line = line "`"
    line = line (i % 2 == 1 ? with_formulas(pieces[i]) : pieces[i])
  }
  print with_links(line)
}

function without_hashes(heading) {
  sub(/^#+ */, "", heading)
  return heading
}

# As GitHub makes the anchor of a heading.
function slug(heading) {
  heading = tolower(heading)
  gsub(/[^a-z0-9 _-]/, "", heading)
  gsub(/ /, "-", heading)
  return heading
}

# Dollars in pairs become brackets of formulas; `formula` is the open one's kind, also from line to line.
function with_formulas(text,    result, place, mark) {
  result = ""
  while ((place = index(text, "$")) > 0) {
    mark = substr(text, place, 2) == "$$" ? "$$" : "$"
    result = result substr(text, 1, place - 1)
    text = substr(text, place + length(mark))
    if (mark == "$$") {
      result = result (formula == "$$" ? "\\f]" : "\\f[")
    } else {
      result = result "\\f$"
    }
    formula = formula == mark ? "" : mark
  }
  return result text
}

function with_links(text,    result, target, place) {
  result = ""
  while (match(text, /\]\([^)]*\)/)) {
    target = substr(text, RSTART + 2, RLENGTH - 3)
    result = result substr(text, 1, RSTART - 1)
    text = substr(text, RSTART + RLENGTH)
    if (target ~ /\.md$/ && !is_page(target)) {  # Doxygen would look for a page of its own
      place = match(result, /\[[^\[]*$/)
      result = substr(result, 1, place - 1) "<a href=\"" from_root(target) "\">" substr(result, place + 1) "</a>"
    } else {
      target = destination(target)
      if (target ~ /^@ref/) result = without_last_code(result)
      result = result "](" target ")"
    }
  }
  return result text
}

# Doxygen shows the backticks in the text of a link to a label.
function without_last_code(text,    place, label) {
  place = match(text, /\[[^\[]*$/)
  label = substr(text, place)
  gsub(/`/, "", label)
  return substr(text, 1, place - 1) label
}

# Pages of the guide have names in small letters.
function is_page(target) {
  return target ~ /(^|\/)[a-z-]+\.md(#.*)?$/
}

function from_root(target) {
  gsub(/^(\.\.\/)+/, "", target)
  return root target
}

function destination(target,    parts, name) {
  if (target ~ /^[a-z]+:/) return target
  if (target ~ /^#/) return "@ref " page "-" substr(target, 2)
  split(target, parts, "#")
  name = parts[1]
  sub(/.*\//, "", name)
  if (is_page(target)) {
    sub(/\.md$/, "", name)
    return "@ref " name (parts[2] == "" ? "" : "-" parts[2])
  }
  if (name ~ /\.hpp$/ && target ~ /include\//) return "@ref " name
  return from_root(target)
}
