# Has the command write a project into FOLDER, under another name than the template's.
get_filename_component(name ${FOLDER} NAME)
get_filename_component(parent ${FOLDER} DIRECTORY)
file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${LATENT} new-model ${name} WORKING_DIRECTORY ${parent} COMMAND_ERROR_IS_FATAL ANY)
