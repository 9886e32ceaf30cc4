#include "libs/server/descriptor_set.h"

// The assembler copies the file in: no generated source of a megabyte to compile.
asm(R"(
    .section .rodata
    .global derms_descriptor_set_begin
    .global derms_descriptor_set_end
    .hidden derms_descriptor_set_begin
    .hidden derms_descriptor_set_end
derms_descriptor_set_begin:
    .incbin ")" DERMS_DESCRIPTOR_SET_FILE R"("
derms_descriptor_set_end:
    .byte 0
    .text
)");

extern "C" {
extern const char derms_descriptor_set_begin[] __attribute__((visibility("hidden")));
extern const char derms_descriptor_set_end[] __attribute__((visibility("hidden")));
}

namespace derms::server {

std::string_view EmbeddedDescriptorSet() {
  return {derms_descriptor_set_begin, static_cast<std::size_t>(derms_descriptor_set_end - derms_descriptor_set_begin)};
}

}  // namespace derms::server
