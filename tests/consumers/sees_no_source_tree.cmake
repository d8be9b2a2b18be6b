# The compiler was given no folder of latent's sources, nor its warnings.
file(READ ${COMMANDS} commands)
foreach(word "${ROOT}/include" "-Wconversion")
  string(FIND "${commands}" "${word}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "${COMMANDS}: there is ${word}")
  endif()
endforeach()
