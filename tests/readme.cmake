# The program in README.md is examples/readme.cpp, to the letter.
file(READ ${ROOT}/README.md page)
file(READ ${ROOT}/examples/readme.cpp program)
string(FIND "${page}" "```cpp\n${program}```" place)
if(place EQUAL -1)
  message(FATAL_ERROR "README.md does not show examples/readme.cpp as it is")
endif()
