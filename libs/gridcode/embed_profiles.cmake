# Writes OUTPUT, a C++ file with every profile of FOLDER as a raw string, in order of their names.
#   cmake -DFOLDER=profiles -DOUTPUT=embedded_profiles.cc -P embed_profiles.cmake
file(GLOB files ${FOLDER}/*.csv)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(APPEND entries "    R\"derms_csv(${text})derms_csv\",\n")
endforeach()
file(WRITE ${OUTPUT}.new "#include \"libs/gridcode/profile_shelf.h\"

namespace derms::gridcode {

const std::vector<std::string_view>& EmbeddedProfiles() {
  static const std::vector<std::string_view> kProfiles = {
${entries}  };
  return kProfiles;
}

}  // namespace derms::gridcode
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
