# Installs BUILD, and moves what was installed to PREFIX: nothing in it may depend on where it was, or on the folders of
# sources and build.
file(REMOVE_RECURSE ${PREFIX} ${PREFIX}.first)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}.first OUTPUT_QUIET
                COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${PREFIX}.first ${PREFIX})

file(GLOB_RECURSE files ${PREFIX}/*.cmake ${PREFIX}/*.pc)
foreach(file ${files})
  file(READ ${file} text)
  foreach(folder ${PREFIX} ${ROOT})
    string(FIND "${text}" ${folder} place)
    if(NOT place EQUAL -1)
      message(FATAL_ERROR "${file} names ${folder}")
    endif()
  endforeach()
endforeach()
