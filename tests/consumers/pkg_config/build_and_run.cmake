# What a user without CMake types: c++ program.cpp $(pkg-config --cflags --libs --static latent)
file(GLOB_RECURSE pc ${PREFIX}/latent.pc)
get_filename_component(folder ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${folder})
execute_process(COMMAND pkg-config --cflags --libs --static latent OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(COMMAND ${CXX} -std=c++20 -Wall -Wextra -Werror ${SOURCE} -o ${PROGRAM} ${flags}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
