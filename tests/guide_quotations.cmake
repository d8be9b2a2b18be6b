# Code that a page quotes is the code of the file, and output that it shows is what the program prints:
# the block after <!-- from FILE --> is in FILE, and that after <!-- printed by NAME --> in the output of the example NAME,
# line for line but for indentation. A line of … parts pieces that stand there in this order.
#
# cmake -D ROOT=… -D PAGE=… -D EXAMPLES=… -P guide_quotations.cmake
cmake_minimum_required(VERSION 3.25)

# Lines without their indentation, between newlines, so that only whole lines match.
function(lines_of text result)
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}\n")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

function(require_quoted quotation whole source)
  lines_of("${whole}" whole)
  lines_of("${quotation}" quotation)
  while(NOT quotation STREQUAL "")
    string(FIND "${quotation}" "\n…\n" gap)
    if(gap EQUAL -1)
      set(piece "${quotation}")
      set(quotation "")
    else()
      math(EXPR end "${gap} + 1")
      string(SUBSTRING "${quotation}" 0 ${end} piece)
      math(EXPR next "${gap} + 4")  # the newline, and the three bytes of …
      string(SUBSTRING "${quotation}" ${next} -1 quotation)
    endif()
    string(FIND "${whole}" "${piece}" place)
    if(place EQUAL -1)
      string(REPLACE "\n" "\n  " piece "${piece}")  # so that it is shown as it is
      message(SEND_ERROR "${PAGE}, ${source}: it does not say there:\n${piece}")
      return()
    endif()
    string(LENGTH "${piece}" length)
    math(EXPR rest "${place} + ${length} - 1")
    string(SUBSTRING "${whole}" ${rest} -1 whole)
  endwhile()
endfunction()

# What a mark says is quoted.
function(source_of mark result)
  if(mark MATCHES "^from (.*)$")
    file(READ ${ROOT}/${CMAKE_MATCH_1} text)
  else()
    string(REGEX REPLACE "^printed by " "" example "${mark}")
    execute_process(COMMAND ${EXAMPLES}/${example} WORKING_DIRECTORY ${ROOT} OUTPUT_VARIABLE text ERROR_QUIET
                            COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(READ ${ROOT}/${PAGE} page)
set(page "\n${page}")
set(quotations 0)
while(page MATCHES "\n<!-- ((from|printed by) [^\n]*) -->\n```[a-z]*\n")
  set(mark "${CMAKE_MATCH_1}")
  string(FIND "${page}" "${CMAKE_MATCH_0}" begin)
  string(LENGTH "${CMAKE_MATCH_0}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${page}" ${begin} -1 page)
  string(FIND "${page}" "\n```" end)
  string(SUBSTRING "${page}" 0 ${end} quotation)
  source_of("${mark}" whole)
  require_quoted("${quotation}" "${whole}" "${mark}")
  math(EXPR quotations "${quotations} + 1")
endwhile()

# A mark that no block follows would be checked by nobody.
file(STRINGS ${ROOT}/${PAGE} marks REGEX "^<!-- (from|printed by) ")
list(LENGTH marks expected)
if(quotations EQUAL 0 OR NOT quotations EQUAL expected)
  message(FATAL_ERROR "${PAGE} has ${expected} marks of quotations, of which a block follows ${quotations}")
endif()
