# The program in docs/python.md is examples/from_numpy.py, to the letter.
file(READ ${ROOT}/docs/python.md page)
file(READ ${ROOT}/examples/from_numpy.py program)
string(FIND "${page}" "```python\n${program}```" place)
if(place EQUAL -1)
  message(FATAL_ERROR "docs/python.md does not show examples/from_numpy.py as it is")
endif()
