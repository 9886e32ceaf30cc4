# Writes OUTPUT, a C++ file with every migration of FOLDER as a raw string, in order of their names.
#   cmake -DFOLDER=sql -DOUTPUT=embedded_sql.cc -P embed_sql.cmake
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(stem ${file} NAME_WE)
  if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_(.+)$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  string(REGEX REPLACE "^0+" "" number ${number})
  file(READ ${file} text)
  string(APPEND entries "    {${number}, \"${name}\", R\"derms_sql(${text})derms_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "#include \"libs/store/migrate.h\"

namespace derms::store {

const std::vector<Migration>& EmbeddedMigrations() {
  static const std::vector<Migration> kMigrations = {
${entries}  };
  return kMigrations;
}

}  // namespace derms::store
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
