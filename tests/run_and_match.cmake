# Runs a command, and passes if it ends as it should and prints what it should. CTest's PASS_REGULAR_EXPRESSION does not
# look at the exit status.
#
#   cmake -D MATCH=REGEX [-D ERRORS=1] -P run_and_match.cmake -- COMMAND…
#
# With ERRORS the command is a compiler that must fail with that many errors, and REGEX is about one of them.
set(command "")
set(begun FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(begun)
    string(REPLACE ";" "\\;" argument "${CMAKE_ARGV${i}}")
    list(APPEND command "${argument}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(begun TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")

if(NOT DEFINED ERRORS)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "the exit status is ${status}, and must be 0")
  endif()
else()
  if(status EQUAL 0)
    message(FATAL_ERROR "it compiles, and must not")
  endif()
  string(REGEX MATCHALL " error: " errors "${output}")
  list(LENGTH errors count)
  if(NOT count EQUAL ERRORS)
    message(FATAL_ERROR "there are ${count} errors, and must be ${ERRORS}")
  endif()
  set(MATCH " error: [^\n]*${MATCH}")
endif()

if(NOT output MATCHES "${MATCH}")
  message(FATAL_ERROR "the output does not match ${MATCH}")
endif()
